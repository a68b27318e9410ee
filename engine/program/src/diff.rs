//! Compares two programs, node by node.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{NodeId, Program, graph::Node, node::Rest};

/// One node of the new program, or one that the old one had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeDiff {
    /// The node.
    pub node: NodeId,
    /// What happened to it.
    pub change: Change,
    /// What differs in it, by the names of the file; empty unless changed.
    pub fields: Vec<FieldDiff>,
}

/// What happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is there, and not as it was.
    Changed,
    /// It is as it was.
    Unchanged,
}

/// A field of a node that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldDiff {
    /// Its name in the file, such as `duration`, `title` or `next`.
    pub field: String,
    /// As it was; absent where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// As it is; absent where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// What differs: the nodes of the new program in its order, then those that are gone. Without an old program all
/// are new.
pub fn diff(old: Option<&Program>, new: &Program) -> Vec<NodeDiff> {
    let before = |id: &NodeId| old.and_then(|old| old.nodes.get(id));
    let kept = new.nodes.iter().map(|(id, node)| {
        let (change, fields) = match before(id) {
            None => (Change::Added, Vec::new()),
            Some(was) if was == node => (Change::Unchanged, Vec::new()),
            Some(was) => (Change::Changed, fields(was, node)),
        };
        NodeDiff { node: id.clone(), change, fields }
    });
    let gone = old.into_iter().flat_map(|old| old.nodes.keys()).filter(|id| !new.nodes.contains_key(*id));
    let gone = gone.map(|id| NodeDiff { node: id.clone(), change: Change::Removed, fields: Vec::new() });
    kept.chain(gone).collect()
}

fn fields(was: &Node, is: &Node) -> Vec<FieldDiff> {
    let (mut was, is) = (object(was), object(is));
    let mut fields = Vec::new();
    for (field, to) in is {
        match was.shift_remove(&field) {
            Some(from) if from == to => {}
            from => fields.push(FieldDiff { field, from, to: Some(to) }),
        }
    }
    fields.extend(was.into_iter().map(|(field, from)| FieldDiff { field, from: Some(from), to: None }));
    fields
}

/// A node's fields by their names in the file.
fn object(node: &Node) -> Map<String, Value> {
    match serde_json::to_value(node) {
        Ok(Value::Object(fields)) => fields,
        // A node is a map of plain fields, so this arm is never taken.
        _ => Map::new(),
    }
}

impl Program {
    /// How long tokens rest at a node, if they do: it is there, a wait, and not left out.
    pub fn rest(&self, node: &NodeId) -> Option<Rest> {
        self.nodes.get(node).filter(|node| !node.disabled)?.kind.as_kind().rest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(nodes: &str) -> Program {
        Program::parse(&format!("stafette: 1\nname: t\ntitle: T\nnodes:\n{nodes}")).unwrap()
    }

    #[test]
    fn says_what_became_of_each_node() {
        let old = program(
            "  a: { kind: entry, event: x, next: b }\n  b: { kind: wait, duration: 2d, next: c }\n  c: { kind: exit }",
        );
        let new = program(
            "  a: { kind: entry, event: x, next: b }\n  b: { kind: wait, duration: 3d, title: Rest }\n  d: { kind: exit }",
        );
        let found: Vec<_> =
            diff(Some(&old), &new).into_iter().map(|diff| (diff.node.to_string(), diff.change)).collect();
        let expected = [("a", Change::Unchanged), ("b", Change::Changed), ("d", Change::Added), ("c", Change::Removed)];
        assert_eq!(found, expected.map(|(node, change)| (node.to_owned(), change)));
        let fields: Vec<_> = diff(Some(&old), &new)[1].fields.iter().map(|diff| diff.field.clone()).collect();
        assert_eq!(fields, ["title", "duration", "next"]);
        assert!(diff(None, &new).iter().all(|diff| diff.change == Change::Added));
        let (rest, none) = (NodeId::new("b").unwrap(), NodeId::new("d").unwrap());
        assert_eq!((new.rest(&rest), new.rest(&none)), ("3d".parse().ok().map(Rest::For), None));
        let later = new.rest(&rest).unwrap().later_than(old.rest(&rest).unwrap());
        assert_eq!(later, Some(chrono::TimeDelta::days(1)));
    }
}

//! Commands on nodes and edges.

use std::collections::HashSet;

use program::{Kind, Node, NodeId, Port, Program};
use serde_json::Value;

use super::{
    Deed, Done, Draft, Gap, Refusal,
    shape::{below, free_id, gaps_to, lead, put_behind, take_out, through},
};

impl Draft {
    /// Adds a node of a kind: into a gap, where it takes over what followed, or loose. It becomes the selection.
    pub fn add(&mut self, kind: Kind, gap: Option<&Gap>) -> Done<NodeId> {
        let deed = Deed::Add(kind.tag());
        let mut program = (*self.program).clone();
        let id = add(&mut program, Node::new(kind), gap)?;
        self.commit(deed, program);
        self.select([id.clone()]);
        Ok(id)
    }

    /// Takes nodes out. What led to each leads on; the selection moves on to a neighbour.
    pub fn delete(&mut self, nodes: &[NodeId]) -> Done {
        let heir = self.heir(nodes);
        let mut program = (*self.program).clone();
        for id in nodes {
            take_out(&mut program, id).ok_or(Refusal::Gone)?;
        }
        self.commit(Deed::Delete(nodes.len()), program);
        self.select(heir);
        Ok(())
    }

    /// Puts a node elsewhere: its old neighbours close up, and it takes over what follows the gap.
    pub fn move_to(&mut self, id: &NodeId, gap: &Gap) -> Done {
        if gap.from == *id {
            return Err(Refusal::BehindItself);
        }
        let mut program = (*self.program).clone();
        if program.nodes.get(&gap.from).and_then(|node| node.next.get(&gap.port)) == Some(id) {
            return Ok(());
        }
        let mut node = take_out(&mut program, id).ok_or(Refusal::Gone)?;
        if node.kind.is_entry() {
            return Err(Refusal::IntoEntry);
        }
        // The other branches of a node that parts stay with it.
        let port = through(&node);
        port.iter().for_each(|port| lead(&mut node, port, None));
        if node.next.values().any(|to| below(&program, to).contains(&gap.from)) {
            return Err(Refusal::Circle);
        }
        splice(&mut program, id.clone(), node, Some(gap))?;
        self.commit(Deed::Move(1), program);
        self.select([id.clone()]);
        Ok(())
    }

    /// Moves a node one place towards the entry or away from it, along its chain.
    pub fn shift(&mut self, id: &NodeId, towards_entry: bool) -> Done {
        let leads_to = |id: &NodeId| gaps_to(&self.program, id).next();
        let gap = if towards_entry {
            let above = leads_to(id).ok_or(Refusal::Gone)?;
            leads_to(&above.from).ok_or(Refusal::IntoEntry)?
        } else {
            let node = self.program.nodes.get(id).ok_or(Refusal::Gone)?;
            let next = through(node).and_then(|port| node.next.get(&port)).ok_or(Refusal::Gone)?;
            let port = self.program.nodes.get(next).and_then(through).ok_or(Refusal::Gone)?;
            Gap { from: next.clone(), port }
        };
        self.move_to(id, &gap)
    }

    /// Whether an edge from this gap may lead there.
    pub fn may_connect(&self, gap: &Gap, to: &NodeId) -> Done {
        let target = self.program.nodes.get(to).ok_or(Refusal::Gone)?;
        let source = self.program.nodes.get(&gap.from).ok_or(Refusal::Gone)?;
        if !source.kind.as_kind().ports().contains(&gap.port) {
            return Err(Refusal::Gone);
        }
        if target.kind.is_entry() {
            return Err(Refusal::IntoEntry);
        }
        if below(&self.program, to).contains(&gap.from) {
            return Err(Refusal::Circle);
        }
        Ok(())
    }

    /// Draws an edge; one that left by the port before is replaced.
    pub fn connect(&mut self, gap: &Gap, to: &NodeId) -> Done {
        self.may_connect(gap, to)?;
        self.lead(Deed::Connect, gap, Some(to.clone()))
    }

    /// Cuts an edge: the run ends there.
    pub fn disconnect(&mut self, gap: &Gap) -> Done {
        self.lead(Deed::Disconnect, gap, None)
    }

    fn lead(&mut self, deed: Deed, gap: &Gap, to: Option<NodeId>) -> Done {
        let mut program = (*self.program).clone();
        lead(program.nodes.get_mut(&gap.from).ok_or(Refusal::Gone)?, &gap.port, to);
        self.commit(deed, program);
        Ok(())
    }

    /// Disables these nodes, or enables them where all of them are disabled.
    pub fn toggle_disabled(&mut self, nodes: &[NodeId]) -> Done {
        let mut program = (*self.program).clone();
        let known = |id: &NodeId| self.program.nodes.get(id).ok_or(Refusal::Gone);
        let mut disable = false;
        for id in nodes {
            disable |= !known(id)?.disabled;
        }
        for id in nodes {
            program.nodes.get_mut(id).ok_or(Refusal::Gone)?.disabled = disable;
        }
        let deed = if disable { Deed::Disable } else { Deed::Enable };
        self.commit(deed(nodes.len()), program);
        Ok(())
    }

    /// Gives a field another value; null leaves it out. What does not fit is refused with its reason.
    pub fn set_field(&mut self, id: &NodeId, field: &str, value: Value) -> Done {
        let program = with_field(&self.program, id, field, value)?;
        self.commit(changed(&program, id, field)?, program);
        Ok(())
    }

    /// The same for one part of a field; what cannot be read in its other parts stays.
    pub fn set_part(&mut self, id: &NodeId, field: &str, part: &str, value: Value) -> Done {
        let own = unit_of(part);
        let others: Vec<_> =
            self.unread(id).filter(|(key, _)| is_of(key, field) && *key != part && *key != own).collect();
        let mut program = with_field(&self.program, id, field, value)?;
        program.nodes.get_mut(id).ok_or(Refusal::Gone)?.unread.extend(others);
        self.commit(changed(&program, id, field)?, program);
        Ok(())
    }

    /// The same where a row of the field is added at the end, or this one is taken out: what cannot be read in the other
    /// rows goes along with them.
    pub fn set_rows(&mut self, id: &NodeId, field: &str, value: Value, gone: Option<usize>) -> Done {
        let others: Vec<_> =
            self.unread(id).filter_map(|(key, typed)| Some((moved(&key, field, gone)?, typed))).collect();
        let mut program = with_field(&self.program, id, field, value)?;
        program.nodes.get_mut(id).ok_or(Refusal::Gone)?.unread.extend(others);
        self.commit(changed(&program, id, field)?, program);
        Ok(())
    }

    /// Keeps what was typed into a part of a field and cannot be read, and the unit that was chosen beside it. The field
    /// has this value again: what a text said on its way is not meant.
    pub fn set_unread(&mut self, id: &NodeId, part: &str, typed: &str, unit: Option<&str>, was: Option<Value>) -> Done {
        let field = part.split('.').next().unwrap_or(part);
        let others: Vec<_> = self.unread(id).filter(|(key, _)| is_of(key, field)).collect();
        let mut program = match was {
            Some(was) => with_field(&self.program, id, field, was)?,
            None => (*self.program).clone(),
        };
        let node = program.nodes.get_mut(id).ok_or(Refusal::Gone)?;
        node.unread.extend(others);
        node.unread.insert(part.to_owned(), typed.to_owned());
        if let Some(unit) = unit {
            node.unread.insert(unit_of(part), unit.to_owned());
        }
        self.commit(changed(&program, id, field)?, program);
        Ok(())
    }

    fn unread(&self, id: &NodeId) -> impl Iterator<Item = (String, String)> {
        let node = self.program.nodes.get(id);
        node.into_iter().flat_map(|node| &node.unread).map(|(part, typed)| (part.clone(), typed.clone()))
    }

    /// Names a node; an empty title is the kind's own.
    pub fn rename(&mut self, id: &NodeId, title: &str) -> Done {
        let mut program = (*self.program).clone();
        program.nodes.get_mut(id).ok_or(Refusal::Gone)?.title = title.to_owned();
        self.commit(changed(&program, id, "title")?, program);
        Ok(())
    }

    /// Title and description of the program.
    pub fn set_head(&mut self, title: &str, description: &str) {
        let mut program = (*self.program).clone();
        title.clone_into(&mut program.title);
        description.clone_into(&mut program.description);
        self.commit(Deed::Head { left: false }, program);
    }

    /// Another program in place of this one: from the code view, or an older version.
    pub fn replace(&mut self, deed: Deed, program: Program) {
        self.commit(deed, program);
    }

    /// Who is selected when these are gone: what follows the last of them, else what led to the first.
    fn heir(&self, nodes: &[NodeId]) -> Option<NodeId> {
        let stays = |id: &&NodeId| !nodes.contains(id);
        let after = nodes.iter().rev().filter_map(|id| self.program.nodes.get(id));
        let mut after = after.flat_map(|node| node.next.values()).filter(stays);
        let leads = |node: &Node| node.next.values().any(|to| nodes.contains(to));
        let mut before = self.program.nodes.iter().filter(|(_, node)| leads(node)).map(|(id, _)| id).filter(stays);
        after.next().or_else(|| before.next()).or_else(|| self.program.nodes.keys().find(stays)).cloned()
    }
}

/// Adds a node under a free id.
pub(super) fn add(program: &mut Program, node: Node, gap: Option<&Gap>) -> Done<NodeId> {
    let id = free_id(program, node.kind.tag(), &HashSet::new());
    splice(program, id.clone(), node, gap)?;
    Ok(id)
}

/// Puts a node into a gap: it takes over what followed there by the port through which a chain goes on.
pub(super) fn splice(program: &mut Program, id: NodeId, mut node: Node, gap: Option<&Gap>) -> Done {
    let Some(gap) = gap else {
        put_behind(program, None, id, node);
        return Ok(());
    };
    if node.kind.is_entry() {
        return Err(Refusal::IntoEntry);
    }
    let source = program.nodes.get_mut(&gap.from).ok_or(Refusal::Gone)?;
    if !source.kind.as_kind().ports().contains(&gap.port) {
        return Err(Refusal::Gone);
    }
    let after = source.next.get(&gap.port).cloned();
    lead(source, &gap.port, Some(id.clone()));
    if let Some((port, after)) = through(&node).zip(after) {
        lead(&mut node, &port, Some(after));
    }
    put_behind(program, Some(&gap.from), id, node);
    Ok(())
}

/// That a field of a node was changed.
fn changed(program: &Program, id: &NodeId, field: &str) -> Done<Deed> {
    let kind = program.nodes.get(id).ok_or(Refusal::Gone)?.kind.tag();
    Ok(Deed::Field { node: id.clone(), kind, field: field.to_owned(), left: false })
}

pub(super) fn with_field(program: &Program, id: &NodeId, field: &str, value: Value) -> Done<Program> {
    let mut program = program.clone();
    let node = program.nodes.get_mut(id).ok_or(Refusal::Gone)?;
    node.kind = node.kind.with_field(field, value).map_err(Refusal::Value)?;
    node.unread.retain(|part, _| !is_of(part, field));
    // A kind whose ports hang on its fields may have lost one.
    let ports: Vec<Port> = node.kind.as_kind().ports().to_vec();
    node.next.retain(|port, _| ports.contains(port));
    Ok(program)
}

/// The part `changes.2.value` once a row before it is gone; none where it is the row's own.
fn moved(key: &str, field: &str, gone: Option<usize>) -> Option<String> {
    let rest = key.strip_prefix(field)?.strip_prefix('.')?;
    let (at, tail) = rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot));
    let at: usize = at.parse().ok()?;
    let at = match gone {
        Some(gone) if gone == at => return None,
        Some(gone) if gone < at => at - 1,
        _ => at,
    };
    Some(format!("{field}.{at}{tail}"))
}

/// Whether what is typed stands in this field, or in a part of it.
fn is_of(part: &str, field: &str) -> bool {
    part.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The part that keeps which unit was chosen.
fn unit_of(part: &str) -> String {
    format!("{part}.unit")
}

//! The shape of a program: reach, healing, free ids.

use std::collections::HashSet;

use program::{Node, NodeId, Port, Program};

use super::Gap;

/// Nodes that a node leads to, itself included.
pub(super) fn below(program: &Program, from: &NodeId) -> HashSet<NodeId> {
    let mut seen = HashSet::from([from.clone()]);
    let mut open = vec![from.clone()];
    while let Some(at) = open.pop() {
        let Some(node) = program.nodes.get(&at) else { continue };
        open.extend(node.next.values().filter(|to| seen.insert((*to).clone())).cloned());
    }
    seen
}

/// A node and all that no other way leads to, in the order of the file.
pub(super) fn branch(program: &Program, from: &NodeId) -> Vec<NodeId> {
    let mut own = below(program, from);
    loop {
        let led_here = |id: &NodeId| {
            let mut leading = program.nodes.iter().filter(|(_, node)| node.next.values().any(|to| to == id));
            leading.all(|(source, _)| own.contains(source))
        };
        let strangers: Vec<_> = own.iter().filter(|id| *id != from && !led_here(id)).cloned().collect();
        if strangers.is_empty() {
            break;
        }
        own.retain(|id| !strangers.contains(id));
    }
    program.nodes.keys().filter(|id| own.contains(*id)).cloned().collect()
}

/// The port by which a chain goes on through a node: the first that is connected, else the first.
pub(super) fn through(node: &Node) -> Option<Port> {
    let ports = node.kind.as_kind().ports();
    ports.iter().find(|port| node.next.contains_key(*port)).or(ports.first()).cloned()
}

/// Takes a node out; what led to it leads on to what followed it.
pub(super) fn take_out(program: &mut Program, id: &NodeId) -> Option<Node> {
    let node = program.nodes.shift_remove(id)?;
    let after = through(&node).and_then(|port| node.next.get(&port).cloned());
    for other in program.nodes.values_mut() {
        match &after {
            Some(after) => other.next.values_mut().filter(|to| *to == id).for_each(|to| *to = after.clone()),
            None => other.next.retain(|_, to| to != id),
        }
    }
    if let Some(places) = &mut program.places {
        places.shift_remove(id);
    }
    for note in program.notes.iter_mut().filter(|note| note.node.as_ref() == Some(id)) {
        note.node = after.clone();
    }
    Some(node)
}

/// The gaps from which a node is led to.
pub(super) fn gaps_to<'a>(program: &'a Program, id: &'a NodeId) -> impl Iterator<Item = Gap> + 'a {
    program.nodes.iter().flat_map(move |(from, node)| {
        let edges = node.next.iter().filter(move |(_, to)| *to == id);
        edges.map(move |(port, _)| Gap { from: from.clone(), port: port.clone() })
    })
}

/// Sets an edge and keeps a node's edges in the order of its ports, so that files stay equal however they were made.
pub(super) fn lead(node: &mut Node, port: &Port, to: Option<NodeId>) {
    match to {
        Some(to) => drop(node.next.insert(port.clone(), to)),
        None => drop(node.next.shift_remove(port)),
    }
    let ports = node.kind.as_kind().ports();
    let rank = |port: &Port| ports.iter().position(|known| known == port).unwrap_or(ports.len());
    node.next.sort_by(|a, _, b, _| rank(a).cmp(&rank(b)));
}

/// Puts a node into the list right behind another one, so that the file reads in the order of the drawing.
pub(super) fn put_behind(program: &mut Program, before: Option<&NodeId>, id: NodeId, node: Node) {
    let at = before.and_then(|before| program.nodes.get_index_of(before)).map_or(program.nodes.len(), |at| at + 1);
    program.nodes.shift_insert(at, id, node);
}

/// An id that is not taken: `wait`, `wait-2`, `wait-3` …
pub(super) fn free_id(program: &Program, wanted: &str, taken: &HashSet<NodeId>) -> NodeId {
    let free = |id: &NodeId| !program.nodes.contains_key(id) && !taken.contains(id);
    // A long id loses its end for the number.
    let stem = |n: u32| match n {
        1 => wanted.to_owned(),
        n => format!("{}-{n}", &wanted[..wanted.len().min(52)]),
    };
    let mut n = 1;
    loop {
        match NodeId::new(&stem(n)) {
            Ok(id) if free(&id) => return id,
            _ => n += 1,
        }
    }
}

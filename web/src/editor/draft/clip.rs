//! The clipboard: nodes travel as the text of a program, so that they fit into any other one, and into a file.

use std::collections::{HashMap, HashSet};

use program::{NodeId, Program};

use super::{
    Deed, Done, Draft, Gap, Refusal,
    shape::{free_id, lead, put_behind, through},
};

impl Draft {
    /// The text of these nodes and of the edges between them.
    pub fn copy(&self, nodes: &[NodeId]) -> String {
        let mut copy = (*self.program).clone();
        copy.nodes.retain(|id, _| nodes.contains(id));
        let kept: HashSet<NodeId> = copy.nodes.keys().cloned().collect();
        copy.nodes.values_mut().for_each(|node| node.next.retain(|_, to| kept.contains(to)));
        copy.notes.retain(|note| note.node.as_ref().is_some_and(|node| kept.contains(node)));
        if let Some(places) = &mut copy.places {
            places.retain(|id, _| kept.contains(id));
        }
        copy.to_yaml()
    }

    /// Puts the nodes of a text into a gap, or loose. They become the selection.
    pub fn paste(&mut self, text: &str, gap: Option<&Gap>) -> Done {
        let clip = Program::parse(text).map_err(|_| Refusal::NothingToPaste)?;
        let count = clip.nodes.len();
        self.put(clip, gap, Deed::Paste(count))
    }

    /// Doubles nodes: the copies stand right behind the last of them.
    pub fn duplicate(&mut self, nodes: &[NodeId]) -> Done {
        let clip = Program::parse(&self.copy(nodes)).map_err(|_| Refusal::NothingToPaste)?;
        let last = nodes.iter().rev().find_map(|id| {
            let node = self.program.nodes.get(id)?;
            let outside = node.next.values().all(|to| !nodes.contains(to));
            outside.then(|| through(node).map(|port| Gap { from: id.clone(), port })).flatten()
        });
        let count = clip.nodes.len();
        self.put(clip, last.as_ref(), Deed::Duplicate(count))
    }

    fn put(&mut self, clip: Program, gap: Option<&Gap>, deed: Deed) -> Done {
        if clip.nodes.is_empty() {
            return Err(Refusal::NothingToPaste);
        }
        let mut program = (*self.program).clone();
        let clip = renamed(clip, &program);
        let ids: Vec<NodeId> = clip.nodes.keys().cloned().collect();
        let ends = gap.and_then(|_| ends(&clip));
        let after = gap.and_then(|gap| program.nodes.get(&gap.from)?.next.get(&gap.port).cloned());
        let mut behind = gap.map(|gap| gap.from.clone());
        for (id, node) in clip.nodes {
            put_behind(&mut program, behind.as_ref(), id.clone(), node);
            behind = gap.map(|_| id);
        }
        if let (Some(gap), Some((head, tail))) = (gap, ends) {
            lead(program.nodes.get_mut(&gap.from).ok_or(Refusal::Gone)?, &gap.port, Some(head));
            let tail = program.nodes.get_mut(&tail).ok_or(Refusal::Gone)?;
            if let Some((port, after)) = through(tail).zip(after) {
                lead(tail, &port, Some(after));
            }
        }
        program.notes.extend(clip.notes);
        // In free mode a copy stands beside its original.
        if let Some(places) = &mut program.places {
            let aside = |spot: program::Spot| program::Spot { x: spot.x + 32, y: spot.y + 32 };
            places.extend(clip.places.unwrap_or_default().into_iter().map(|(id, spot)| (id, aside(spot))));
        }
        self.commit(deed, program);
        self.select(ids);
        Ok(())
    }
}

/// The same nodes under ids that the program has not taken.
fn renamed(mut clip: Program, program: &Program) -> Program {
    let mut taken = HashSet::new();
    let mut names: HashMap<NodeId, NodeId> = HashMap::new();
    for id in clip.nodes.keys() {
        let stem = id.as_str().trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
        let wanted = if program.nodes.contains_key(id) && !stem.is_empty() { stem } else { id.as_str() };
        let name = free_id(program, wanted, &taken);
        taken.insert(name.clone());
        names.insert(id.clone(), name);
    }
    let name = |id: &NodeId| names.get(id).cloned().unwrap_or_else(|| id.clone());
    clip.nodes = clip
        .nodes
        .iter()
        .map(|(id, node)| {
            let mut node = node.clone();
            // An edge out of the clip leads nowhere here.
            node.next =
                node.next.iter().filter_map(|(port, to)| Some((port.clone(), names.get(to)?.clone()))).collect();
            (name(id), node)
        })
        .collect();
    clip.notes.iter_mut().for_each(|note| note.node = note.node.as_ref().map(name));
    clip.places = clip.places.map(|places| places.iter().map(|(id, spot)| (name(id), *spot)).collect());
    clip
}

/// The node where a chain of pasted nodes begins and the one where it ends; none where they begin with an entry.
fn ends(clip: &Program) -> Option<(NodeId, NodeId)> {
    let nodes = &clip.nodes;
    let led: HashSet<&NodeId> = nodes.values().flat_map(|node| node.next.values()).collect();
    let (head, node) = nodes.iter().find(|(id, _)| !led.contains(id))?;
    if node.kind.is_entry() {
        return None;
    }
    let mut tail = head;
    while let Some(next) = through(&nodes[tail]).and_then(|port| nodes[tail].next.get(&port)) {
        tail = next;
    }
    Some((head.clone(), tail.clone()))
}

//! The paths that contacts can take, as the runner takes them. A disabled node is left by its last port.

use std::collections::{BTreeSet, VecDeque};

use crate::{EventType, Node, Program, node::Rest};

/// The ways through a program, by position of the node.
pub(super) struct Paths<'a> {
    pub(super) program: &'a Program,
    /// Where a contact can go from here.
    pub(super) next: Vec<Vec<usize>>,
    /// Whether a contact can come here.
    pub(super) reached: Vec<bool>,
    /// The nodes that a contact can come to, each after all that lead to it. Empty where there is a circle,
    /// because then no way has an end.
    pub(super) order: Vec<usize>,
}

impl<'a> Paths<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let next: Vec<Vec<usize>> = program.nodes.values().map(|node| targets(program, node)).collect();
        let mut paths = Self { program, reached: vec![false; next.len()], next, order: Vec::new() };
        let entries: Vec<usize> = (0..paths.next.len()).filter(|at| paths.entry_event(*at).is_some()).collect();
        let mut comes = vec![0_usize; paths.next.len()];
        let mut open = entries.clone();
        entries.iter().for_each(|at| paths.reached[*at] = true);
        while let Some(at) = open.pop() {
            for &to in &paths.next[at] {
                comes[to] += 1;
                if !std::mem::replace(&mut paths.reached[to], true) {
                    open.push(to);
                }
            }
        }
        let mut free: VecDeque<usize> = entries.into();
        while let Some(at) = free.pop_front() {
            paths.order.push(at);
            for &to in &paths.next[at] {
                comes[to] -= 1;
                if comes[to] == 0 {
                    free.push_back(to);
                }
            }
        }
        if comes.iter().any(|n| *n > 0) {
            paths.order.clear();
        }
        paths
    }

    pub(super) fn node(&self, at: usize) -> &'a Node {
        &self.program.nodes[at]
    }

    /// The event by which contacts enter here.
    fn entry_event(&self, at: usize) -> Option<Option<&'a EventType>> {
        let node = self.node(at);
        node.kind.as_kind().way_in().filter(|_| !node.disabled).map(|way| way.event)
    }

    /// Whether a mail goes out here.
    pub(super) fn sends(&self, at: usize) -> bool {
        let node = self.node(at);
        !node.disabled && node.kind.as_kind().stream().is_some()
    }

    /// How long a contact rests here at least, in milliseconds.
    pub(super) fn rest(&self, at: usize) -> u64 {
        let node = self.node(at);
        match node.kind.as_kind().rest().filter(|_| !node.disabled) {
            Some(Rest::For(period)) => period.millis(),
            // Who comes at the right time does not rest at all; an event may come at once.
            Some(Rest::UpTo(_) | Rest::Until(_) | Rest::Window | Rest::Answer) | None => 0,
        }
    }

    /// The events by which contacts who come here have entered.
    pub(super) fn events_to(&self, at: usize) -> BTreeSet<&'a EventType> {
        let mut before = vec![Vec::new(); self.next.len()];
        for (from, targets) in self.next.iter().enumerate() {
            targets.iter().for_each(|to| before[*to].push(from));
        }
        let mut seen = vec![false; self.next.len()];
        let mut open = vec![at];
        let mut events = BTreeSet::new();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                events.extend(self.entry_event(at).flatten());
                open.extend(&before[at]);
            }
        }
        events
    }
}

fn targets(program: &Program, node: &Node) -> Vec<usize> {
    let ports = node.kind.as_kind().ports();
    let ports = match (node.disabled, node.kind.is_entry()) {
        (true, true) => &[],
        (true, false) => &ports[ports.len().saturating_sub(1)..],
        (false, _) => ports,
    };
    let mut targets: Vec<usize> = ports
        .iter()
        .filter_map(|port| program.nodes.get_index_of(node.next.get(port)?))
        .filter(|to| !program.nodes[*to].kind.is_entry())
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

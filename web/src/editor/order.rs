//! PURE: the order of nodes, and which node parted the paths that meet at another node.

use std::collections::HashSet;

use super::blocks::Slot;

/// A program's nodes in an order in which every edge leads forward, with what layout asks of it.
#[derive(Debug)]
pub(super) struct Order {
    /// Every node once, sources before targets. Edges that close a circle are left out.
    pub(super) sequence: Vec<usize>,
    /// The node above: immediate dominator; the number of nodes stands for a root above all.
    parent: Vec<usize>,
    /// Nodes that lead here, without those that close a circle.
    sources: Vec<Vec<usize>>,
    /// Nodes by parent, in the order of the sequence.
    children: Vec<Vec<usize>>,
    backwards: HashSet<(usize, usize)>,
}

impl Order {
    pub(super) fn of(nodes: &[Vec<Option<usize>>]) -> Self {
        let (sequence, backwards) = sequence(nodes);
        let root = nodes.len();
        let mut sources = vec![Vec::new(); root];
        for (from, ways) in nodes.iter().enumerate() {
            for to in ways.iter().flatten().copied() {
                if !backwards.contains(&(from, to)) && !sources[to].contains(&from) {
                    sources[to].push(from);
                }
            }
        }
        let parent = parents(&sequence, &sources);
        let mut children = vec![Vec::new(); root + 1];
        for &node in &sequence {
            children[parent[node]].push(node);
        }
        Self { sequence, parent, sources, children, backwards }
    }

    /// Whether an edge closes a circle.
    pub(super) fn is_backwards(&self, from: usize, to: usize) -> bool {
        self.backwards.contains(&(from, to))
    }

    /// What stands right below a node, in the order of its ways out.
    pub(super) fn slots(&self, nodes: &[Vec<Option<usize>>], node: usize) -> Vec<Slot> {
        let Some(ways) = nodes.get(node) else {
            let starts = self.children[node].iter().filter(|child| self.sources[**child].is_empty());
            return starts.map(|child| Slot::Branch(*child)).collect();
        };
        let mut slots: Vec<Slot> = Vec::with_capacity(ways.len());
        for way in ways {
            let branch = way.filter(|to| self.parent[*to] == node && self.sources[*to].len() == 1);
            match branch.map(Slot::Branch) {
                Some(slot) if !slots.contains(&slot) => slots.push(slot),
                _ if ways.len() > 1 => slots.push(Slot::Lane),
                _ => {}
            }
        }
        slots
    }

    /// The nodes where what a node parted meets again.
    pub(super) fn joins(&self, node: usize, slots: &[Slot]) -> Vec<usize> {
        self.children[node].iter().copied().filter(|child| !slots.contains(&Slot::Branch(*child))).collect()
    }

    /// Whether a node's only edge leads out of its block.
    pub(super) fn leaves_sideways(&self, nodes: &[Vec<Option<usize>>], node: usize) -> bool {
        nodes.get(node).is_some_and(|ways| ways.iter().flatten().any(|to| self.parent[*to] != node))
    }
}

/// Depth first without recursion: a program may be a chain of a thousand nodes.
fn sequence(nodes: &[Vec<Option<usize>>]) -> (Vec<usize>, HashSet<(usize, usize)>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Closed,
    }
    let mut has_source = vec![false; nodes.len()];
    nodes.iter().flatten().flatten().for_each(|to| has_source[*to] = true);
    // The last start first: the order is reversed in the end.
    let starts = (0..nodes.len()).rev().filter(|node| !has_source[*node]);
    let rest = (0..nodes.len()).filter(|node| has_source[*node]);

    let mut mark = vec![Mark::New; nodes.len()];
    let mut backwards = HashSet::new();
    let mut finished = Vec::with_capacity(nodes.len());
    for start in starts.chain(rest) {
        if mark[start] != Mark::New {
            continue;
        }
        let mut stack = vec![(start, nodes[start].len())];
        mark[start] = Mark::Open;
        // The last way first, so that the reversed order has the first way first.
        while let Some((node, left)) = stack.pop() {
            let Some(at) = left.checked_sub(1) else {
                mark[node] = Mark::Closed;
                finished.push(node);
                continue;
            };
            stack.push((node, at));
            match nodes[node][at] {
                Some(to) if mark[to] == Mark::New => {
                    mark[to] = Mark::Open;
                    stack.push((to, nodes[to].len()));
                }
                Some(to) if mark[to] == Mark::Open => {
                    backwards.insert((node, to));
                }
                _ => {}
            }
        }
    }
    finished.reverse();
    (finished, backwards)
}

/// Immediate dominators (Cooper, Harvey, Kennedy); one pass is enough without circles.
fn parents(sequence: &[usize], sources: &[Vec<usize>]) -> Vec<usize> {
    let root = sources.len();
    let mut rank = vec![0; root + 1];
    for (at, node) in sequence.iter().enumerate() {
        rank[*node] = at + 1;
    }
    let mut parent = vec![root; root + 1];
    for &node in sequence {
        let meet = sources[node].iter().copied().reduce(|mut a, mut b| {
            while a != b {
                if rank[a] > rank[b] { a = parent[a] } else { b = parent[b] }
            }
            a
        });
        parent[node] = meet.unwrap_or(root);
    }
    parent
}

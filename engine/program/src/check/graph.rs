//! Checks the graph itself: names, edges, circles, unreachable nodes.

use std::collections::HashSet;

use petgraph::{
    algo::kosaraju_scc,
    visit::{Dfs, EdgeRef as _},
};

use super::{findings::Findings, paths::Paths};
use crate::{Finding, Fix, Names, NodeId, Problem, Program};

/// The most nodes that a program may have.
pub(super) const MAX_NODES: usize = 1_000;
/// The most edges: no kind has more than six ports.
const MAX_EDGES: usize = 6 * MAX_NODES;
/// The most different counts of history. Each token that could ask for them may have to load them all.
const MAX_COUNTS: usize = 500;
/// What is said of more.
pub(crate) const TOO_MANY_COUNTS: &str = "too_many_counts";
/// The most nodes that a message names, and that one fix takes out.
const MAX_NAMED: usize = 50;
/// The longest title of a program or node, in characters.
const MAX_TITLE: usize = 120;

pub(super) fn check(program: &Program, problems: &mut Findings) {
    for check in [fields, counts, edges, cycles] {
        check(program, problems);
    }
}

/// The head of the file, and whether the rest is small enough to be looked at. It counts, and walks nowhere.
pub(super) fn fits(program: &Program, problems: &mut Findings) -> bool {
    head(program, problems);
    let edges: usize = program.nodes.values().map(|node| node.next.len()).sum();
    if edges > MAX_EDGES {
        let finding = Finding::TooManyEdges { edges, most: MAX_EDGES };
        problems.push(Problem::error("too_many_edges", finding).field("nodes"));
    }
    program.nodes.len() <= MAX_NODES && edges <= MAX_EDGES
}

fn head(program: &Program, problems: &mut Findings) {
    let length = program.title.chars().count();
    if program.title.trim().is_empty() || length > MAX_TITLE {
        problems.push(Problem::error("title", Finding::Title { most: MAX_TITLE, length }).field("title"));
    }
    if program.nodes.len() > MAX_NODES {
        let finding = Finding::TooManyNodes { nodes: program.nodes.len(), most: MAX_NODES };
        problems.push(Problem::error("too_many_nodes", finding).field("nodes"));
    }
    if !program.nodes.values().any(|node| node.kind.is_entry() && !node.disabled) {
        problems.push(Problem::error("no_entry", Finding::NoEntry).field("nodes").fix(Fix::AddEntry));
    }
}

fn fields(program: &Program, problems: &mut Findings) {
    for (id, node) in &program.nodes {
        // What is left out for now may be unfinished.
        if !node.disabled {
            problems.extend(node.kind.as_kind().problems().into_iter().map(|problem| problem.at(id)));
        }
        if node.title.chars().count() > MAX_TITLE {
            problems.push(Problem::error("title", Finding::LongTitle { most: MAX_TITLE }).at(id).field("title"));
        }
    }
}

fn counts(program: &Program, problems: &mut Findings) {
    let facts = program.nodes.values().flat_map(|node| node.kind.counts());
    let counts = facts.collect::<HashSet<_>>().len();
    if counts > MAX_COUNTS {
        let finding = Finding::TooManyCounts { counts, most: MAX_COUNTS };
        problems.push(Problem::error(TOO_MANY_COUNTS, finding).field("nodes"));
    }
}

fn edges(program: &Program, problems: &mut Findings) {
    for (id, node) in &program.nodes {
        let ports = node.kind.as_kind().ports();
        for (port, target) in &node.next {
            let name = || port.as_str().to_owned();
            if !ports.contains(port) {
                let known: Vec<_> = ports.iter().map(|port| port.as_str()).collect();
                let finding = match known.join(", ") {
                    none if none.is_empty() => Finding::NoPort { port: name() },
                    known => Finding::UnknownPort { port: name(), known },
                };
                let fix = Fix::Disconnect { port: port.clone() };
                problems.push(Problem::error("unknown_port", finding).at(id).field("next").fix(fix));
            }
            match program.nodes.get(target) {
                None => {
                    let finding = Finding::UnknownNode { port: name(), node: target.clone() };
                    let fix = Fix::Disconnect { port: port.clone() };
                    problems.push(Problem::error("unknown_node", finding).at(id).field("next").fix(fix));
                }
                Some(to) if to.kind.is_entry() => {
                    let finding = Finding::EdgeIntoEntry { port: name(), node: target.clone() };
                    let fix = Fix::Disconnect { port: port.clone() };
                    problems.push(Problem::error("edge_into_entry", finding).at(id).field("next").fix(fix));
                }
                Some(_) => {}
            }
        }
        for port in node.open_ports().filter(|_| ports.len() > 1) {
            let finding = Finding::OpenPort { port: port.as_str().to_owned() };
            let fix = Fix::Finish { port: port.clone() };
            problems.push(Problem::warning("open_port", finding).at(id).field("next").fix(fix));
        }
    }
}

fn cycles(program: &Program, problems: &mut Findings) {
    let graph = program.graph();
    for part in kosaraju_scc(&graph) {
        let itself = part.len() == 1 && graph.contains_edge(part[0], part[0]);
        if part.len() < 2 && !itself {
            continue;
        }
        let mut nodes: Vec<_> = part.iter().map(|at| graph[*at]).collect();
        nodes.sort_unstable();
        let names: Vec<_> = nodes.iter().filter_map(|at| program.nodes.get_index(*at)).map(|(id, _)| id).collect();
        let Some(first) = names.first() else { continue };
        let nodes = Names::of(names.iter().map(|id| id.as_str()), MAX_NAMED);
        problems.push(Problem::error("cycle", Finding::Cycle { nodes }).at(first).field("next"));
    }
}

/// What no way leads to from an entry; and what only a way through something disabled leads to.
pub(super) fn reach(paths: &Paths<'_>, problems: &mut Findings) {
    let program = paths.program;
    let graph = program.graph();
    let mut drawn = HashSet::new();
    // One walk for all entries: what one of them leads to is not walked again for the next.
    let mut walk = Dfs::empty(&graph);
    for at in graph.node_indices() {
        if program.nodes[graph[at]].kind.is_entry() {
            walk.move_to(at);
            while let Some(at) = walk.next(&graph) {
                drawn.insert(graph[at]);
            }
        }
    }
    let ids: Vec<&NodeId> = program.nodes.keys().collect();
    for part in parts(&graph, &drawn) {
        let finding = match part.len() {
            1 => Finding::Unreachable,
            nodes => Finding::UnreachablePart { nodes },
        };
        for (nth, at) in part.iter().enumerate() {
            problems.warn(|| {
                let problem = Problem::warning("unreachable", finding.clone()).at(ids[*at]);
                // Of a large part the first node alone offers to take it out, or the list would grow with its square.
                if nth > 0 && part.len() > MAX_NAMED {
                    return problem;
                }
                problem.fix(Fix::Remove { nodes: part.iter().map(|at| ids[*at].clone()).collect() })
            });
        }
    }
    for (at, (id, node)) in program.nodes.iter().enumerate() {
        if drawn.contains(&at) && !paths.reached[at] && !node.disabled {
            problems.push(Problem::warning("unreachable", Finding::BehindDisabled).at(id));
        }
    }
}

/// What is not among those reached, in parts that hang together, each in the order of the file.
fn parts(graph: &petgraph::graph::DiGraph<usize, crate::Port>, reached: &HashSet<usize>) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..graph.node_count()).collect();
    // The root of a part is its first node; short ways, because each look-up goes on from where the last one ended.
    fn root(part: &mut [usize], mut at: usize) -> usize {
        while part[at] != at {
            part[at] = part[part[at]];
            at = part[at];
        }
        at
    }
    for edge in graph.edge_references() {
        let (from, to) = (graph[edge.source()], graph[edge.target()]);
        if !reached.contains(&from) && !reached.contains(&to) {
            let (from, to) = (root(&mut part, from), root(&mut part, to));
            part[from.max(to)] = from.min(to);
        }
    }
    let mut parts = indexmap::IndexMap::<usize, Vec<usize>>::new();
    for at in (0..graph.node_count()).filter(|at| !reached.contains(at)) {
        let root = root(&mut part, at);
        parts.entry(root).or_default().push(at);
    }
    parts.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tests::{found, program};

    #[test]
    fn finds_what_is_wrong() {
        for (nodes, expected) in [
            ("  a: { kind: entry, event: x, again: always }", vec![]),
            ("  a: { kind: exit }", vec!["no_entry@nodes", "unreachable@nodes.a"]),
            ("  a: { kind: entry, event: x, again: always, next: b }", vec!["unknown_node@nodes.a.next"]),
            (
                "  a: { kind: entry, event: x, again: always, next: { yes: a } }",
                vec!["unknown_port@nodes.a.next", "edge_into_entry@nodes.a.next", "cycle@nodes.a.next"],
            ),
            (
                "  a: { kind: entry, event: x, again: always, next: b }\n  b: { kind: wait, duration: 1d, next: c }\n  \
                   c: { kind: wait, duration: 1d, next: b }",
                vec!["cycle@nodes.b.next"],
            ),
            (
                "  a: { kind: entry, event: x, again: always, next: c }\n  c: { kind: condition, when: 'event.a > 1' }",
                vec!["open_port@nodes.c.next", "open_port@nodes.c.next"],
            ),
            (
                "  a: { kind: entry, event: x, again: always, next: c }\n  c: { kind: condition, when: 'evnt.a > 1', next: { yes: d, no: d } }\n  d: { kind: exit }",
                vec!["expression@nodes.c.when"],
            ),
            (
                "  a: { kind: entry, event: x, again: always, next: b }\n  \
                   b: { kind: condition, disabled: true, when: 'true', next: { yes: c, no: d } }\n  \
                   c: { kind: wait, duration: 1d, next: d }\n  d: { kind: exit }",
                vec!["unreachable@nodes.c"],
            ),
        ] {
            assert_eq!(found(&program(nodes), None), expected, "{nodes}");
        }
    }

    #[test]
    fn removes_what_hangs_together() {
        let nodes = "  a: { kind: entry, event: x, again: always, next: b }\n  b: { kind: exit }\n  \
                     c: { kind: wait, duration: 1d, next: d }\n  d: { kind: wait, duration: 1d, next: b }\n  \
                     e: { kind: wait, duration: 1d, next: b }";
        let fixes: Vec<_> = crate::check(&program(nodes)).into_iter().filter_map(|problem| problem.fix).collect();
        let remove = |nodes: &[&str]| Fix::Remove { nodes: nodes.iter().map(|id| NodeId::new(id).unwrap()).collect() };
        assert_eq!(fixes, [remove(&["c", "d"]), remove(&["c", "d"]), remove(&["e"])]);
    }
}

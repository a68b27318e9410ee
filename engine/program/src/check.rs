//! The checker: everything that is wrong with a program, as a list.

use std::collections::HashSet;

use petgraph::{algo::tarjan_scc, visit::Dfs};

use crate::{Fix, Kind, Problem, Program, plan::open_ports};

/// The most nodes that a program may have.
const MAX_NODES: usize = 1_000;
/// The longest title of a program or node, in characters.
const MAX_TITLE: usize = 120;

/// Lists what is wrong, errors first, each in the order of the file.
pub fn check(program: &Program) -> Vec<Problem> {
    let mut problems = Vec::new();
    head(program, &mut problems);
    for check in [fields, edges, cycles, reach] {
        check(program, &mut problems);
    }
    problems.sort_by_key(|problem| problem.severity);
    problems
}

fn head(program: &Program, problems: &mut Vec<Problem>) {
    let title = program.title.chars().count();
    if program.title.trim().is_empty() || title > MAX_TITLE {
        let message = format!("Give the program a title of 1 to {MAX_TITLE} characters; this one has {title}.");
        problems.push(Problem::error("title", message).field("title"));
    }
    if program.nodes.len() > MAX_NODES {
        let message = format!(
            "The program has {} nodes; at most {MAX_NODES} are allowed. Split it into several programs.",
            program.nodes.len()
        );
        problems.push(Problem::error("too_many_nodes", message).field("nodes"));
    }
    if !program.nodes.values().any(|node| matches!(node.kind, Kind::Entry(_)) && !node.disabled) {
        let message = "Nothing starts this program. Add an entry node that names an external event.";
        problems.push(Problem::error("no_entry", message).field("nodes").fix(Fix::AddEntry));
    }
}

fn fields(program: &Program, problems: &mut Vec<Problem>) {
    for (id, node) in &program.nodes {
        // What is left out for now may be unfinished.
        if !node.disabled {
            problems.extend(node.kind.as_kind().problems().into_iter().map(|problem| problem.at(id)));
        }
        if node.title.chars().count() > MAX_TITLE {
            let message = format!("The title is longer than {MAX_TITLE} characters. Shorten it.");
            problems.push(Problem::error("title", message).at(id).field("title"));
        }
    }
}

fn edges(program: &Program, problems: &mut Vec<Problem>) {
    for (id, node) in &program.nodes {
        let ports = node.kind.as_kind().ports();
        for (port, target) in &node.next {
            if !ports.contains(port) {
                let known: Vec<_> = ports.iter().map(|port| port.as_str()).collect();
                let known = if known.is_empty() { "none".into() } else { known.join(" and ") };
                let message =
                    format!("A {} node has no port \"{port}\"; its ports: {known}.", node.kind.as_kind().tag());
                let fix = Fix::Disconnect { port: port.clone() };
                problems.push(Problem::error("unknown_port", message).at(id).field("next").fix(fix));
            }
            match program.nodes.get(target) {
                None => {
                    let message = format!("Port \"{port}\" leads to \"{target}\", which does not exist.");
                    let fix = Fix::Disconnect { port: port.clone() };
                    problems.push(Problem::error("unknown_node", message).at(id).field("next").fix(fix));
                }
                Some(to) if matches!(to.kind, Kind::Entry(_)) => {
                    let message = format!("Port \"{port}\" leads to the entry \"{target}\". Only events enter there.");
                    let fix = Fix::Disconnect { port: port.clone() };
                    problems.push(Problem::error("edge_into_entry", message).at(id).field("next").fix(fix));
                }
                Some(_) => {}
            }
        }
        for port in open_ports(node).filter(|_| ports.len() > 1) {
            let message =
                format!("Port \"{port}\" leads nowhere: the run ends there. Connect it if that is not meant.");
            let fix = Fix::Finish { port: port.clone() };
            problems.push(Problem::warning("open_port", message).at(id).field("next").fix(fix));
        }
    }
}

fn cycles(program: &Program, problems: &mut Vec<Problem>) {
    let graph = program.graph();
    for part in tarjan_scc(&graph) {
        let itself = part.len() == 1 && graph.contains_edge(part[0], part[0]);
        if part.len() < 2 && !itself {
            continue;
        }
        let mut nodes: Vec<_> = part.iter().map(|at| graph[*at]).collect();
        nodes.sort_unstable();
        let names: Vec<_> = nodes.iter().filter_map(|at| program.nodes.get_index(*at)).map(|(id, _)| id).collect();
        let Some(first) = names.first() else { continue };
        let list = names.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("These nodes lead in a circle: {list}. A contact must not come by twice; cut one edge.");
        problems.push(Problem::error("cycle", message).at(first).field("next"));
    }
}

fn reach(program: &Program, problems: &mut Vec<Problem>) {
    let graph = program.graph();
    let mut seen = HashSet::new();
    for at in graph.node_indices() {
        if matches!(program.nodes[graph[at]].kind, Kind::Entry(_)) {
            let mut walk = Dfs::new(&graph, at);
            while let Some(at) = walk.next(&graph) {
                seen.insert(graph[at]);
            }
        }
    }
    for (at, id) in program.nodes.keys().enumerate() {
        if !seen.contains(&at) {
            let message = "No way leads here from an entry, so no contact ever comes. Connect or remove it.";
            let fix = Fix::Remove { nodes: vec![id.clone()] };
            problems.push(Problem::warning("unreachable", message).at(id).fix(fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(nodes: &str) -> Vec<String> {
        let text = format!("stafette: 1\nname: t\ntitle: T\nnodes:\n{nodes}");
        let program = Program::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        check(&program).into_iter().map(|problem| format!("{}@{}", problem.code, problem.path())).collect()
    }

    #[test]
    fn finds_what_is_wrong() {
        for (nodes, expected) in [
            ("  a: { kind: entry, event: x }", vec![]),
            ("  a: { kind: exit }", vec!["no_entry@nodes", "unreachable@nodes.a"]),
            ("  a: { kind: entry, event: x, next: b }", vec!["unknown_node@nodes.a.next"]),
            (
                "  a: { kind: entry, event: x, next: { yes: a } }",
                vec!["unknown_port@nodes.a.next", "edge_into_entry@nodes.a.next", "cycle@nodes.a.next"],
            ),
            (
                "  a: { kind: entry, event: x, next: b }\n  b: { kind: wait, duration: 1d, next: c }\n  \
                   c: { kind: wait, duration: 1d, next: b }",
                vec!["cycle@nodes.b.next"],
            ),
            (
                "  a: { kind: entry, event: x, next: c }\n  c: { kind: condition, when: 'event.a > 1' }",
                vec!["open_port@nodes.c.next", "open_port@nodes.c.next"],
            ),
            (
                "  a: { kind: entry, event: x, next: c }\n  c: { kind: condition, when: 'evnt.a > 1', next: { yes: d, no: d } }\n  d: { kind: exit }",
                vec!["expression@nodes.c.when"],
            ),
        ] {
            assert_eq!(codes(nodes), expected, "{nodes}");
        }
    }
}

//! Checks joined events: which names are known at a node, and which expressions read them.

use std::collections::BTreeSet;

use super::{findings::Findings, names::set, paths::Paths};
use crate::{
    Expr, Finding, Port, Problem, Program, Scope, Subject,
    near::{nearest, suggest},
    node::{Asked, Awaits},
};

/// The names on the ways to a node, by their number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Names {
    /// On every way.
    sure: Set,
    /// On one of them at least.
    perhaps: Set,
}

/// A set of small numbers: there are as many names as nodes at most, and a set for each node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn insert(&mut self, n: usize) {
        if self.0.len() <= n / 64 {
            self.0.resize(n / 64 + 1, 0);
        }
        self.0[n / 64] |= 1 << (n % 64);
    }

    fn has(&self, n: usize) -> bool {
        self.0.get(n / 64).is_some_and(|part| part >> (n % 64) & 1 == 1)
    }

    fn join(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    fn keep(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }
}

pub(super) fn check(paths: &Paths<'_>, problems: &mut Findings) {
    let program = paths.program;
    let names: BTreeSet<&str> = program.nodes.values().filter_map(|node| node.kind.as_kind().awaits()?.name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let ways = ways(paths, &names);
    for (at, (id, node)) in program.nodes.iter().enumerate().filter(|(_, (_, node))| !node.disabled) {
        let kind = node.kind.as_kind();
        for Asked { field, expr, scope, .. } in kind.exprs() {
            if scope != Scope::Incoming && expr.reads(Subject::Incoming) {
                problems.push(Problem::error("incoming_scope", Finding::IncomingScope).at(id).field(field));
            }
            if let Some(known) = &ways[at] {
                read((field, expr), &names, known, |problem| problems.push(problem.at(id).field(field)));
            }
        }
        if let (Some(Awaits { name: Some(name), .. }), Some(known)) = (kind.awaits(), &ways[at])
            && names.binary_search(&name).is_ok_and(|n| known.perhaps.has(n))
        {
            let finding = Finding::JoinedTwice { name: name.into() };
            problems.push(Problem::error("joined_twice", finding).at(id).field("as"));
        }
    }
}

/// What is known at each node that contacts come to; nothing at all where there is a circle.
fn ways(paths: &Paths<'_>, names: &[&str]) -> Vec<Option<Names>> {
    let mut ways: Vec<Option<Names>> = vec![None; paths.next.len()];
    for &at in &paths.order {
        let here = ways[at].get_or_insert_with(|| Names { sure: Set::default(), perhaps: Set::default() }).clone();
        for (to, joins) in edges(paths.program, at) {
            let mut there = here.clone();
            if let Some(n) = joins.and_then(|name| names.binary_search(&name).ok()) {
                there.sure.insert(n);
                there.perhaps.insert(n);
            }
            match &mut ways[to] {
                Some(known) => {
                    known.sure.keep(&there.sure);
                    known.perhaps.join(&there.perhaps);
                }
                none => *none = Some(there),
            }
        }
    }
    ways
}

/// Where contacts go from here, each with the name of the event that joins them on that way.
fn edges(program: &Program, at: usize) -> Vec<(usize, Option<&str>)> {
    let node = &program.nodes[at];
    let kind = node.kind.as_kind();
    // Through what is disabled contacts go by its last port.
    let taken = |port: &Port| !node.disabled || kind.ports().last() == Some(port);
    let awaits = kind.awaits().filter(|_| !node.disabled);
    let edge = |(port, target): (&Port, _)| {
        let joins = awaits.filter(|awaits| awaits.came == port).and_then(|awaits| awaits.name);
        Some((program.nodes.get_index_of(target)?, joins))
    };
    node.next.iter().filter(|(port, _)| taken(port)).filter_map(edge).collect()
}

/// What an expression reads of joined events, against the names that are known where it stands.
fn read((field, expr): (&str, &Expr), names: &[&str], known: &Names, mut found: impl FnMut(Problem)) {
    // Who looks through all of them names none.
    let named = |path: &str| !path.is_empty() && !path.starts_with('[');
    let reads = expr.references().iter().filter(|read| read.subject == Subject::Joined && named(&read.path));
    let name = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
    let read: BTreeSet<String> = reads.clone().map(|read| name(&read.path)).collect();
    for wanted in read {
        let n = names.binary_search(&wanted.as_str()).ok().filter(|n| known.perhaps.has(*n));
        match n {
            None => {
                let there = || names.iter().enumerate().filter(|(n, _)| known.perhaps.has(*n)).map(|(_, name)| *name);
                let meant = nearest(&wanted, there());
                let finding = match there().next() {
                    None => Finding::NoJoined { name: wanted.clone() },
                    Some(_) => Finding::UnknownJoined { name: wanted.clone(), suggestion: suggest(meant, there()) },
                };
                found(Problem::error("unknown_joined", finding));
            }
            Some(n) if known.sure.has(n) => {}
            // Who asks first knows.
            Some(_) if reads.clone().any(|read| read.tested && read.path == wanted) => {}
            Some(_) => {
                let better = expr.guarded(Subject::Joined, &wanted).filter(|_| field != "changes");
                let fix = better.map(|it| set(field, &it));
                let finding = Finding::MaybeJoined { name: wanted };
                found(Problem { fix, ..Problem::warning("maybe_joined", finding) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::tests::{found, program};

    /// Two waits one after the other, and what is asked after them.
    fn asks(names: (&str, &str), when: &str) -> Vec<String> {
        let when = serde_json::to_string(when).unwrap();
        let text = format!(
            "  a: {{ kind: entry, event: x, again: never, next: b }}\n  \
             b: {{ kind: wait_for_event, event: y, timeout: 1d, as: {}, next: {{ came: c, timed_out: e }} }}\n  \
             c: {{ kind: wait_for_event, event: z, timeout: 1d, as: {}, next: {{ came: d, timed_out: d }} }}\n  \
             d: {{ kind: condition, when: {when}, next: {{ yes: e, no: e }} }}\n  e: {{ kind: exit }}",
            names.0, names.1
        );
        found(&program(&text), None)
    }

    #[test]
    fn names_are_known_where_every_way_gives_them() {
        for (when, expected) in [
            ("joined.first.total > 1", &[][..]),
            ("has(joined.second)", &[]),
            ("joined.exists(name, joined[name].total > 1)", &[]),
            ("has(joined.second) && joined.second.total > 1", &[]),
            ("joined.second.total > 1", &["maybe_joined@nodes.d.when"]),
            ("joined.third.total > 1", &["unknown_joined@nodes.d.when"]),
            ("incoming.total > 1", &["incoming_scope@nodes.d.when"]),
        ] {
            assert_eq!(asks(("first", "second"), when), expected, "{when}");
        }
        assert_eq!(asks(("first", "first"), "true"), ["joined_twice@nodes.c.as"]);
    }

    #[test]
    fn only_those_who_came_bring_the_event_along() {
        let text = "  a: { kind: entry, event: x, again: never, next: b }\n  \
             b: { kind: wait_for_event, event: y, timeout: 1d, as: first, next: { came: e, timed_out: d } }\n  \
             d: { kind: condition, when: 'joined.first.total > 1', next: { yes: e, no: e } }\n  e: { kind: exit }";
        assert_eq!(found(&program(text), None), ["unknown_joined@nodes.d.when"]);
        // A disabled wait lets everybody pass as if nothing came.
        let text = text.replace("as: first", "as: first, disabled: true").replace("timed_out: d", "timed_out: d ");
        assert_eq!(found(&program(&text), None), ["unknown_joined@nodes.d.when"]);
    }
}

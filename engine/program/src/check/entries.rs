//! Checks entries: whether a contact may enter again, and whether programs start each other in a circle.

use std::collections::VecDeque;

use super::findings::Findings;
use crate::{
    EventType, Finding, Fix, KnownProgram, Problem, Program,
    node::{Again, WayIn},
};

pub(super) fn check(program: &Program, problems: &mut Findings) {
    for (id, node) in &program.nodes {
        let undecided = node.kind.as_kind().way_in().is_some_and(|way| way.again.is_none());
        if !node.disabled && undecided {
            let fix = Fix::Set { field: "again".into(), value: "always".into() };
            problems.push(Problem::warning("reentry_missing", Finding::NoAgain).at(id).field("again").fix(fix));
        }
    }
    let emits = program.emits();
    circle(program, problems, |event| emits.contains(event).then(Vec::new));
}

/// Circles that lead through other programs. Those that do not are found by [`check`].
pub(super) fn circles(program: &Program, others: &[KnownProgram], problems: &mut Findings) {
    let own = program.emits();
    let others: Vec<_> = others.iter().filter(|other| other.name != program.name).collect();
    // By program: the event that starts it, and whose. The first way that is found is one of the shortest.
    let mut started: Vec<Option<(EventType, Option<usize>)>> = vec![None; others.len()];
    let mut reached = Vec::new();
    let mut open = VecDeque::from([None]);
    while let Some(from) = open.pop_front() {
        reached.extend(from);
        let emits: Vec<&EventType> =
            from.map_or_else(|| own.iter().collect(), |at: usize| others[at].emits.iter().collect());
        for (at, other) in others.iter().enumerate() {
            let by = emits.iter().find(|event| other.entries.contains(event));
            if let (None, Some(event)) = (&started[at], by) {
                started[at] = Some(((*event).clone(), from));
                open.push_back(Some(at));
            }
        }
    }
    circle(program, problems, |event| {
        let mut at = reached.iter().copied().find(|at| others[*at].emits.contains(event) && !own.contains(event));
        at?;
        let mut way = Vec::new();
        while let Some((here, (event, before))) = at.and_then(|at| Some((at, started[at].as_ref()?))) {
            way.push((event, others[here].title.as_str()));
            at = *before;
        }
        way.reverse();
        Some(way)
    });
}

/// One problem for each entry whose event comes back to it, with the events and programs between.
fn circle<'a>(
    program: &Program,
    problems: &mut Findings,
    way: impl Fn(&EventType) -> Option<Vec<(&'a EventType, &'a str)>>,
) {
    for (id, node) in &program.nodes {
        // Whoever cannot come again, or not for a while, does not go round and round.
        let Some(WayIn { event: Some(event), again: None | Some(Again::Always), .. }) = node.kind.as_kind().way_in()
        else {
            continue;
        };
        let Some(way) = way(event).filter(|_| !node.disabled) else { continue };
        let between: String = way.iter().map(|(event, title)| format!("{event} → \"{title}\" → ")).collect();
        let finding = Finding::ProgramCircle { way: format!("{between}{event}") };
        let fix = Fix::Set { field: "again".into(), value: "never".into() };
        problems.push(Problem::warning("program_circle", finding).at(id).field("again").fix(fix));
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        EventType, Known, KnownProgram, ProgramName,
        check::tests::{found, program, told},
    };

    fn other(name: &str, entry: &str, emits: &str) -> KnownProgram {
        let event = |name: &str| vec![EventType::new(name).unwrap()];
        let title = name.to_uppercase();
        KnownProgram { name: ProgramName::new(name).unwrap(), title, entries: event(entry), emits: event(emits) }
    }

    #[test]
    fn finds_circles() {
        const ASK: &str = "  b: { kind: survey, stream: s, question: Well? }";
        let known = Known {
            programs: vec![
                other("p", "survey.answered", "loyalty.joined"),
                other("q", "loyalty.joined", "back"),
                other("aside", "survey.answered", "elsewhere"),
            ],
            ..Known::default()
        };
        const CIRCLE: &[&str] = &["program_circle@nodes.a.again"];
        for (entry, expected) in [
            ("event: x, again: always", &[][..]),
            ("event: x", &["reentry_missing@nodes.a.again"]),
            ("event: survey.answered, again: always", CIRCLE),
            ("event: survey.answered, again: never", &[]),
            ("event: back, again: always", CIRCLE),
            ("event: back, again: 30d", &[]),
            ("event: elsewhere, again: always", CIRCLE),
        ] {
            let program = program(&format!("  a: {{ kind: entry, {entry}, next: b }}\n{ASK}"));
            assert_eq!(found(&program, Some(&known)), expected, "{entry}");
        }
    }

    #[test]
    fn names_the_way() {
        let nodes =
            "  a: { kind: entry, event: back, again: always, next: b }\n  b: { kind: survey, stream: s, question: Q }";
        let programs = vec![other("p", "survey.answered", "loyalty.joined"), other("q", "loyalty.joined", "back")];
        let known = Known { programs, ..Known::default() };
        let expected = "warning[program_circle] nodes.a.again: This program brings about what starts it again: \
                        survey.answered → \"P\" → loyalty.joined → \"Q\" → back. Contacts may go round and round. \
                        Let nobody enter again, or not for a while. {\"fix\":\"set\",\"field\":\"again\",\"value\":\"never\"}";
        assert_eq!(told(&program(nodes), Some(&known)), [expected]);
    }
}

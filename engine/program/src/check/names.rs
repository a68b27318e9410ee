//! Checks the names of streams and events against the known ones.

use std::collections::BTreeSet;

use super::findings::Findings;
use crate::{
    EventType, Expr, Finding, Fix, Kind, Known, NodeId, Problem, Program, StreamClass,
    near::{nearest, suggest},
    node::{Asked, EVENT, NodeKind, STREAM},
};

pub(super) fn check(program: &Program, known: &Known, problems: &mut Findings) {
    // What answers bring about is known before the first answer.
    let emitted = Kind::blanks().into_iter().flat_map(|kind| kind.as_kind().emits()).copied();
    let events: BTreeSet<&str> = known.events.keys().map(EventType::as_str).chain(emitted).collect();
    for (id, node) in program.nodes.iter().filter(|(_, node)| !node.disabled) {
        stream(id, node.kind.as_kind(), known, problems);
        if known.events.is_empty() {
            continue;
        }
        let kind = node.kind.as_kind();
        let chosen = kind.way_in().and_then(|way| way.event).or_else(|| kind.awaits()?.event);
        if let Some(event) = chosen.filter(|event| !events.contains(event.as_str())) {
            problems.warn(|| {
                let meant = nearest(event.as_str(), events.iter().copied());
                let fix = meant.map(|meant| Fix::Set { field: EVENT.name.into(), value: meant.into() });
                unknown_event(event, meant, &events, fix).at(id).field(EVENT.name)
            });
        }
        for Asked { field, expr, .. } in kind.exprs() {
            let unknown: BTreeSet<_> = expr.counts().iter().map(|fact| &fact.event).collect();
            for event in unknown.into_iter().filter(|event| !events.contains(event.as_str())) {
                problems.warn(|| {
                    let meant = nearest(event.as_str(), events.iter().copied());
                    // The fix puts an expression into the whole field.
                    let whole = node.kind.field(field) == Some(expr.source().into());
                    let meant_event = meant.filter(|_| whole).and_then(|meant| EventType::new(meant).ok());
                    let better = meant_event.and_then(|meant| expr.with_event(event, &meant));
                    let problem = unknown_event(event, meant, &events, better.map(|better| set(field, &better)));
                    problem.at(id).field(field)
                });
            }
        }
    }
}

/// The fix that puts another expression into a field.
pub(super) fn set(field: &str, expr: &Expr) -> Fix {
    Fix::Set { field: field.into(), value: expr.source().into() }
}

fn stream(id: &NodeId, kind: &dyn NodeKind, known: &Known, problems: &mut Findings) {
    let Some(name) = kind.stream().filter(|_| !known.streams.is_empty()) else { return };
    let Some(stream) = known.streams.get(name) else {
        return problems.fail(|| {
            let names = || known.streams.keys().map(|name| name.as_str());
            let meant = nearest(name.as_str(), names());
            let finding = Finding::UnknownStream { stream: name.clone(), suggestion: suggest(meant, names()) };
            let fix = meant.map(|meant| Fix::Set { field: STREAM.name.into(), value: meant.into() });
            let problem = Problem::error("unknown_stream", finding).at(id).field(STREAM.name);
            Problem { fix, ..problem }
        });
    };
    if stream.class == StreamClass::Operational && !stream.promotional.is_empty() {
        let words: Vec<_> = stream.promotional.iter().map(|word| format!("\"{word}\"")).collect();
        let finding = Finding::PromotionalWords { stream: name.clone(), words: words.join(", ") };
        problems.push(Problem::warning("promotional_words", finding).at(id).field(STREAM.name));
    }
}

fn unknown_event(event: &EventType, meant: Option<&str>, events: &BTreeSet<&str>, fix: Option<Fix>) -> Problem {
    let suggestion = suggest(meant, events.iter().copied());
    let finding = Finding::UnknownEvent { event: event.to_string(), suggestion };
    Problem { fix, ..Problem::warning("unknown_event", finding) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{
        EventType, Known, KnownEvent, KnownStream, StreamClass, StreamName,
        check::tests::{program, told},
    };

    fn known() -> Known {
        let stream = |name: &str, promotional: &[&str]| {
            let promotional = promotional.iter().map(|word| (*word).to_owned()).collect();
            let stream = KnownStream { class: StreamClass::Operational, title: name.into(), promotional };
            (StreamName::new(name).unwrap(), stream)
        };
        Known {
            streams: BTreeMap::from([stream("order-confirmation", &[]), stream("news", &["sale"])]),
            events: BTreeMap::from([(EventType::new("order.placed").unwrap(), KnownEvent::default())]),
            ..Known::default()
        }
    }

    #[test]
    fn finds_names_that_are_not_there() {
        for (nodes, expected) in [
            (
                "  a: { kind: entry, event: order.placed, again: never, next: b }\n  \
                   b: { kind: send_mail, stream: order-confirmation }",
                vec![],
            ),
            (
                "  a: { kind: entry, event: order.place, again: never, next: b }\n  \
                   b: { kind: send_mail, stream: order-confirmatoin }",
                vec![
                    "error[unknown_stream] nodes.b.stream: There is no mail stream \"order-confirmatoin\": did you mean \
                     \"order-confirmation\"? {\"fix\":\"set\",\"field\":\"stream\",\"value\":\"order-confirmation\"}",
                    "warning[unknown_event] nodes.a.event: No event \"order.place\" was ever seen: did you mean \
                     \"order.placed\"? If it is yet to come, all is well. \
                     {\"fix\":\"set\",\"field\":\"event\",\"value\":\"order.placed\"}",
                ],
            ),
            (
                "  a: { kind: entry, event: survey.answered, again: never, next: b }\n  \
                   b: { kind: condition, when: 'count(\"order.palced\", duration(\"1d\")) > 1', next: { yes: c, no: c } }\n  \
                   c: { kind: send_mail, stream: news }",
                vec![
                    "warning[unknown_event] nodes.b.when: No event \"order.palced\" was ever seen: did you mean \
                     \"order.placed\"? If it is yet to come, all is well. {\"fix\":\"set\",\"field\":\"when\",\"value\":\
                     \"count(\\\"order.placed\\\", duration(\\\"1d\\\")) > 1\"}",
                    "warning[promotional_words] nodes.c.stream: \"news\" is operational, so it goes to contacts who have \
                     not agreed to marketing; but it says \"sale\". Take the words out, or send it through a marketing \
                     stream. ",
                ],
            ),
            // A disabled node may be unfinished.
            (
                "  a: { kind: entry, event: order.placed, again: never, next: b }\n  \
                   b: { kind: send_mail, disabled: true, stream: x }",
                vec![],
            ),
        ] {
            assert_eq!(told(&program(nodes), Some(&known())), expected, "{nodes}");
            assert_eq!(told(&program(nodes), Some(&Known::default())), Vec::<String>::new(), "{nodes}");
        }
    }
}

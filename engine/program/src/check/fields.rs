//! Checks the fields that expressions read, against those that contacts and events have.

use std::collections::{BTreeMap, BTreeSet};

use super::{findings::Findings, names::set, paths::Paths};
use crate::{
    EventType, Expr, Finding, Known, KnownEvent, KnownField, Problem, Reference, Scope, Subject,
    near::{nearest, suggest},
    node::Asked,
};

/// What every contact may have beside its attributes.
const OF_CONTACTS: [&str; 3] = ["email", "external_id", "opt_in"];

/// How many known fields are looked at in all. A program of usual size looks at some thousands; one that reads
/// thousands of fields, where thousands are known, would keep its reader waiting for minutes.
const LOOKS: usize = 2_000_000;

type Fields = BTreeMap<String, KnownField>;

pub(super) fn check(paths: &Paths<'_>, known: &Known, problems: &mut Findings) {
    let mut looks = LOOKS;
    for (at, (id, node)) in paths.program.nodes.iter().enumerate() {
        if node.disabled {
            continue;
        }
        for asked in node.kind.as_kind().exprs() {
            // The fix puts an expression into the whole field.
            let whole = node.kind.field(asked.field) == Some(asked.expr.source().into());
            compare(paths, at, asked, (known, &mut looks), |problem| {
                let fix = problem.fix.clone().filter(|_| whole);
                problems.push(Problem { fix, ..problem }.at(id).field(asked.field));
            });
        }
        if looks == 0 {
            return problems.push(Problem::warning("fields_not_compared", Finding::NotCompared).at(id));
        }
    }
}

/// Compares what one expression reads with what is known.
fn compare(
    paths: &Paths<'_>,
    at: usize,
    Asked { field, expr, scope, .. }: Asked<'_>,
    (known, looks): (&Known, &mut usize),
    mut found: impl FnMut(Problem),
) {
    for attribute in read(expr, Subject::Contact) {
        *looks = looks.saturating_sub(1 + known.attributes.len());
        unknown_attribute(expr, field, attribute, &known.attributes).into_iter().for_each(&mut found);
    }
    let awaited = paths.node(at).kind.as_kind().awaits().and_then(|awaits| awaits.event);
    let incoming = awaited.and_then(|event| Some((event, known.events.get(event).filter(|it| it.seen > 0)?)));
    if let Some(event) = incoming.filter(|(_, it)| !it.fields.is_empty()) {
        for path in read(expr, Subject::Incoming) {
            *looks = looks.saturating_sub(1 + event.1.fields.len());
            unknown_field(expr, field, (Subject::Incoming, path), &[event]).into_iter().for_each(&mut found);
        }
    }
    if !expr.reads(Subject::Event) {
        return;
    }
    // One event of which nothing is known may carry anything.
    let events: Option<Vec<(&EventType, &KnownEvent)>> = paths
        .events_to(at)
        .into_iter()
        .map(|event| Some((event, known.events.get(event).filter(|it| it.seen > 0 && !it.fields.is_empty())?)))
        .collect();
    let Some(events) = events.filter(|events| !events.is_empty()) else { return };
    for path in read(expr, Subject::Event) {
        *looks = looks.saturating_sub(events.iter().map(|(_, event)| 1 + event.fields.len()).sum());
        // Where an event that cannot be decided about does not enter, a guard would say the same.
        let rare = || if scope == Scope::Event { None } else { rare_field(expr, field, path, &events) };
        unknown_field(expr, field, (Subject::Event, path), &events).or_else(rare).into_iter().for_each(&mut found);
    }
}

/// What is read, each path once.
fn read(expr: &Expr, subject: Subject) -> impl Iterator<Item = &str> {
    let of = expr.references().iter().filter(move |seen| seen.subject == subject && !seen.path.is_empty());
    of.map(|seen| seen.path.as_str()).collect::<BTreeSet<_>>().into_iter()
}

fn unknown_attribute(expr: &Expr, field: &str, path: &str, attributes: &Fields) -> Option<Problem> {
    if attributes.is_empty() || OF_CONTACTS.contains(&path) || seen(attributes, path).is_some() {
        return None;
    }
    let names: BTreeSet<&str> = attributes.keys().map(|key| bare(key)).chain(OF_CONTACTS).collect();
    let meant = nearest(path, names.iter().copied());
    let suggestion = suggest(meant, names.iter().copied());
    let finding = Finding::UnknownAttribute { path: path.into(), suggestion };
    let better = meant.and_then(|meant| expr.with_path(Subject::Contact, path, meant));
    Some(Problem { fix: better.map(|it| set(field, &it)), ..Problem::warning("unknown_attribute", finding) })
}

fn unknown_field(
    expr: &Expr,
    field: &str,
    (subject, path): (Subject, &str),
    events: &[(&EventType, &KnownEvent)],
) -> Option<Problem> {
    if events.iter().any(|(_, event)| seen(&event.fields, path).is_some()) {
        return None;
    }
    let names: BTreeSet<&str> = events.iter().flat_map(|(_, event)| event.fields.keys().map(|key| bare(key))).collect();
    let meant = nearest(path, names.iter().copied());
    let types: Vec<_> = events.iter().map(|(event, _)| format!("\"{event}\"")).collect();
    let suggestion = suggest(meant, names.iter().copied());
    let finding = Finding::UnknownField { events: types.join(", "), path: path.into(), suggestion };
    let better = meant.and_then(|meant| expr.with_path(subject, path, meant));
    Some(Problem { fix: better.map(|it| set(field, &it)), ..Problem::warning("unknown_field", finding) })
}

/// Without the field the condition cannot be decided, and the contact stands still.
fn rare_field(expr: &Expr, field: &str, path: &str, events: &[(&EventType, &KnownEvent)]) -> Option<Problem> {
    let guarded = |seen: &Reference| {
        let whole =
            path.strip_prefix(seen.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        seen.subject == Subject::Event && seen.tested && whole
    };
    // How often an item of a list has a field says nothing of how many events do.
    if path.contains("[]") || expr.references().iter().any(guarded) {
        return None;
    }
    let share = |(event, it): &(&EventType, &KnownEvent)| {
        (seen(&it.fields, path).unwrap_or_default().min(it.seen), it.seen, event.as_str().to_owned())
    };
    let rare = events.iter().map(share).filter(|(carried, all, _)| carried * 2 < *all);
    // The event that carries it the least often.
    let (carried, all, event) =
        rare.min_by(|a, b| (u128::from(a.0) * u128::from(b.1)).cmp(&(u128::from(b.0) * u128::from(a.1))))?;
    let percent = carried.saturating_mul(100) / all.max(1);
    let finding = Finding::RareField { carried, all, event, percent, path: path.into() };
    let better = expr.guarded(Subject::Event, path);
    Some(Problem { fix: better.map(|it| set(field, &it)), ..Problem::warning("rare_field", finding) })
}

/// How many have it; `None` for what nobody has. Nothing can be said against the inside of what is known only
/// as a whole, so that counts as much as the whole.
fn seen(fields: &Fields, path: &str) -> Option<u64> {
    let path = bare(path);
    let of = |matches: &dyn Fn(&str) -> bool| {
        fields.iter().filter(|(key, _)| matches(bare(key))).map(|(_, field)| field.seen).max()
    };
    of(&|key| key == path).or_else(|| of(&|key| covers(path, key))).or_else(|| {
        let whole = fields.keys().map(|key| bare(key)).filter(|key| covers(key, path)).max_by_key(|key| key.len())?;
        let opaque = !fields.keys().any(|key| bare(key) != whole && covers(whole, bare(key)));
        if opaque { of(&|key| key == whole) } else { None }
    })
}

/// A path without the mark that it is a list.
fn bare(path: &str) -> &str {
    path.trim_end_matches("[]")
}

/// Whether a path is this one or within it.
fn covers(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use crate::{
        Known,
        check::tests::{found, program, told},
    };

    fn known() -> Known {
        let json = r#"{
            "attributes": { "tier": { "seen": 5, "kind": "string" } },
            "events": {
                "order": { "seen": 100, "fields": {
                    "total": { "seen": 100, "kind": "number" },
                    "voucher": { "seen": 12, "kind": "string" },
                    "customer": { "seen": 40, "kind": "object" },
                    "customer.name": { "seen": 40, "kind": "string" },
                    "free": { "seen": 100, "kind": "object" },
                    "lines[]": { "seen": 100, "kind": "list" },
                    "lines[].sku": { "seen": 90, "kind": "string" }
                } },
                "visit": { "seen": 10, "fields": { "page": { "seen": 10, "kind": "string" } } },
                "new": { "seen": 0 }
            }
        }"#;
        serde_json::from_str(json).unwrap()
    }

    /// A condition behind an entry of each of these events.
    fn asks(events: &[&str], when: &str) -> crate::Program {
        let entry = |(at, event)| format!("  e{at}: {{ kind: entry, event: {event}, again: never, next: c }}\n");
        let entries: String = events.iter().enumerate().map(entry).collect();
        let when = serde_json::to_string(when).unwrap();
        let rest =
            format!("  c: {{ kind: condition, when: {when}, next: {{ yes: d, no: d }} }}\n  d: {{ kind: exit }}");
        program(&(entries + &rest))
    }

    #[test]
    fn finds_fields_that_are_not_there() {
        const UNKNOWN: &[&str] = &["unknown_field@nodes.c.when"];
        const RARE: &[&str] = &["rare_field@nodes.c.when"];
        for (events, when, expected) in [
            (&["order"][..], "event.total > 1 && contact.tier == 'gold' && contact.email != ''", &[][..]),
            (&["order"], "contact.teir == 'gold'", &["unknown_attribute@nodes.c.when"]),
            (&["order"], "event.ttal > 1", UNKNOWN),
            (&["order"], "has(event.vouchers)", UNKNOWN),
            (&["order"], "event.voucher == 'x'", RARE),
            (&["order"], "has(event.voucher) && event.voucher == 'x'", &[]),
            (&["order"], "event.customer.name == 'x'", RARE),
            (&["order"], "has(event.customer) && event.customer.name == 'x'", &[]),
            (&["order"], "event.customer.nme == 'x'", UNKNOWN),
            (&["order"], "event.free.anything == 'x'", &[]),
            (&["order"], "event.lines.exists(line, line.sku == 'x')", &[]),
            (&["order"], "event.lines.exists(line, line.skv == 'x')", UNKNOWN),
            (&["order"], "size(event.lines) > 1 && event.lines[0].sku == 'x' && size(event) > 0", &[]),
            // Only half of the ways bring the field.
            (&["order", "visit"], "event.total > 1", RARE),
            (&["order", "visit"], "event.ttal > 1", UNKNOWN),
            // Nothing is known of one of the events.
            (&["order", "new"], "event.ttal > 1", &[]),
            (&["order", "never.seen"], "event.ttal > 1", &["unknown_event@nodes.e1.event"]),
        ] {
            assert_eq!(found(&asks(events, when), Some(&known())), expected, "{when}");
            assert_eq!(found(&asks(events, when), Some(&Known::default())), Vec::<String>::new(), "{when}");
        }
    }

    #[test]
    fn a_filter_is_judged_by_its_own_event() {
        let filter = |filter: &str| {
            let text = format!(
                "  a: {{ kind: entry, event: order, again: never, filter: '{filter}', next: b }}\n  b: {{ kind: exit }}"
            );
            found(&program(&text), Some(&known()))
        };
        assert_eq!(filter("event.page > 1"), ["unknown_field@nodes.a.filter"]);
        // Without the field nobody enters, which is what a guard would say, too.
        assert_eq!(filter("event.voucher == \"x\""), Vec::<String>::new());
    }

    #[test]
    fn says_what_to_do() {
        let told = |when| told(&asks(&["order"], when), Some(&known())).remove(0);
        assert_eq!(
            told("event.ttal > 1"),
            "warning[unknown_field] nodes.c.when: No event \"order\" carried \"ttal\" so far: did you mean \"total\"? \
             {\"fix\":\"set\",\"field\":\"when\",\"value\":\"event.total > 1\"}"
        );
        assert_eq!(
            told("contact.teir == 'gold'"),
            "warning[unknown_attribute] nodes.c.when: No contact has \"teir\": did you mean \"tier\"? \
             {\"fix\":\"set\",\"field\":\"when\",\"value\":\"contact.tier == 'gold'\"}"
        );
        assert_eq!(
            told("event.voucher == 'x'"),
            "warning[rare_field] nodes.c.when: Only 12 of 100 events \"order\" (12 %) carried \"voucher\". Without it the \
             condition cannot be decided and the contact stands still; ask first whether it is there. \
             {\"fix\":\"set\",\"field\":\"when\",\"value\":\"has(event.voucher) && event.voucher == 'x'\"}"
        );
    }
}

//! Random programs and events: small enough to shrink, wide enough to meet every kind of node.

use chrono::{DateTime, TimeDelta};
use indexmap::IndexMap;
use program::{
    EventType, Expr, Kind, Node, NodeId, Object, Period, Program, ProgramName, SimEvent, StreamName, Subject, Time,
    WEEKDAYS, Zone,
    node::{
        Asked, CallWebhook, Condition, ContactChange, Entry, Exit, LoyaltyInvite, SendMail, Split, Survey,
        UpdateContact, Wait, WaitForCondition, WaitForEvent, WaitUntil, WaitWindow,
    },
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;

use crate::programs;

/// The events that random programs listen to and random histories hold.
pub(crate) const EVENTS: [&str; 3] = ["order.placed", "order.returned", "visit"];

/// The streams that random programs send through.
pub(crate) const STREAMS: [&str; 2] = ["first", "second"];

/// The last two cannot be decided about all events, or any.
const FILTERS: [&str; 6] = [
    "event.total > 100",
    "event.total % 2 == 0",
    "has(event.voucher)",
    "event.total * 1.5 > 60 && event.total / 4 < 30.25",
    "event.lines[1] > 2.0",
    "event.voucher == 'x'",
];

/// When random histories begin.
pub(crate) fn epoch() -> Time {
    DateTime::from_timestamp_millis(1_772_000_000_000).unwrap()
}

/// A program without errors: node `i` leads only to later ones, so it has no circle.
pub(crate) fn program() -> impl Strategy<Value = Program> {
    (vec(event(), 1..=2), vec(inner(), 0..12), vec((any::<prop::sample::Index>(), 0..8u8), 32)).prop_map(
        |(entries, inner, targets)| {
            let kinds: Vec<Kind> = entries.into_iter().chain(inner).collect();
            let mut targets = targets.into_iter();
            let id = |at: usize| NodeId::new(&format!("n{at}")).unwrap();
            let nodes: IndexMap<NodeId, Node> = (0..kinds.len())
                .map(|at| {
                    let mut node = Node::new(kinds[at].clone());
                    // Two waits on one way must not give one name.
                    if let Kind::WaitForEvent(wait) = &mut node.kind
                        && wait.name.is_some()
                    {
                        wait.name = Some(format!("event{at}"));
                    }
                    let later: Vec<usize> =
                        (at + 1..kinds.len()).filter(|to| !matches!(kinds[*to], Kind::Entry(_))).collect();
                    for port in node.kind.as_kind().ports() {
                        let Some((index, open)) = targets.next() else { break };
                        // One port in eight leads nowhere.
                        if open > 0 && !later.is_empty() {
                            node.next.insert(port.clone(), id(*index.get(&later)));
                        }
                    }
                    (id(at), node)
                })
                .collect();
            let name = ProgramName::new("random").unwrap();
            Program {
                stafette: 1,
                name,
                title: "Random".into(),
                description: String::new(),
                nodes,
                places: None,
                notes: Vec::new(),
            }
        },
    )
}

/// A history of one to `most` events of a few contacts within four days.
pub(crate) fn history(most: usize) -> impl Strategy<Value = Vec<SimEvent>> {
    // Half of them by the quarter of a day, so that some come at the same instant.
    let when = prop_oneof![0..4 * 86_400_000i64, (0..16i64).prop_map(|quarter| quarter * 21_600_000)];
    let event = (when, select(&EVENTS[..]), 0..3u8, 0..200i64, prop::option::of(select(&["gold", "silver"][..])));
    vec(event, 1..=most).prop_map(|mut events| {
        // Arrival in the order of time, as a running system sees it.
        events.sort_by_key(|event| event.0);
        let one = |(at, event, contact, total, tier): (i64, &str, u8, i64, Option<&str>)| {
            let email = format!("contact{contact}@example.test");
            let mut attributes = object(json!({ "email": email }));
            if let Some(tier) = tier {
                attributes.insert("tier".into(), tier.into());
            }
            SimEvent {
                at: epoch() + TimeDelta::milliseconds(at),
                event: EventType::new(event).unwrap(),
                contact: email,
                attributes,
                data: object(match total % 3 {
                    0 => json!({ "total": total, "lines": [1, 2.5, 3] }),
                    1 => json!({ "total": total as f64 / 2.0, "lines": [total, total as f64] }),
                    _ => json!({ "total": total as f64, "lines": [] }),
                }),
            }
        };
        events.into_iter().map(one).collect()
    })
}

fn object(value: serde_json::Value) -> Object {
    value.as_object().cloned().unwrap()
}

fn event() -> impl Strategy<Value = Kind> {
    let filter = prop::option::of(select(&FILTERS[..]));
    let again = select(&["always", "never", "0s", "1h", "1d", "2d"][..]);
    (select(&EVENTS[..]), filter, prop::option::of(again)).prop_map(|(event, filter, again)| {
        let again = again.map(|again| again.parse().unwrap());
        Entry { event: EventType::new(event).ok(), filter: filter.map(Expr::new), again, max_age: None }.into()
    })
}

fn inner() -> impl Strategy<Value = Kind> {
    let stream = || select(&STREAMS[..]).prop_map(|name| StreamName::new(name).ok());
    prop_oneof![
        1 => shown(),
        3 => condition().prop_map(|when| Condition { when }.into()),
        1 => Just(Exit {}.into()),
        1 => Just(CallWebhook { url: "https://example.com/hook".into() }.into()),
        1 => (stream(), "[A-Za-zé ]{1,20}[a-z]", prop::option::of(1..72u64)).prop_map(|(stream, club, hours)| {
            let valid = hours.and_then(|hours| Period::from_millis(hours * 3_600_000));
            LoyaltyInvite { stream, club, valid }.into()
        }),
        3 => stream().prop_map(|stream| SendMail { stream }.into()),
        2 => vec(0..=100u8, 1..=5).prop_map(|ends| Split { weights: weights(ends) }.into()),
        1 => (stream(), "[A-Za-zé ?:#'\"-]{1,30}[a-z]", 2..=10u8)
            .prop_map(|(stream, question, scale)| Survey { stream, question, scale }.into()),
        3 => vec(change(), 1..4).prop_map(|changes| UpdateContact { changes }.into()),
        4 => awaited().prop_map(Kind::from),
        3 => (watched(), 1..72u64).prop_map(|(when, hours)| {
            WaitForCondition { when, within: Period::from_millis(hours * 3_600_000).unwrap() }.into()
        }),
        3 => (1..72u64).prop_map(|hours| Wait { duration: Period::from_millis(hours * 3_600_000).unwrap() }.into()),
        1 => (0..120i64, zone()).prop_map(|(hours, zone)| {
            let at = (epoch() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M").to_string();
            WaitUntil { at: at.parse().ok(), zone }.into()
        }),
        1 => (1..128u8, 0..24u8, 0..=24u8, zone()).prop_map(|(days, from, to, zone)| {
            let days: Vec<_> = WEEKDAYS.iter().enumerate().filter(|(at, _)| days >> at & 1 == 1).map(|(_, day)| day).collect();
            let days = serde_json::from_value(json!(days)).unwrap();
            WaitWindow { days, hours: format!("{from}:30-{to}:00").parse().unwrap(), zone }.into()
        }),
    ]
}

/// As the programs in `programs/` show them, so that no kind is left out. What a way in or an event brings along is not
/// there.
fn shown() -> impl Strategy<Value = Kind> {
    let mut kinds = Vec::new();
    for program in programs::all() {
        kinds.extend(program.nodes.into_values().map(|node| node.kind));
    }
    kinds.retain(|kind| {
        let reads = kind.as_kind().exprs();
        let joined = |asked: &Asked<'_>| asked.expr.references().iter().any(|read| read.subject == Subject::Joined);
        !kind.is_entry() && kind.as_kind().awaits().is_none() && !reads.iter().any(joined)
    });
    let streamed = |kind: Kind| match kind.as_kind().stream() {
        Some(_) => kind.with_field("stream", STREAMS[0].into()).unwrap(),
        None => kind,
    };
    select(kinds).prop_map(streamed)
}

/// The fourth can never be decided, the fifth not always.
fn awaited() -> impl Strategy<Value = WaitForEvent> {
    let filter = select(
        &[
            "incoming.total > event.total",
            "incoming.total % 2 == 0",
            "has(contact.tier) && contact.tier == 'gold'",
            "incoming.voucher == 'x'",
            "incoming.lines[1] > 2.0 || size(joined) > 0",
        ][..],
    );
    (select(&EVENTS[..]), prop::option::of(filter), 1..72u64, any::<bool>()).prop_map(
        |(event, filter, hours, named)| WaitForEvent {
            event: EventType::new(event).ok(),
            filter: filter.map(Expr::new),
            timeout: Period::from_millis(hours * 3_600_000).unwrap(),
            name: named.then(|| "event".to_owned()),
        },
    )
}

/// What may come to hold while a token waits. None comes to hold by the passing of time alone: that is found at the end, or
/// when anything happens, and engines differ in what they are told of. The last one is parked on arrival by most.
fn watched() -> impl Strategy<Value = Expr> {
    let count = (select(&EVENTS[..]), 1..96u64, 1..4u8)
        .prop_map(|(event, hours, n)| Expr::new(&format!("count(\"{event}\", duration(\"{hours}h\")) >= {n}")));
    let plain = select(
        &[
            "has(contact.tier) && contact.tier == 'gold'",
            "has(contact.score) && contact.score > event.total",
            "has(contact.tags) && size(contact.tags) > 1",
            "!has(contact.tags)",
            "event.total > 50",
            "size(joined) > 0",
            "contact.tier == 'silver'",
        ][..],
    );
    prop_oneof![1 => count, 2 => plain.prop_map(Expr::new)]
}

/// Some fail: a tier is no list, and not each event has two lines.
fn change() -> impl Strategy<Value = ContactChange> {
    select(
        &[
            r#"{ "change": "set", "attribute": "tier", "value": "gold" }"#,
            r#"{ "change": "set", "attribute": "score", "value": "= event.total * 2" }"#,
            r#"{ "change": "set", "attribute": "met", "value": "= joined.map(name, joined[name].total)" }"#,
            r#"{ "change": "set", "attribute": "second", "value": "= event.lines[1]" }"#,
            r#"{ "change": "add", "attribute": "tags", "value": "= string(event.total)" }"#,
            r#"{ "change": "add", "attribute": "tags", "value": 1.5 }"#,
            r#"{ "change": "add", "attribute": "tier", "value": true }"#,
            r#"{ "change": "remove", "attribute": "tags", "value": 1.5 }"#,
            r#"{ "change": "remove", "attribute": "tier" }"#,
        ][..],
    )
    .prop_map(|change| serde_json::from_str(change).unwrap())
}

/// Percentages that add up to 100: the parts between these ends.
fn weights(mut ends: Vec<u8>) -> Vec<u8> {
    ends.push(100);
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.clone());
    starts.zip(&ends).map(|(start, end)| end - start).collect()
}

/// On both sides of the world, with and without summer time.
fn zone() -> impl Strategy<Value = Zone> {
    select(&["UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns"][..]).prop_map(|name| name.parse().unwrap())
}

fn condition() -> impl Strategy<Value = Expr> {
    let count = (select(&EVENTS[..]), 1..96u64, 0..4u8)
        .prop_map(|(event, hours, n)| Expr::new(&format!("count(\"{event}\", duration(\"{hours}h\")) >= {n}")));
    let plain = select(
        &[
            "event.total > 50",
            "event.lines.exists(line, line * 2 > event.total) || event.total == 7.5",
            "event.total / 3 * 3 == event.total && string(event.total) != '0.5'",
            "event.lines[0] % 2 == 0",
            "has(contact.tier) && contact.tier == 'gold'",
            "has(contact.score) && contact.score > 100",
            "has(contact.tags) && size(contact.tags) > 1",
            "joined.exists(name, joined[name].total > 60)",
            "timestamp('2026-02-26T18:00:00+01:00') < now - duration('6h')",
            // Fails for contacts without a tier: the token is parked.
            "contact.tier == 'silver'",
        ][..],
    );
    prop_oneof![2 => count, 3 => plain.prop_map(Expr::new)]
}

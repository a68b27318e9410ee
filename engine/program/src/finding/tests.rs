//! Samples of each sentence, which is read back as it was written.

use super::*;
use crate::ValueKind;

/// Every sentence, with parts as awkward as they come.
pub(super) fn samples() -> Vec<Finding> {
    let text = || "a, \"b\": known are c. 100 %".to_owned();
    let node = || NodeId::new("in-2-days").unwrap();
    let stream = || StreamName::new("no_stream").unwrap();
    let period = |text: &str| text.parse::<Period>().unwrap();
    let meant = || Suggestion::Meant("did you mean \"x\"?".into());
    let kinds = |kinds: &[ValueKind]| kinds.iter().copied().collect::<Kinds>();
    let known = |more| Suggestion::Known(Names { shown: "a.b, c and d".into(), more });
    vec![
        Finding::Title { most: 120, length: 0 },
        Finding::LongTitle { most: 120 },
        Finding::TooManyNodes { nodes: 1_001, most: 1_000 },
        Finding::TooManyEdges { edges: 6_001, most: 6_000 },
        Finding::TooManyCounts { counts: 501, most: 500 },
        Finding::NoEntry,
        Finding::UnknownPort { port: "leads".into(), known: "yes, no".into() },
        Finding::NoPort { port: "next".into() },
        Finding::UnknownNode { port: text(), node: node() },
        Finding::EdgeIntoEntry { port: "yes".into(), node: node() },
        Finding::OpenPort { port: "no".into() },
        Finding::Cycle { nodes: Names { shown: "a, b".into(), more: 0 } },
        Finding::Cycle { nodes: Names { shown: "a, b".into(), more: 12 } },
        Finding::Unreachable,
        Finding::UnreachablePart { nodes: 2 },
        Finding::BehindDisabled,
        Finding::NoEvent,
        Finding::NoUrl,
        Finding::BadUrl,
        Finding::UrlRefused { why: text() },
        Finding::FilterScope,
        Finding::NoAgain,
        Finding::ProgramCircle { way: "a → \"B\" → c".into() },
        Finding::NoStream,
        Finding::NoChanges,
        Finding::TooManyChanges { changes: 21, most: 20 },
        Finding::AttributeName { most: 60, length: 0 },
        Finding::AttributeReserved { name: "email".into() },
        Finding::NoValue { name: text() },
        Finding::ValueKind { name: text() },
        Finding::ValueTooLarge { name: "a".into(), size: 5_000, most: 4_096 },
        Finding::NoAwaitedEvent,
        Finding::NeverComes { event: EventType::new("stafette.facts").unwrap() },
        Finding::JoinedName { most: 40 },
        Finding::IncomingScope,
        Finding::UnknownJoined { name: "a".into(), suggestion: meant() },
        Finding::NoJoined { name: "a".into() },
        Finding::MaybeJoined { name: "a".into() },
        Finding::JoinedTwice { name: "a".into() },
        Finding::Question { most: 200, length: 201 },
        Finding::Scale { scale: 11 },
        Finding::Club { most: 100, length: 0 },
        Finding::Ways { fewest: 2, most: 6, ways: 7 },
        Finding::WeightsSum { sum: 99 },
        Finding::NoDays,
        Finding::NoDate,
        Finding::MailsPerDay { mails: 4, most: 3, names: "a, b, c, d".into() },
        Finding::NoWaitBefore { mail: node(), event: EventType::new("mail, opened").unwrap() },
        Finding::InviteOver { valid: period("1w"), waited: Period::MAX, node: node() },
        Finding::UnknownStream { stream: stream(), suggestion: meant() },
        Finding::UnknownStream { stream: stream(), suggestion: known(0) },
        Finding::PromotionalWords { stream: stream(), words: text() },
        Finding::UnknownEvent { event: "Order Placed".into(), suggestion: known(3) },
        Finding::UnknownAttribute { path: "a.b[0]".into(), suggestion: meant() },
        Finding::UnknownField { events: "\"a\", \"b c\"".into(), path: "lines[].sku".into(), suggestion: known(7) },
        Finding::RareField { carried: 1, all: u64::MAX, event: "order".into(), percent: 0, path: "voucher".into() },
        Finding::NoQuestion { kind: kinds(&[ValueKind::Number]) },
        Finding::NoQuestion { kind: kinds(&[]) },
        Finding::UnlikeKinds {
            left: "event.total".into(),
            left_kind: kinds(&[ValueKind::Number]),
            right: text(),
            right_kind: kinds(&ValueKind::ALL),
        },
        Finding::UnfitKind {
            what: text(),
            kind: kinds(&[ValueKind::Bool]),
            wanted: kinds(&[ValueKind::List, ValueKind::Object]),
        },
        Finding::NotCompared,
        Finding::More { errors: 0, warnings: 3 },
        Finding::Expression { line: 2, column: 17, error: "line 1, column 2: a, b".into() },
        Finding::Expression { line: 1, column: 1, error: text() },
        Finding::Behind { latest: 3, base: 2 },
        Finding::BehindNew { latest: 1 },
        Finding::NoAddress,
        Finding::NoOptIn,
        Finding::NeedsFiles,
        Finding::Text(text()),
    ]
}

//! Samples of each sentence, which is read back as it was written.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{CountFact, Hours, LocalTime, Weekdays};

fn name(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn count(event: &str, times: u64, within: &str) -> Count {
    Count { fact: CountFact { event: name(event), within: period(within) }, times }
}

fn at(time: &str, zone: &'static str) -> At {
    At { time: time.parse::<LocalTime>().unwrap(), zone: zone.into() }
}

fn window(days: &[&str], hours: &str, zone: &'static str) -> Reason {
    let window =
        Window { days: Weekdays::from_words(days).unwrap(), hours: hours.parse::<Hours>().unwrap(), zone: zone.into() };
    Reason::Within { window }
}

/// Every sentence, with parts as awkward as they come.
pub(super) fn samples() -> Vec<Reason> {
    let day: NaiveDate = "2026-03-04".parse().unwrap();
    let text = || "451 4.3.0 \"later\", {please}; held: `x`. 100 %".to_owned();
    let said = |text: &str| Box::new(Reason::read(text));
    let (node, stream) = (NodeId::new("in-2-days").unwrap(), StreamName::new("no_stream").unwrap());
    let christmas = || at("2026-12-24T08:00", "America/Argentina/Buenos_Aires");
    vec![
        Reason::Disabled,
        Reason::NeverAgain { day },
        Reason::NotAgain { day, within: period("36h") },
        Reason::NotAgain { day, within: period("1w") },
        Reason::TooOld { day, within: period("24h") },
        Reason::FilteredOut,
        Reason::Scale { best: 10 },
        Reason::Drew { drawn: 100 },
        Reason::TakenOut { version: 12 },
        Reason::Retimed { version: u32::MAX },
        Reason::Moved { version: 2 },
        Reason::Mended { version: 3 },
        Reason::Returned,
        Reason::Changed { names: "tier, a: b".into() },
        Reason::ContactFull { size: 600_000, most: 524_288 },
        Reason::ValueTooLarge { name: "a \"b\"".into(), size: 5_000, most: 4_096 },
        Reason::NoList { name: "tags".into() },
        Reason::TooManyEdits { name: "tags".into() },
        Reason::Awaits { event: name("order.paid"), within: period("3d") },
        Reason::DidNotCome { event: name("order.paid"), within: period("36h") },
        Reason::Came { event: name("order.paid") },
        Reason::AwaitsCondition { within: period("3d") },
        Reason::NotMet { within: period("36h") },
        Reason::PassedOver { names: "city, opt_in, a: b".into() },
        Reason::Missed {
            window: match window(&["mon", "tue"], "22:00-06:00", "Europe/Berlin") {
                Reason::Within { window } => window,
                other => panic!("{other}"),
            },
        },
        Reason::Overdue { by: period("1d") },
        Reason::WaitSkipped,
        Reason::NoNode { node },
        Reason::ContactGone,
        Reason::EventGone,
        Reason::NoQuestion { expr: r#"count("order.placed", duration("365d"))"#.into() },
        Reason::Undecided { expr: "event.total > 3".into(), error: said("No such key: total. Or so") },
        Reason::NoKey { name: "total".into() },
        Reason::TooManySteps { expr: "event.l.all(a, event.l.all(b, a == b))".into(), most: 200_000 },
        Reason::Defect { error: "index out of bounds: the len is 1 but the index is 1".into() },
        Reason::NoStream { stream },
        Reason::NoAddress,
        Reason::NoOptIn,
        Reason::NoAttachments,
        Reason::TooMuchMemory { mib: 64 },
        Reason::TooMuchTime { ms: 250 },
        Reason::TemplateSteps { most: 50_000 },
        Reason::TextTooLong { most: 1_048_576 },
        Reason::TemplateTooLarge { size: 300_000, most: 262_144 },
        Reason::EmptySubject,
        Reason::Undefined { name: "contact.last_name".into() },
        Reason::NoValue,
        Reason::NullValue,
        Reason::NotPrintable,
        Reason::UnknownName { name: "user".into(), known: "contact, event".into() },
        Reason::UnknownField { owner: "stream".into(), field: "color".into(), known: "name, title".into() },
        Reason::UnknownFilter { name: "shout".into(), known: "upper, lower".into() },
        Reason::UnknownTest { name: "red".into(), known: "defined, odd".into() },
        Reason::UnknownFunction { name: "now".into() },
        Reason::UnknownMethod { name: "upper".into() },
        Reason::UnknownTag { name: "filter".into() },
        Reason::CodeLink { attribute: "href".into(), scheme: "javascript".into() },
        Reason::TemplateSyntax { said: "unexpected end of input, expected `%}`".into() },
        Reason::Line { line: 3, error: Reason::NoValue.into() },
        Reason::InLine { part: "html".into(), line: 12, error: said("unexpected `}`, line 3: so") },
        Reason::Orphaned,
        Reason::OnHold,
        Reason::Expired { hours: 48, last: said("RCPT: 451 4.2.1 greylisted, come back in 2 days") },
        // Somebody else's words that read like ours.
        Reason::Expired { hours: 1, last: said("expired after 2 h; the last reply: its event is gone") },
        Reason::Expired { hours: 48, last: said("busy; held for the operator") },
        Reason::Expired { hours: 48, last: said("vip, filter passed") },
        Reason::Expired { hours: 48, last: said("") },
        Reason::Expired { hours: 24, last: Reason::RelayDown { cause: said(&text()) }.into() },
        Reason::TooOften { times: 40, last: said(&text()) },
        Reason::TooOften { times: 43, last: said("cut; handed over again by the stream's policy") },
        Reason::TooUnsure { times: 3, last: said("no reply to the mail: no reply in time") },
        Reason::RelayDown { cause: said("mx.example:25: AUTH PLAIN: 535 5.7.8 no; held for the operator") },
        Reason::QueueHeld,
        Reason::Unsettled { error: "the database says: 2 days are over".into() },
        Reason::StoppedBefore,
        Reason::LeaseOver,
        Reason::CountedByHand,
        Reason::TooLarge { size: 26_000_000, most: 10_000_000 },
        Reason::NotAscii,
        Reason::CalledInVain { hours: 24, last: said(&text()) },
        Reason::CalledTooOften { times: 20, last: said(&text()) },
        Reason::NotTaken { status: 404 },
        Reason::CallTooLarge { size: 300_000, most: 262_144 },
        Reason::NobodyCalled,
        Reason::Calls { place: "[::1]:8080".into() },
        Reason::CallTaken { status: 202 },
        Reason::CallFailed { cause: said(&text()) },
        Reason::NoAnswer,
        Reason::ConnectionGone,
        Reason::Resent { seen: Reason::NoReplyInLease.into() },
        Reason::Kept { seen: Reason::StoppedAmid.into() },
        Reason::Kept { seen: said("cut; held for the operator") },
        Reason::Counted { seen: said(&text()) },
        Reason::StoppedAmid,
        Reason::NoReplyInLease,
        Reason::NoReply { error: Reason::Late.into() },
        Reason::Late,
        Reason::NoConnection { server: "mx.example: backup:587".into() },
        Reason::Filtered { event: name("order.placed") },
        Reason::Filtered { event: name("Order Placed, filter passed") },
        Reason::Filtered { event: name(r#""quoted", and \ so on"#) },
        Reason::WasBefore { at: christmas() },
        Reason::HasCome { at: at("2026-12-01T00:00:30", "UTC") },
        Reason::Until { at: christmas() },
        window(&["mon", "wed", "sun"], "22:00-06:00", "Europe/Berlin"),
        window(&["fri"], "09:00-17:00", "Etc/GMT+5"),
        window(&crate::WEEKDAYS, "08:00-20:00", "UTC"),
        Reason::Over { wait: period("90s") },
        Reason::For { wait: period("2d") },
        Reason::For { wait: period("0s") },
        Reason::Counts { counts: vec![count("order.placed", 1, "365d")] },
        Reason::Counts { counts: vec![count("order.placed", 0, "1h"), count("Order Paid", 12_408, "2w")] },
        Reason::Counts {
            counts: vec![
                count("a 1 time in 2 days", 3, "5d"),
                count("a 1 time in 2 days, b", 1, "1d"),
                count(r#"", x" 2 times in 1 day, ""#, 2, "30m"),
                count("2 times in", 4, "1ms"),
            ],
        },
        Reason::Text(text()),
    ]
}

#[test]
fn sentences_stay_as_they_are_stored() {
    for (reason, text) in [
        (
            Reason::Counts { counts: vec![count("a", 1, "365d"), count("b c", 3, "2d")] },
            "a 1 time in 365 days, b c 3 times in 2 days",
        ),
        (Reason::Filtered { event: name("order.placed") }, "order.placed, filter passed"),
        (Reason::Until { at: at("2026-12-24T08:00", "Europe/Berlin") }, "2026-12-24 08:00 Europe/Berlin"),
        (window(&["mon", "fri"], "09:00-17:00", "UTC"), "mon, fri 09:00-17:00 UTC"),
        (window(&crate::WEEKDAYS, "09:00-17:00", "UTC"), "every day 09:00-17:00 UTC"),
        (
            Reason::NoStream { stream: StreamName::new("hello").unwrap() },
            "there is no stream \"hello\"; import it and replay",
        ),
    ] {
        assert_eq!(reason.to_string(), text);
    }
}

#[test]
fn names_and_parts_are_read_back() {
    for reason in samples() {
        let stored = reason.to_stored();
        assert_eq!(Reason::stored(&stored), reason, "{stored}");
        let told = serde_json::to_string(&reason).unwrap();
        assert_eq!(serde_json::from_str::<Reason>(&told).unwrap(), reason, "{told}");
        // What a former build stored says the same.
        assert_eq!(Reason::stored(&reason.to_string()), reason);
        let text = Reason::Text(reason.to_string());
        assert_eq!(Reason::stored(&text.to_stored()), text);
    }
}

#[test]
fn names_and_parts_stay_as_they_are_stored() {
    let late = || Box::new(Reason::Late);
    for (reason, stored) in [
        (Reason::NONE, ""),
        (Reason::Disabled, r#"{"reason":"disabled"}"#),
        (Reason::Drew { drawn: 42 }, r#"{"reason":"drew","drawn":42}"#),
        (Reason::Over { wait: period("36h") }, r#"{"reason":"over","wait":"36h"}"#),
        (Reason::Expired { hours: 48, last: late() }, r#"{"reason":"expired","hours":48,"last":{"reason":"late"}}"#),
        (
            Reason::RelayDown { cause: Box::new("421 \"busy\"".into()) },
            r#"{"reason":"relay_down","cause":{"reason":"text","text":"421 \"busy\""}}"#,
        ),
        (
            Reason::Counts { counts: vec![count("b c", 3, "2d")] },
            r#"{"reason":"counts","counts":[{"fact":{"event":"b c","within":"2d"},"times":3}]}"#,
        ),
        (
            Reason::Until { at: at("2026-12-24T08:00", "UTC") },
            r#"{"reason":"until","at":{"time":"2026-12-24T08:00","zone":"UTC"}}"#,
        ),
        (
            window(&["mon", "fri"], "09:00-17:00", "UTC"),
            r#"{"reason":"within","window":{"days":["mon","fri"],"hours":"09:00-17:00","zone":"UTC"}}"#,
        ),
        (Reason::Text("550 no".into()), "550 no"),
        // What only reads like a sentence of ours.
        (Reason::Text("disabled".into()), r#"{"reason":"text","text":"disabled"}"#),
        (Reason::Text(r#"{"reason":"late"}"#.into()), r#"{"reason":"text","text":"{\"reason\":\"late\"}"}"#),
    ] {
        assert_eq!(reason.to_stored(), stored);
        assert_eq!(Reason::stored(stored), reason);
    }
}

#[test]
fn what_a_later_build_stored_is_shown_as_it_is() {
    for stored in [
        r#"{"reason":"of_tomorrow","n":1}"#,
        r#"{"reason":"drew"}"#,
        r#"{"reason":"drew","drawn":"many"}"#,
        r#"{"reason":"drew","drawn":42"#,
        r#"{"reason":"text","text":1}"#,
    ] {
        assert_eq!(Reason::stored(stored), Reason::Text(stored.into()));
    }
    // On the wire the sentence stands beside it.
    assert_eq!(serde_json::from_str::<Reason>(r#"{"reason":"of_tomorrow"}"#).unwrap(), Reason::NONE);
}

#[test]
fn what_nobody_of_us_wrote_is_free_text() {
    for text in [
        "",
        " ",
        "250 2.0.0 Ok: queued as 4F2",
        "Disabled",
        "disabled ",
        "moved when version 007 was published",
        "moved when version +7 was published",
        "entered on 2026-02-30, never again",
        "entered on 2026-3-4, never again",
        "1 days are over",
        "mon, someday 09:00-17:00 UTC",
        "2026-12-24 8 Uhr",
        "a 1 times in 2 days",
        "a 3 times in 2 days, b",
        "\"a\" 3 times in 2 days",
        "there is no stream \"No Slug\"; import it and replay",
        "{event}, filter passe",
    ] {
        assert_eq!(Reason::read(text), Reason::Text(text.into()), "{text}");
    }
}

/// Texts that are nearly ours.
const TEXTS: &str = r#"[a-z0-9 ,.:;"`{}\\-]{0,40}( (times in|are over|filter passed|days|; held for the operator))?"#;
/// Names of events that are nearly more.
const EVENTS: &str = r#"[a-c",\\]([a-c", \\]{0,5}( [0-9] times in [0-9] days)?, ?)?[a-c"]{1,3}"#;

proptest! {
    #[test]
    fn whatever_is_read_says_the_same(text in TEXTS) {
        prop_assert_eq!(Reason::read(&text).to_string(), text);
    }

    #[test]
    fn whatever_was_counted_is_read_back(events in vec((EVENTS, 0..3_u64), 1..4)) {
        let counts = events.iter().map(|(event, times)| count(event, *times, "2d")).collect();
        let reason = Reason::Counts { counts };
        prop_assert_eq!(Reason::read(&reason.to_string()), reason);
    }
}

//! What expressions mean.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::EventType;

fn facts() -> Facts {
    let contact = json!({ "email": "anna@example.test", "tier": "gold", "age": 41 });
    let event = json!({ "total": 129.9, "paid": true, "lines": [{ "sku": "a", "n": 2 }, { "sku": "b", "n": 1 }] });
    Facts {
        contact: contact.as_object().unwrap().clone(),
        event: event.as_object().unwrap().clone(),
        counts: [(CountFact { event: EventType::new("order.placed").unwrap(), within: "365d".parse().unwrap() }, 3)]
            .into(),
        ..Facts::default()
    }
}

#[test]
fn holds_or_not() {
    for (source, holds) in [
        ("event.total > 100", true),
        ("event.total < 100.5", false),
        ("event.total > 129.8 && event.paid", true),
        ("contact.tier == 'gold' || contact.tier == 'silver'", true),
        ("contact.tier in ['silver']", false),
        ("has(event.voucher)", false),
        ("has(event.voucher) && event.voucher == 'x'", false),
        ("event.lines.exists(line, line.sku == 'b')", true),
        ("size(event.lines) == 2", true),
        ("contact.email.endsWith('@example.test')", true),
        (r#"count("order.placed", duration("365d")) >= 3"#, true),
        (r#"count("order.placed", duration("8760h")) > 3"#, false),
        ("!event.paid", false),
    ] {
        assert_eq!(Expr::new(source).holds(&facts()).map(|(holds, _)| holds), Ok(holds), "{source}");
    }
}

#[test]
fn numbers_are_one_kind() {
    let event = r#"{ "price": 33.5, "whole": 34, "qty": 3, "written": 100.00, "huge": 9007199254740993,
        "larger": 99999999999999999999, "none": -0, "text": "34", "list": [1.0, 2, 3.50],
        "tenth": 0.1, "fine": 123456789.123456789, "power": 1e2, "over": 1e999999999, "small": 1e-7 }"#;
    let event = serde_json::from_str(event).unwrap();
    let facts = Facts { event, ..Facts::default() };
    for (source, expected) in [
        ("event.price * event.qty >= 100", Some(true)),
        ("event.whole * event.qty >= 100", Some(true)),
        ("event.price * 2 == 67", Some(true)),
        ("event.whole / 4 == 8.5", Some(true)),
        ("int(event.whole / 4) == 8", Some(true)),
        ("event.price % 2 == 1.5", Some(true)),
        ("event.whole % 2 == 0", Some(true)),
        ("event.written == 100 && 100 == event.written && event.written == 100.0", Some(true)),
        ("event.whole > 33.9 && event.price < 34 && 34.0 >= event.whole", Some(true)),
        ("event.huge == 9007199254740993 && event.huge != 9007199254740992", Some(true)),
        ("event.larger > event.huge && event.larger - 1 < event.larger", Some(true)),
        ("event.none == 0 && event.none + 1 == 1", Some(true)),
        ("event.tenth + 0.2 == 0.3 && event.tenth * 3 == 0.3", Some(true)),
        ("2.0 in event.list && 3.5 in event.list && !(4 in event.list)", Some(true)),
        ("event.list == [1, 2.0, 3.5]", Some(true)),
        ("event.list[event.qty - 1] == 3.5", Some(true)),
        ("event.list.map(x, x * 2).exists(x, x == 7)", Some(true)),
        ("size(event.list.filter(x, x > 1)) == 2", Some(true)),
        ("-event.price < -33", Some(true)),
        ("string(event.written + 0) == '100'", Some(true)),
        ("double(event.text) == 34 && int(event.text) * 3 == 102 && int('-7.9') == -7", Some(true)),
        ("type(event.price) == type(1) && type(event.text) != type(1)", Some(true)),
        ("1u + 1 == 2 && 1.5e3 == 1500", Some(true)),
        // As they were written, until somebody calculates.
        (
            "string(event.written) == '100.00' && string(event.none) == '-0' && string(event.list[2]) == '3.50'",
            Some(true),
        ),
        ("string(event.larger) == '99999999999999999999' && event.larger % 10 == 9", Some(true)),
        ("string(event.fine) == '123456789.123456789' && string(event.fine * 10) == '1234567891.23456789'", Some(true)),
        ("event.power == 100 && string(event.power * 1) == '100' && event.small * 10000000 == 1", Some(true)),
        ("has(event.over) && string(event.over) == '1e+999999999'", Some(true)),
        ("event.over > 1", None),
        ("event.over == event.over", None),
        ("event.over + 1 == 1", None),
        // Texts are no numbers, and say so where they are calculated with.
        ("event.text == 34", Some(false)),
        ("event.text * 3 > 1", None),
        ("event.text > 3", None),
        ("event.qty / 0 > 1", None),
        ("event.qty % 0.0 > 1", None),
        ("event.larger * 1e300 > 1", None),
    ] {
        let got = Expr::new(source).holds(&facts);
        assert_eq!(got.clone().ok().map(|(holds, _)| holds), expected, "{source}: {got:?}");
    }
}

#[test]
fn what_one_side_decides_is_not_asked_of_the_other() {
    for (source, expected) in [
        ("event.paid || event.voucher == 'x'", Some(true)),
        ("event.voucher == 'x' || event.paid", Some(true)),
        ("!event.paid && event.voucher == 'x'", Some(false)),
        ("event.voucher == 'x' && event.paid", None),
        ("event.lines.exists(line, line.voucher == 'x' || line.sku == 'b')", Some(true)),
        ("event.lines.all(line, line.voucher == 'x')", None),
        ("event.lines.exists_one(line, line.sku == 'b')", Some(true)),
        ("event.exists(key, key == 'paid') && 'paid' in event", Some(true)),
        ("{'a': 1, 2: 'b'}[2] == 'b' && {'a': 1}.a == 1.0", Some(true)),
        ("event == event && event != contact && event.lines == event.lines", Some(true)),
        ("b'ab' == b'ab' && size(b'ab') == 2 && null == null", Some(true)),
        ("(event.lines.exists(line, line.voucher) || true) && event.paid", Some(true)),
    ] {
        let got = Expr::new(source).holds(&facts());
        assert_eq!(got.clone().ok().map(|(holds, _)| holds), expected, "{source}: {got:?}");
    }
}

#[test]
fn steps_end() {
    let numbers: Vec<_> = (0..10_000).collect();
    let texts: Vec<_> = (0..300).map(|n| format!("{n}{}", "x".repeat(3_000))).collect();
    let event = json!({ "l": numbers, "t": texts, "o": (0..3_000).map(|n| (n.to_string(), n)).collect::<std::collections::HashMap<_, _>>() });
    let Facts { event, .. } = Facts { event: event.as_object().unwrap().clone(), ..Facts::default() };
    for source in [
        "event.l.all(a, event.l.all(b, a == b || true))",
        "event.l.exists(a, !(a in event.l))",
        "event.l.map(a, event.l.map(b, b)) == []",
        "event.l.exists(a, event.l + event.l == [a])",
        "event.t.all(a, event.t.all(b, a.contains('y') || b.size() > 5))",
        "event.o.all(a, event.o.all(b, event.o == event.o))",
        "event.l.all(a, a == a) && event.l.all(a, event.l == event.l)",
        "event.l.all(a, event.l.all(b, a == b || true)) || true",
    ] {
        let facts = Facts { event: event.clone(), ..Facts::default() };
        let error = Expr::new(source).holds(&facts).err().unwrap_or_else(|| panic!("{source} ended"));
        assert!(error.to_string().contains("more than 200000 steps"), "{source}: {error}");
        assert_eq!(facts.budget.left(), 0);
        // What is decided next with the same facts has none left either.
        assert!(Expr::new("true || true").holds(&facts).is_err());
    }
    let facts = Facts { event: event.clone(), ..Facts::default() };
    assert_eq!(Expr::new("event.l.exists(a, a == 9999)").holds(&facts).map(|(holds, _)| holds), Ok(true));
    let long = Expr::new("[event.t[0]].map(a, a + a + a + a + a + a).exists(a, a + a + a + a == '')");
    assert!(long.holds(&facts).unwrap_err().to_string().contains("at most 65536"), "texts do not grow for ever");
}

#[test]
fn chains_are_bounded_before_anything_walks_them() {
    let chains = |n: usize| {
        let all = |head: &str, part: &str, tail: &str| format!("{head}{}{tail}", part.repeat(n));
        let nested = |open: &str, close: &str| format!("{}event{}", open.repeat(n), close.repeat(n));
        [
            all("", "-", "1 == 1"),
            all("", "- ", "event.a == 1"),
            all("", "!", "event.a"),
            all("event", ".a", " == 1"),
            all("event", "[0]", " == 1"),
            all("event", ".map(a, a)", " == []"),
            all("true", " && true", ""),
            all("true", " || true", ""),
            all("event.a", " + event.a", " > 1"),
            all("1", " - 1", " > 1"),
            all("1", " == 1", ""),
            all("true", " ? true : true", ""),
            all("", "true ? ", "true"),
            nested("(", ")"),
            nested("[", "]"),
            nested("{1:", "}"),
            nested("size(", ")"),
            nested("[1].all(x, ", ")"),
            all("\"", "a", "\" == ''"),
            all("", "'", ""),
            all("event.a in [1", ", 1", "]"),
            all("", "(", ""),
            all("", "{", ""),
        ]
    };
    // As little as a browser gives.
    let run = move || {
        for n in [90, 140, 400, 700, 1_000, 2_000, 4_000, 20_000] {
            for source in chains(n) {
                let expr = Expr::new(&source);
                let _ = (expr.holds(&facts()), Rows::read(expr.source()));
                assert!(source.len() <= MAX_SOURCE || expr.error().is_some());
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

proptest! {
    /// Whatever is written and whatever came in, there is an answer or a reason.
    #[test]
    fn anything_ends(
        parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 1..60),
        items in 0..2_000_usize,
    ) {
        let expr = Expr::new(&parts.concat());
        let event = json!({ "a": 1.5, "b": "text", "l": vec![1; items], "o": { "a": { "a": [[], {}] } } });
        let facts = Facts { event: event.as_object().unwrap().clone(), ..Facts::default() };
        let _ = (expr.holds(&facts), expr.references(), Rows::read(expr.source()));
    }
}

const PARTS: [&str; 40] = [
    "event",
    "contact",
    ".a",
    ".b",
    ".l",
    ".o",
    "[0]",
    "['a']",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    " ? ",
    " && ",
    " || ",
    " == ",
    " < ",
    " in ",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    "!",
    "-",
    "1",
    "2.5",
    "'x'",
    "true",
    "null",
    "size(",
    ".all(x, ",
    ".map(x, ",
    ".filter(x, ",
    "x",
    "string(",
];

#[test]
fn a_mistake_has_its_place() {
    for (source, column, part) in [
        ("", 1, "empty"),
        ("event.total >", 14, ""),
        ("evnt.total > 1", 1, "\"evnt\" is not known"),
        ("event.total > 1 && contcat.tier == 'x'", 20, "contcat"),
        ("event.total > limit(3)", 15, "limit"),
        (r#"count("order.placed")"#, 1, "count takes"),
        (r#"event.a > 1 && count(event.kind, duration("1d")) > 1"#, 16, "as text"),
        (r#"count("a", duration("2 fortnights")) > 1"#, 1, "length of time"),
    ] {
        let error = Expr::new(source).error().cloned().unwrap_or_else(|| panic!("{source} has no error"));
        assert!(error.message.contains(part), "{source}: {error}");
        assert_eq!((error.line, error.column), (1, column), "{source}: {error}");
    }
}

#[test]
fn what_cannot_be_decided_says_why() {
    for (source, part) in [("event.voucher == 'x'", "has("), ("event.total", "no yes or no"), ("contact.tier > 3", "")]
    {
        let error = Expr::new(source).holds(&facts()).unwrap_err();
        assert!(error.to_string().contains(part), "{source}: {error}");
    }
}

#[test]
fn a_time_is_compared_with_that_of_the_step() {
    let now = "2026-06-24T08:00:00Z".parse().ok();
    let event = serde_json::json!({ "at": "2026-06-20", "due": "2026-07-01T00:00:00+02:00", "odd": "soon", "n": 5 });
    let facts = Facts { now, event: event.as_object().unwrap().clone(), ..Facts::default() };
    for (source, expected) in [
        (r#"timestamp(event.at) < now - duration("4d")"#, Ok(true)),
        (r#"timestamp(event.at) < now - duration("5d")"#, Ok(false)),
        (r#"timestamp(event.due) > now && timestamp(event.due) <= now + duration("1w")"#, Ok(true)),
        (r#"now - timestamp(event.at) > duration("104h")"#, Ok(false)),
        ("timestamp(event.odd) < now", Err("this text is none")),
        ("timestamp(event.n) < now", Err("here is a number")),
        ("[1].exists(now, now == 1)", Ok(true)),
    ] {
        let got = Expr::new(source).holds(&facts).map(|(holds, _)| holds).map_err(|error| error.to_string());
        match expected {
            Ok(holds) => assert_eq!(got, Ok(holds), "{source}"),
            Err(part) => assert!(got.as_ref().is_err_and(|error| error.contains(part)), "{source}: {got:?}"),
        }
    }
    let asks = |source: &str| Expr::new(source).asks_now();
    assert_eq!((asks("now > 5"), asks("[1].exists(now, now == 1)"), asks("event.now > 5")), (true, false, false));
    assert!(Expr::new("now > 5").is_about_more_than_event(), "a filter of an entry has no time of a step");
}

//! Templates and programs that would bring a server down, through a real server process: each is refused alone, with its
//! reason, and all others of its batch go out.

use serde_json::{Value, json};

use crate::{
    cell::Cell,
    load::{System, until},
};

/// What a template does that nobody should. Some of it is seen before there is a mail, and refused when it is saved.
fn templates() -> Vec<(&'static str, String)> {
    let nested = |n: usize| format!("{}a{}", "{% if event.n %}".repeat(n), "{% endif %}".repeat(n));
    let loops = |inner: &str| {
        let (begin, end) = ("{% for a in range(1000) %}".repeat(4), "{% endfor %}".repeat(4));
        format!("{begin}{inner}{end}")
    };
    vec![
        ("turned", "{{ ([1] * 100000000)[::-1] | length }}".into()),
        ("of_event", "{{ ([event.n] * 100000000)[::-1] | length }}".into()),
        ("tuple", "{{ ((event.n,) * 90000000) | length }}".into()),
        ("upper", "{% if event.n and ('x' * 99000000) | upper %}a{% endif %}".into()),
        ("endless", loops("")),
        ("printed", loops("{{ event.n }}xxxxxxxxxxxxxxxx")),
        ("long", "{% for a in range(10000) %}{{ 'x' * 100000 }}{% endfor %}".into()),
        ("doubled", format!("{{% set a = 'x' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(40))),
        ("sorted", "{% for a in range(1000) %}{% if event.list | sort | first %}{% endif %}{% endfor %}".into()),
        ("nested", nested(3_000)),
        ("chained", format!("{{{{ event.n{} }}}}", "|e".repeat(20_000))),
        ("brackets", format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000))),
        ("minus", format!("{{{{ {}1 }}}}", "-".repeat(20_000))),
        ("dots", format!("{{{{ event{} }}}}", ".a".repeat(20_000))),
        ("itself", "{% include 'itself' %}".into()),
        ("macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".into()),
    ]
}

fn stream(name: &str, html: &str) -> String {
    json!({ "stafette": 1, "name": name, "title": "T", "class": "operational", "from": { "email": "shop@example.test" },
        "subject": "Hello", "html": html, "text": "Hello" })
    .to_string()
}

/// Letters and spaces, so that a person can read it.
fn in_words(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).count() > 3)
}

#[test]
fn a_hostile_template_is_refused_alone() {
    let (system, cell) = (System::new(None), Cell::new());
    let mut server = system.serve_in(&cell, &[]);
    let client = system.admin();
    let url = format!("{}/api/v1", server.url);
    let save = |name: &str, html: &str| client.post_text(&format!("{url}/streams"), &stream(name, html)).expect(name);
    assert_eq!(save("good", "<p>{{ event.n }}</p>").0, 200);
    let mut kept = Vec::new();
    for (name, html) in templates() {
        match save(name, &html) {
            (200, _) => kept.push(name),
            (422, answer) => assert!(in_words(&answer["detail"]), "{name}: {answer}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(["of_event", "endless", "printed", "sorted"].iter().all(|name| kept.contains(name)), "{kept:?}");
    // One entry, and one mail after the other: good ones between bad ones.
    let mut nodes = json!({ "come": { "kind": "entry", "event": "go", "again": "always", "next": "good0" } });
    for (n, name) in kept.iter().enumerate() {
        nodes[format!("good{n}")] = json!({ "kind": "send_mail", "stream": "good", "next": name });
        nodes[*name] = json!({ "kind": "send_mail", "stream": name, "next": format!("good{}", n + 1) });
    }
    nodes[format!("good{}", kept.len())] = json!({ "kind": "send_mail", "stream": "good" });
    let program = json!({ "stafette": 1, "name": "mails", "title": "T", "nodes": nodes });
    let (status, answer) = client.post_text(&format!("{url}/programs?publish=true"), &program.to_string()).unwrap();
    assert_eq!(status, 200, "{answer}");
    let list: Vec<_> = (0..20_000).map(|n| format!("{:x}", n * 7_919 % 20_011)).collect();
    for n in 0..2 {
        let event = json!({ "type": "go", "id": format!("go-{n}"), "contact": { "email": format!("c{n}@example.test") },
            "data": { "n": 1, "list": list } });
        let (status, answer) = client.post(&format!("{url}/events"), &event).unwrap();
        assert_eq!((status, &answer["accepted"]), (202, &json!(1)), "{answer}");
    }
    let all = || client.all(&format!("{url}/messages")).unwrap();
    until(&client, &server.url, || {
        let open = all().iter().filter(|it| it["state"] != "sent" && it["state"] != "failed").count();
        let there = all().len() == 2 * (2 * kept.len() + 1);
        if there && open == 0 { Ok(()) } else { Err(format!("{open} of {} are open", all().len())) }
    });
    for message in all() {
        let good = message["stream"] == "good";
        assert_eq!(message["state"], if good { "sent" } else { "failed" }, "{message}");
        assert!(good || in_words(&message["reason"]), "{message}");
        assert!(good || message["hand_overs"] == 0, "{message}");
    }
    assert_eq!(system.mailed(), 2 * (kept.len() + 1));
    cell.outlives(&mut server);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_hostile_program_is_refused_alone() {
    let (system, cell) = (System::new(None), Cell::new());
    let mut server = system.serve_in(&cell, &[]);
    let client = system.admin();
    let url = format!("{}/api/v1", server.url);
    assert_eq!(client.post_text(&format!("{url}/streams"), &stream("good", "<p>Hello</p>")).unwrap().0, 200);
    let program = |name: &str, filter: Option<&str>, when: &str| {
        json!({ "stafette": 1, "name": name, "title": "T", "nodes": {
            "come": { "kind": "entry", "event": "go", "filter": filter, "again": "always", "next": "ask" },
            "ask": { "kind": "condition", "when": when, "next": { "yes": "mail", "no": "mail" } },
            "mail": { "kind": "send_mail", "stream": "good" } } })
    };
    let pairs = "event.l.all(a, event.l.all(b, event.l.all(c, a == b || b == c || c == a || true)))";
    let save = |program: &Value| {
        client.post_text(&format!("{url}/programs?publish=true"), &program.to_string()).expect("it lives")
    };
    for (name, when) in [
        ("brackets", format!("{}true{}", "(".repeat(20_000), ")".repeat(20_000))),
        ("nots", format!("{}true", "!".repeat(20_000))),
        ("ands", format!("true{}", " && true".repeat(20_000))),
        ("dots", format!("event{} == 1", ".a".repeat(20_000))),
        ("lists", format!("{}{} == 1", "[".repeat(20_000), "]".repeat(20_000))),
    ] {
        let (status, answer) = save(&program(name, None, &when));
        assert_eq!(status, 422, "{name}: {answer}");
        let listed = answer["problems"].as_array().or(answer["errors"].as_array()).is_some_and(|list| !list.is_empty());
        assert!(answer.to_string().len() < 100_000 && listed, "{name}: {answer}");
    }
    let mut circle = program("circle", None, "true");
    circle["nodes"]["mail"]["next"] = json!("ask");
    assert_eq!(save(&circle).0, 422);
    for (name, filter) in [("asks", None), ("filters", Some(pairs)), ("good", None)] {
        let when = if name == "asks" { pairs } else { "true" };
        assert_eq!(save(&program(name, filter, when)).0, 200, "{name}");
    }
    // One request, one batch: each second event is one to count on for ever.
    let events: Vec<_> = (0..10)
        .map(|n| {
            let list: Vec<_> = (0..if n % 2 == 0 { 3 } else { 2_000 }).collect();
            json!({ "type": "go", "id": format!("go-{n}"), "contact": { "email": format!("c{n}@example.test") },
                "data": { "l": list } })
        })
        .collect();
    let (status, answer) = client.post(&format!("{url}/events"), &Value::Array(events)).unwrap();
    assert_eq!(status, 202, "{answer}");
    until(&client, &server.url, || {
        let tokens = client.all(&format!("{url}/tokens")).unwrap();
        let ended = tokens.iter().filter(|token| token["state"] == "done" || token["state"] == "failed").count();
        let mailed = system.mailed();
        if (ended, mailed) == (30, 20) { Ok(()) } else { Err(format!("{ended} ended, {mailed} mailed: {tokens:?}")) }
    });
    for token in client.all(&format!("{url}/tokens")).unwrap() {
        let long =
            token["contact"].as_str().unwrap().trim_end_matches("@example.test").ends_with(['1', '3', '5', '7', '9']);
        let failed = long && token["program"] != "good";
        assert_eq!(token["state"], if failed { "failed" } else { "done" }, "{token}");
        assert!(!failed || token["error"].as_str().unwrap().contains("steps on this data"), "{token}");
    }
    cell.outlives(&mut server);
    assert_eq!(server.terminate(), Some(0));
}

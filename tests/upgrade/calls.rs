//! Calls as callers of former builds made them, with the answers that they got: on the same database they get the same now,
//! and perhaps more. Files of those builds are read to the same values.
//!
//! `STAFETTE_FORMER=PATH/TO/stafette` has the answers written anew by that build.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use program::{Period, Program, Stream};
use runner::Clock;
use serde_json::{Map, Value, json};

use super::former::{self, Former};
use crate::{
    clocks,
    process::{Client, Server, binary, stafette_ok},
};

/// Method, path and body; in a path `{list}` is the newest of a list.
const CALLS: &[(&str, &str, &str)] = &[
    ("GET", "contacts?limit=3", ""),
    ("GET", "contacts?search=anna", ""),
    ("GET", "contacts/{contacts}", ""),
    ("GET", "contacts/{contacts}/timeline?limit=5", ""),
    ("GET", "events?limit=3", ""),
    ("GET", "events?type=order.placed&limit=2", ""),
    ("GET", "events/{events}", ""),
    ("GET", "event-types", ""),
    ("GET", "tokens?limit=3", ""),
    ("GET", "tokens?state=waiting&limit=2", ""),
    ("GET", "tokens?state=failed", ""),
    ("GET", "tokens/{tokens}", ""),
    ("GET", "messages?limit=3", ""),
    ("GET", "messages?state=unknown", ""),
    ("GET", "messages/{messages}", ""),
    ("GET", "dead-letters", ""),
    ("GET", "inbox?limit=2", ""),
    ("GET", "inbox/{inbox}", ""),
    ("GET", "streams?limit=3", ""),
    ("GET", "streams/papers", ""),
    ("GET", "programs", ""),
    ("GET", "programs/order-follow-up", ""),
    ("GET", "programs/order-follow-up/draft", ""),
    ("GET", "programs/order-follow-up/versions", ""),
    ("GET", "programs/order-follow-up/versions/1", ""),
    ("GET", "programs/order-follow-up/counts", ""),
    ("GET", "programs/order-follow-up/known", ""),
    ("GET", "programs/order-follow-up/test-runs", ""),
    ("GET", "keys", ""),
    ("GET", "programs/none", ""),
    ("GET", "events?limit=no", ""),
    (
        "POST",
        "events",
        r#"{"type":"order.placed","id":"call-1","contact":{"email":"cara@example.test","opt_in":true,"tier":"gold"},"data":{"total":1.5}}"#,
    ),
    (
        "POST",
        "events",
        r#"{"type":"order.placed","id":"call-1","contact":{"email":"cara@example.test","opt_in":true,"tier":"gold"},"data":{"total":1.5}}"#,
    ),
    (
        "POST",
        "events",
        r#"[{"type":"page.seen","contact":{"external_id":"C-1"}},{"type":"page.seen","contact":{}},{"type":"page.seen","contact":{"email":"no"}}]"#,
    ),
    ("POST", "events", r#"{"type":"","contact":{"email":"cara@example.test"}}"#),
    ("POST", "events", "{"),
    ("POST", "events", "[]"),
    ("POST", "programs/check", "{ stafette: 1, name: a, title: A, nodes: { in: { kind: entry, event: a, next: b } } }"),
    (
        "POST",
        "programs",
        "{ stafette: 1, name: called, title: C, nodes: { in: { kind: entry, event: called, next: out }, out: { kind: exit } } }",
    ),
    (
        "POST",
        "programs?publish=true",
        "{ stafette: 1, name: called, title: C, nodes: { in: { kind: entry, event: called, next: out }, out: { kind: exit } } }",
    ),
    (
        "PUT",
        "programs/called/draft",
        r#"{"revision":0,"program":{"stafette":1,"name":"called","title":"D","nodes":{"in":{"kind":"entry","event":"called","next":"nap"},"nap":{"kind":"wait","duration":"1d","next":"out"},"out":{"kind":"exit"}}}}"#,
    ),
    ("POST", "programs/called/publish/preview", r#"{"revision":1}"#),
    ("POST", "programs/called/pause", "{}"),
    ("POST", "programs/called/pause", "{}"),
    ("POST", "programs/called/resume", r#"{"catch_up":{"rule":"run"}}"#),
    ("POST", "programs/called/finish", "{}"),
    ("POST", "programs/called/stop", "{}"),
    ("POST", "programs/called/resume", "{}"),
    ("POST", "programs/called/duplicate", r#"{"name":"called-again","title":"Again"}"#),
    ("POST", "programs/called-again/archive", "{}"),
    ("POST", "programs/called-again/unarchive", "{}"),
    (
        "POST",
        "streams",
        "{ stafette: 1, name: called, title: C, class: operational, from: { email: shop@example.test }, subject: 'Hello {{ contact.first_name }}', html: '<p>{{ event.total }}</p>', text: Hello }",
    ),
    (
        "POST",
        "streams",
        "{ stafette: 1, name: called, title: C, class: operational, from: { email: shop@example.test }, subject: '{{ contact.first_name', html: a, text: a }",
    ),
    (
        "POST",
        "streams/called/preview",
        r#"{"contact":{"email":"cara@example.test","first_name":"Cara"},"event":{"total":12.5}}"#,
    ),
    ("POST", "dead-letters/replay", r#"{"ids":[]}"#),
    ("POST", "dead-letters/replay", r#"{"ids":["01a22389-7952-7000-be65-5009a0d6b48a"]}"#),
    ("POST", "messages/resolve", r#"{"ids":["01a22389-7952-7000-be65-5009a0d6b48a"],"resolution":"skip"}"#),
    ("POST", "keys", r#"{"name":"shop","scopes":["read"]}"#),
    ("POST", "keys", r#"{"name":"shop","scopes":["everything"]}"#),
    ("POST", "session", r#"{"email":"owner@example.test","password":"wrong horse battery"}"#),
    ("POST", "session", r#"{"email":"owner@example.test","password":"a password of the test"}"#),
    ("DELETE", "keys/01a22389-7952-7000-be65-5009a0d6b48a", ""),
];

/// What is told of the moment, or is drawn: only its kind is compared.
const OF_THE_MOMENT: [&str; 3] = ["key", "request_id", "last_used_at"];
/// Sentences for people, which may be said better.
const SENTENCES: [&str; 3] = ["detail", "title", "message"];
/// Examples of what events hold. Former builds showed what single people had said; now three contacts must share it.
const FEWER: &str = "examples";

/// The answers of a build that works on a copy.
fn answers(build: &Path, former: &Former) -> Value {
    let mut command = Command::new(build);
    command.args(["serve", "--listen", "127.0.0.1:0", "--roles", "api", "--secret"]);
    command.arg(former.made["secret"].as_str().unwrap()).arg("--data").arg(former.data.path());
    command.args(["--public-url", former.made["public_url"].as_str().unwrap()]);
    command.args(["--database-url", &former.database_url()]);
    // At the time of the copy, or what waits there would be too old one day.
    let made_at: program::Time = former.made["made_at"].as_str().unwrap().parse().unwrap();
    let ahead = made_at.timestamp() + 60 - Clock::system().now().timestamp();
    let clock = former.data.path().join("clock");
    clocks::set(&clock, ahead.try_into().unwrap());
    command.envs(clocks::environment(&clock));
    let server = Server::start_by(command, "a server of the past");
    let client = Client::new(former.made["keys"]["admin"].as_str().unwrap());
    let url = |path: &str| format!("{}/api/v1/{path}", server.url);
    let newest = |list: &str| {
        let (_, page) = client.get(&url(&format!("{list}?limit=1"))).unwrap();
        page["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let ask = |(method, path, body): &(&str, &str, &str)| {
        let mut path = (*path).to_owned();
        if let Some((_, rest)) = path.split_once('{') {
            let list = rest.split_once('}').unwrap().0.to_owned();
            path = path.replace(&format!("{{{list}}}"), &newest(&list));
        }
        let (status, answer) = match *method {
            "GET" => client.get(&url(&path)),
            "PUT" => client.put(&url(&path), &serde_json::from_str(body).unwrap()),
            "DELETE" => client.delete(&url(&path)),
            _ => client.post_text(&url(&path), body),
        }
        .unwrap();
        json!({ "call": format!("{method} {path}"), "body": body, "status": status, "answer": answer })
    };
    let answers = CALLS.iter().map(ask).collect();
    assert_eq!(server.terminate(), Some(0));
    answers
}

fn is_drawn(text: &str) -> bool {
    text.parse::<uuid::Uuid>().is_ok() || text.parse::<program::Time>().is_ok()
}

/// What of an answer is not as it was. In a reading answer everything stands that was stored, so it is compared; otherwise
/// ids and times are new ones.
fn lost(at: &str, reading: bool, then: &Value, now: &Value) -> Vec<String> {
    let key = at.rsplit('.').next().unwrap_or_default();
    let other = || vec![format!("{at} was {then} and is {now}")];
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            let each = |(key, then): (&String, &Value)| match now.get(key) {
                Some(now) => lost(&format!("{at}.{key}"), reading, then, now),
                None if then.is_null() => Vec::new(),
                None => vec![format!("{at}.{key} is gone")],
            };
            then.iter().flat_map(each).collect()
        }
        (Value::Array(then), Value::Array(now)) if key == FEWER && now.iter().all(|one| then.contains(one)) => {
            Vec::new()
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            let each = |(n, (then, now))| lost(&format!("{at}[{n}]"), reading, then, now);
            then.iter().zip(now).enumerate().flat_map(each).collect()
        }
        (Value::String(_), Value::String(_)) if OF_THE_MOMENT.contains(&key) || SENTENCES.contains(&key) => Vec::new(),
        (Value::String(one), Value::String(other)) if !reading && is_drawn(one) && is_drawn(other) => Vec::new(),
        _ if OF_THE_MOMENT.contains(&key) && then.is_null() => Vec::new(),
        // A length of time keeps the units in which it was written; former builds gave it others.
        (Value::String(one), Value::String(other)) if is_as_long(one, other) => Vec::new(),
        _ if then == now => Vec::new(),
        _ => other(),
    }
}

fn is_as_long(one: &str, other: &str) -> bool {
    let length = |text: &str| text.parse::<Period>().map(Period::plain);
    length(one).is_ok_and(|one| length(other) == Ok(one))
}

fn are_answered_as_before(folder: &Path, former: Former, name: &str) {
    let path = folder.join(format!("{name}.calls.json"));
    if let Some(build) = std::env::var_os("STAFETTE_FORMER") {
        let text = serde_json::to_string_pretty(&answers(Path::new(&build), &former)).unwrap();
        fs::write(&path, text + "\n").unwrap();
        return former.remove();
    }
    let then: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let now = answers(&binary(), &former);
    former.remove();
    let mut faults = Vec::new();
    assert_eq!((then.as_array().unwrap().len(), now.as_array().unwrap().len()), (CALLS.len(), CALLS.len()));
    for (then, now) in then.as_array().unwrap().iter().zip(now.as_array().unwrap()) {
        let call = then["call"].as_str().unwrap();
        let what: Map<_, _> =
            ["call", "body", "status"].map(|field| (field.to_owned(), then[field].clone())).into_iter().collect();
        faults.extend(lost(call, false, &Value::Object(what), now));
        faults.extend(lost(call, call.starts_with("GET"), &then["answer"], &now["answer"]));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn calls_of_former_builds_are_answered_as_before() {
    for folder in former::folders() {
        are_answered_as_before(&folder, Former::sqlite(&folder), "stafette.db");
        are_answered_as_before(&folder, Former::postgres(&folder, "upgrade_calls"), "stafette.sql");
    }
}

/// Everything that a program, a stream and its templates said they say now, and contacts go the same ways.
#[test]
fn files_of_former_builds_are_read_as_before() {
    let data = tempfile::tempdir().unwrap();
    let place = ["--data", data.path().to_str().unwrap()];
    let fixed = ["--listen", "127.0.0.1:0", "--public-url", "http://stafette.example", "--secret", &"5afe".repeat(16)];
    let server = Server::start(&[&place[..], &fixed].concat());
    let client = Client::new(&stafette_ok(&[&["keys", "create", "--scope", "admin"], &place[..]].concat()));
    let mut read = 0;
    for folder in former::folders().into_iter().filter(|folder| folder.join("files.json").exists()) {
        let known: Value = serde_json::from_slice(&fs::read(folder.join("files.json")).unwrap()).unwrap();
        let mut faults = Vec::new();
        for (name, then) in known.as_object().unwrap() {
            let text = fs::read_to_string(folder.join("files").join(name)).unwrap();
            let value = match then["mail"].is_null() {
                true => serde_json::to_value(Program::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))),
                false => serde_json::to_value(Stream::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))),
            };
            faults.extend(lost(name, true, &then["value"], &value.unwrap()));
            if let Some(stream) = then["value"]["name"].as_str().filter(|_| !then["mail"].is_null()) {
                let url = |path: &str| format!("{}/api/v1/{path}", server.url);
                let (status, stored) = client.post_text(&url("streams"), &text).unwrap();
                assert_eq!(status, 200, "{name}: {stored}");
                let (_, mail) = client.post(&url(&format!("streams/{stream}/preview")), &then["form"]).unwrap();
                faults.extend(lost(name, true, &then["mail"], &mail));
            }
            read += 1;
        }
        assert!(faults.is_empty(), "{faults:#?}");
        for (program, events) in scenarios(&folder.join("files")) {
            let trace = stafette_ok(&["simulate", program.to_str().unwrap(), "--events", events.to_str().unwrap()]);
            let then = events.to_str().unwrap().replace(".events.yaml", ".trace");
            assert_eq!(trace.trim_end(), fs::read_to_string(&then).unwrap().trim_end(), "{then}");
            read += 1;
        }
    }
    assert!(read >= 15, "{read}");
    assert_eq!(server.terminate(), Some(0));
}

/// The events of each program in a folder.
fn scenarios(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let inside = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let of = |program: PathBuf| {
        let files = inside(&program.join("scenarios")).into_iter();
        let events = files.filter(|file| file.to_str().unwrap().ends_with(".events.yaml"));
        events.map(|events| (program.clone(), events)).collect::<Vec<_>>()
    };
    inside(folder).into_iter().flat_map(of).collect()
}

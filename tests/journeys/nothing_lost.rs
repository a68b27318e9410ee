//! What an installation holds leaves it whole, and what a reader answers comes in: on both databases.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{publish::serve, story::until};
use crate::{
    process::{Client, Server, stafette, stafette_ok},
    world::Place,
};

fn stream(name: &str, text: &str) -> Value {
    json!({ "stafette": 1, "name": name, "title": name, "class": "operational",
        "from": { "email": "shop@example.test" }, "subject": "Hello",
        "html": "<p>Hello</p>", "text": text })
}

/// A survey or an invitation right behind the entry.
fn asks(name: &str, node: Value) -> Value {
    json!({ "stafette": 1, "name": name, "title": name, "nodes": {
        "in": { "kind": "entry", "event": format!("ask.{name}"), "again": "always", "next": "ask" },
        "ask": node, "out": { "kind": "exit" } } })
}

fn define(server: &Server, client: &Client, path: &str, body: &Value) {
    let (status, answer) = client.post(&format!("{}/api/v1/{path}", server.url), body).unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// Streams that no program names are written, too, and all comes back.
fn the_export_is_whole(database: &[&str], empty: &[&str]) {
    let (data, server, client) = serve(&[], database);
    for name in ["asked", "alone"] {
        define(&server, &client, "streams", &stream(name, "Hello"));
    }
    let mail = json!({ "kind": "send_mail", "stream": "asked", "next": "out" });
    define(&server, &client, "programs?publish=true", &asks("mail", mail));
    assert_eq!(server.terminate(), Some(0));

    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let export = |to: &Path, data: &str, database: &[&str]| {
        let run = stafette(&[&["programs", "export", to.to_str().unwrap(), "--data", data], database].concat());
        assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    export(&first, data.path().to_str().unwrap(), database);
    let files = ["mail/program.yaml", "mail/streams/asked.yaml", "streams/alone.yaml"];
    for file in files {
        assert!(first.join(file).exists(), "{file}");
    }
    assert!(!first.join("mail/streams/alone.yaml").exists());
    let other = folder.path().join("other");
    let other = other.to_str().unwrap();
    stafette_ok(&[&["programs", "import", first.to_str().unwrap(), "--publish", "--data", other], empty].concat());
    export(&second, other, empty);
    for file in files {
        assert_eq!(fs::read(first.join(file)).unwrap(), fs::read(second.join(file)).unwrap(), "{file}");
    }
}

/// Where unknown events are refused those of the product's own are known, and thanks are said for what is stored.
fn answers_are_kept(server: &Server, client: &Client) {
    let url = server.url.as_str();
    let survey = json!({ "kind": "survey", "stream": "survey", "question": "Well?", "scale": 5, "next": "out" });
    let invite = json!({ "kind": "loyalty_invite", "stream": "invite", "club": "Club", "next": "out" });
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let programs = [
        ("survey", survey, "survey.answered", "{% for link in survey.links %} {{ link.url }}{% endfor %}"),
        ("invite", invite, "loyalty.joined", "{{ invite.url }}"),
    ];
    for (n, (name, node, own, text)) in programs.into_iter().enumerate() {
        define(server, client, "streams", &stream(name, text));
        define(server, client, "programs?publish=true", &asks(name, node));
        let contact = json!({ "email": format!("{name}@example.test") });
        let event = |kind: &str| json!({ "type": kind, "contact": contact });
        let (status, refused) = client.post(&format!("{url}/api/v1/events"), &event("nobody.knows")).unwrap();
        assert_eq!((status, &refused["errors"][0]["code"]), (422, &json!("unknown_event_type")), "{refused}");
        let (status, receipt) = client.post(&format!("{url}/api/v1/events"), &event(&format!("ask.{name}"))).unwrap();
        assert_eq!((status, &receipt["results"][0]["started"]), (202, &json!(1)), "{receipt}");

        let mails = until(|| client.all(&format!("{url}/api/v1/inbox")).filter(|mails| mails.len() == n + 1));
        let (_, mail) = client.get(&format!("{url}/api/v1/inbox/{}", mails[0]["id"].as_str().unwrap())).unwrap();
        let text = mail["text"].as_str().unwrap();
        let link = text.split_whitespace().find(|word| word.contains("/r/")).unwrap_or_else(|| panic!("{mail}"));
        let path = link[link.find("/r/").unwrap()..].split('?').next().unwrap();
        let mut answer = agent.post(format!("{url}{path}")).send_form([("score", "4")]).unwrap();
        let page = answer.body_mut().read_to_string().unwrap();
        assert_eq!(answer.status(), 200, "{page}");
        let stored = client.all(&format!("{url}/api/v1/events?type={own}")).unwrap();
        assert_eq!((stored.len(), &stored[0]["contact"]), (1, &contact["email"]), "{own}: {page}");
    }
}

const REFUSE: [&str; 2] = ["--unknown-events", "refuse"];

#[test]
fn the_export_is_whole_on_sqlite() {
    the_export_is_whole(&[], &[]);
}

#[test]
fn the_export_is_whole_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("export"));
    let (empty, other) = runtime.block_on(Place::postgres("export_back"));
    the_export_is_whole(&["--database-url", &url], &["--database-url", &other]);
    runtime.block_on(place.remove());
    runtime.block_on(empty.remove());
}

#[test]
fn answers_are_kept_on_sqlite() {
    let (_data, server, client) = serve(&REFUSE, &[]);
    answers_are_kept(&server, &client);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn answers_are_kept_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("answers"));
    let (_data, server, client) = serve(&REFUSE, &["--database-url", &url]);
    answers_are_kept(&server, &client);
    assert_eq!(server.terminate(), Some(0));
    runtime.block_on(place.remove());
}

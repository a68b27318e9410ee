//! A program is tried on a test contact while it and another one are live: the mails are real, and nothing else is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{publish::serve, story::until};
use crate::{
    process::{Client, Server},
    world::Place,
};

const PROGRAM: &str = "/api/v1/programs/order-follow-up";

/// Another program that the same event enters.
fn listener() -> Value {
    json!({ "stafette": 1, "name": "listener", "title": "Listener", "nodes": {
        "in": { "kind": "entry", "event": "order.placed", "again": "always", "next": "rest" },
        "rest": { "kind": "wait", "duration": "30d", "next": "out" },
        "out": { "kind": "exit" },
    } })
}

/// Somebody who looks at everything.
struct Desk<'a> {
    client: &'a Client,
    url: String,
}

impl Desk<'_> {
    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.client.get(&format!("{}{path}", self.url)).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.client.post(&format!("{}{path}", self.url), body).unwrap()
    }

    fn all(&self, path: &str) -> Vec<Value> {
        self.client.all(&format!("{}{path}", self.url)).unwrap()
    }

    /// What people look at: lists, counts, the timeline, what the editor knows, what is measured.
    fn life(&self, contact: &str) -> Vec<Value> {
        let timeline = format!("/api/v1/contacts/{contact}/timeline");
        let lists = ["events", "tokens", "messages", "inbox", "dead-letters", "event-types"];
        let mut life: Vec<_> = lists.iter().map(|list| json!(self.all(&format!("/api/v1/{list}")))).collect();
        life.push(json!(self.all(&timeline)));
        for program in [PROGRAM, "/api/v1/programs/listener"] {
            life.extend(["", "/counts", "/known", "/versions"].map(|what| self.get(&format!("{program}{what}"))));
        }
        let metrics = self.client.text(&format!("{}/metrics", self.url)).unwrap();
        let counted = ["events_ingested", "messages_sent", "tokens_advanced", "tokens_failed"];
        let counted = |line: &&str| counted.iter().any(|name| line.starts_with(&format!("stafette_{name}_total")));
        // The order in which they are told is nobody's promise.
        let counted: BTreeSet<&str> = metrics.lines().filter(counted).collect();
        life.push(json!(counted));
        life
    }

    fn order(&self, id: &str) {
        let event = json!({ "type": "order.placed", "id": id,
            "contact": { "email": "ada@example.test", "first_name": "Ada", "opt_in": true },
            "data": { "order_id": id, "total": 5, "currency": "EUR", "lines": [] } });
        let (status, receipt) = self.post("/api/v1/events", &event);
        assert_eq!((status, &receipt["results"][0]["started"]), (202, &json!(2)), "{receipt}");
    }

    fn run(&self, path: &str, wished: impl Fn(&Value) -> bool) -> Value {
        until(|| Some(self.get(path)).filter(&wished))
    }
}

fn a_program_is_tried_on_a_test_contact(server: &Server, client: &Client) {
    let desk = Desk { client, url: server.url.clone() };
    assert_eq!(desk.post("/api/v1/programs?publish=true", &listener()).0, 200);
    // Two orders in earnest; both programs wait.
    desk.order("A-1");
    desk.order("A-2");
    until(|| (desk.all("/api/v1/messages?state=sent").len() == 2).then_some(()));
    until(|| (desk.all("/api/v1/tokens?state=waiting").len() == 4).then_some(()));
    let contact = desk.all("/api/v1/contacts")[0]["id"].as_str().unwrap().to_owned();

    // Larger than what a call without files may bring.
    let invoice = "AAAA".repeat(1 << 19);
    let form = json!({ "revision": 0, "contacts": [contact],
        "event": { "type": "order.placed", "data": { "order_id": "T-1", "total": 1, "currency": "EUR", "lines": [] },
            "attachments": [{ "filename": "invoice.pdf", "data": invoice }] } });
    let (status, refused) = desk.post(&format!("{PROGRAM}/test-runs"), &form);
    assert_eq!((status, &refused["code"]), (422, &json!("not_a_test_contact")), "{refused}");
    let mark = format!("{}/api/v1/contacts/{contact}/test", server.url);
    assert_eq!(client.put(&mark, &json!({ "test": true })).unwrap().0, 200);

    let before = desk.life(&contact);
    let (status, started) = desk.post(&format!("{PROGRAM}/test-runs"), &form);
    assert_eq!(status, 201, "{started}");
    let path = format!("{PROGRAM}/test-runs/{}", started["id"].as_str().unwrap());
    let run = desk.run(&path, |run| run["tokens"][0]["messages"][0]["state"] == "sent");
    assert_eq!(run["tokens"].as_array().unwrap().len(), 1, "the other program has none: {run}");
    let confirmation = &run["tokens"][0]["messages"][0];
    assert!(confirmation["subject"].as_str().unwrap().contains("T-1"), "{run}");
    let source = format!("{}/api/v1/inbox/{}/source", server.url, confirmation["id"].as_str().unwrap());
    let source = client.text(&source).unwrap();
    assert!(source.contains("X-Stafette-Test-Run: ") && source.contains("To: <ada@example.test>"), "{source}");
    let mail = desk.get(&format!("/api/v1/inbox/{}", confirmation["id"].as_str().unwrap()));
    let invoice = json!([{ "filename": "invoice.pdf", "content_type": "application/pdf", "size": 3 << 19 }]);
    assert_eq!(mail["attachments"], invoice);
    assert_eq!((&run["tokens"][0]["node"], &run["tokens"][0]["state"]), (&json!("pause"), &json!("waiting")));
    assert_eq!(desk.life(&contact), before);

    // No two days: with the two orders of before it is the third, so the club it is.
    let (_, skipped) = desk.post(&format!("{path}/skip-wait"), &json!({}));
    assert_eq!(skipped, json!({ "changed": 1 }));
    let run = desk
        .run(&path, |run| run["tokens"][0]["state"] == "done" && run["tokens"][0]["messages"][1]["state"] == "sent");
    let steps: Vec<_> = run["tokens"][0]["trace"].as_array().unwrap().iter().collect();
    let nodes: Vec<_> = steps.iter().map(|step| step["node"].as_str().unwrap()).collect();
    assert_eq!(nodes, ["placed", "confirmation", "pause", "pause", "pause", "loyal", "invite", "done"], "{run}");
    assert!(steps[3]["reason"].as_str().unwrap().contains("skipped"), "{run}");
    assert_eq!(steps[5]["reason"], "order.placed 3 times in 365 days");

    // Who takes the invitation up does so within the test.
    let id = run["tokens"][0]["messages"][1]["id"].as_str().unwrap();
    let mail = desk.get(&format!("/api/v1/inbox/{id}"));
    let link = mail["text"].as_str().unwrap().split_whitespace().find(|word| word.contains("/r/")).unwrap().to_owned();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let answer = agent.post(format!("{}{}", server.url, &link[link.find("/r/").unwrap()..])).send_form([("score", "")]);
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!(desk.life(&contact), before);

    // A version that goes live leaves it where it is; cleared, it was never there.
    assert_eq!(client.put(&mark, &json!({ "test": false })).unwrap().0, 200);
    assert_eq!(desk.get(&path)["tokens"][0]["state"], "done");
    let (status, _) = client.delete(&format!("{}{path}", server.url)).unwrap();
    assert_eq!((status, client.get(&format!("{}{path}", server.url)).unwrap().0), (204, 404));
    assert_eq!(desk.life(&contact), before);
}

#[test]
fn a_program_is_tried_on_a_test_contact_on_sqlite() {
    let (_data, server, client) = serve(&["--example"], &[]);
    a_program_is_tried_on_a_test_contact(&server, &client);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_program_is_tried_on_a_test_contact_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("test_run"));
    let (_data, server, client) = serve(&["--example"], &["--database-url", &url]);
    a_program_is_tried_on_a_test_contact(&server, &client);
    assert_eq!(server.terminate(), Some(0));
    runtime.block_on(place.remove());
}

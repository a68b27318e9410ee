//! A new version of a program with a thousand contacts inside: whatever is chosen for them happens to as many as the
//! preview counted, and undoing brings all of them back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::story::until;
use crate::{
    process::{Client, Server, stafette_ok},
    world::Place,
};

const INSIDE: u64 = 1_000;

/// In, and then these nodes.
fn program(first: &str, nodes: Value) -> Value {
    let mut all = json!({ "in": { "kind": "entry", "event": "trip.booked", "again": "always", "next": first } });
    all.as_object_mut().unwrap().extend(nodes.as_object().unwrap().clone());
    all["out"] = json!({ "kind": "exit" });
    json!({ "stafette": 1, "name": "trip", "title": "Trip", "nodes": all })
}

/// An editor and operator of one program.
struct Desk<'a> {
    client: &'a Client,
    url: String,
}

impl Desk<'_> {
    fn ask(&self, call: &str, body: &Value) -> Value {
        let (status, answer) = self.client.post(&format!("{}/api/v1/programs/trip/{call}", self.url), body).unwrap();
        assert_eq!(status, 200, "{call}: {answer}");
        answer
    }

    /// Saves a draft over the one that is there; its revision.
    fn draw(&self, program: &Value) -> u64 {
        let url = format!("{}/api/v1/programs/trip/draft", self.url);
        let (status, draft) = self.client.get(&url).unwrap();
        let revision = if status == 404 { 0 } else { draft["revision"].as_u64().unwrap() };
        let (status, saved) = self.client.put(&url, &json!({ "program": program, "revision": revision })).unwrap();
        assert_eq!(status, 200, "{saved}");
        saved["revision"].as_u64().unwrap()
    }

    /// What each token does: version, node, state, due time.
    fn tokens(&self) -> BTreeMap<String, [Value; 4]> {
        let all = self.client.all(&format!("{}/api/v1/tokens?program=trip", self.url)).unwrap();
        let place = |token: &Value| ["version", "node", "state", "due_at"].map(|field| token[field].clone());
        all.iter().map(|token| (token["id"].as_str().unwrap().to_owned(), place(token))).collect()
    }

    /// How many tokens rest at a node, by the counters.
    fn waiting(&self, node: &str) -> u64 {
        let (_, counts) = self.client.get(&format!("{}/api/v1/programs/trip/counts", self.url)).unwrap();
        let count = counts.as_array().unwrap().iter().find(|count| count["node"] == node);
        count.map_or(0, |count| count["waiting"].as_u64().unwrap())
    }

    /// Publishes a draft with one choice for those who rest, looks at them, and takes it back.
    fn try_out(&self, program: &Value, choice: Value, done: impl Fn(&[Value; 4]) -> bool) {
        let before = self.tokens();
        let revision = self.draw(program);
        let preview = self.ask("publish/preview", &json!({ "revision": revision }));
        let rest = preview["changes"].as_array().unwrap().iter().find(|change| change["node"] == "rest").unwrap();
        assert_eq!((&rest["tokens"], &preview["inside"]), (&json!(INSIDE), &json!(INSIDE)), "{rest}");
        assert!(rest["choices"].as_array().unwrap().contains(&choice["choice"]), "{rest} lacks {choice}");
        let mut wanted = choice.clone();
        wanted["node"] = json!("rest");
        let published = self.ask("publish", &json!({ "revision": revision, "moves": [wanted] }));
        assert_eq!(published["moved"][0]["tokens"], rest["tokens"], "{published}");
        // Who was moved may have a step to take.
        until(|| self.tokens().values().all(&done).then_some(()));

        let undone = self.ask("publish/undo", &json!({ "publication": published["publication"] }));
        let stayed = choice["choice"] == "stay";
        let back = if stayed { 0 } else { INSIDE };
        assert_eq!((&undone["back"], &undone["gone_on"]), (&json!(back), &json!(0)), "{undone}");
        assert_eq!(undone["version"], 1);
        assert_eq!(self.tokens(), before);
        assert_eq!(self.waiting("rest"), INSIDE);
    }
}

fn a_thousand_are_asked_for(server: &Server, client: &Client) {
    let desk = Desk { client, url: server.url.clone() };
    let wait = |days: u32| json!({ "kind": "wait", "duration": format!("{days}d"), "next": "out" });
    let first = program("rest", json!({ "rest": wait(30) }));
    let revision = desk.draw(&first);
    desk.ask("publish", &json!({ "revision": revision }));
    let event = |n: u64| json!({ "type": "trip.booked", "contact": { "external_id": n.to_string() } });
    let (status, receipt) =
        client.post(&format!("{}/api/v1/events", server.url), &(0..INSIDE).map(event).collect()).unwrap();
    assert_eq!((status, &receipt["accepted"]), (202, &json!(INSIDE)));
    until(|| (desk.waiting("rest") == INSIDE).then_some(()));
    let before = desk.tokens();

    let gone = program("later", json!({ "later": wait(10) }));
    desk.try_out(&gone, json!({ "choice": "stay" }), |token| (&token[0], &token[1]) == (&json!(1), &json!("rest")));
    desk.try_out(&gone, json!({ "choice": "move", "to": "later" }), |token| {
        (&token[1], &token[2]) == (&json!("later"), &json!("waiting"))
    });
    desk.try_out(&gone, json!({ "choice": "exit" }), |token| token[2] == "done");
    let shorter = program("rest", json!({ "rest": wait(20) }));
    let time = |text: &Value| text.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let earliest = before.values().map(|token| time(&token[3])).min().unwrap();
    desk.try_out(&shorter, json!({ "choice": "retime" }), |token| {
        let earlier = earliest - time(&token[3]);
        token[1] == "rest" && earlier > chrono::TimeDelta::days(9) && earlier <= chrono::TimeDelta::days(10)
    });

    // Those who leave at once are gone on when it is undone, and stay gone.
    let revision = desk.draw(&gone);
    let moves = json!([{ "node": "rest", "choice": "move", "to": "out" }]);
    let published = desk.ask("publish", &json!({ "revision": revision, "moves": moves }));
    until(|| desk.tokens().values().all(|token| token[2] == "done").then_some(()));
    let undone = desk.ask("publish/undo", &json!({ "publication": published["publication"] }));
    assert_eq!((&undone["back"], &undone["gone_on"]), (&json!(0), &json!(INSIDE)));
    assert_eq!((desk.waiting("rest"), desk.waiting("out")), (0, 0));
}

/// A server with `more` options, and somebody who may do everything.
pub(super) fn serve(more: &[&str], database: &[&str]) -> (tempfile::TempDir, Server, Client) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let server = Server::start(&[&["--data", folder, "--listen", "127.0.0.1:0"], more, database].concat());
    let scopes = ["--scope", "events:write", "--scope", "read", "--scope", "admin"];
    let key = stafette_ok(&[&["keys", "create", "--data", folder], &scopes[..], database].concat());
    (data, server, Client::new(&key))
}

#[test]
fn a_version_with_a_thousand_inside_is_published_and_undone_on_sqlite() {
    let (_data, server, client) = serve(&[], &[]);
    a_thousand_are_asked_for(&server, &client);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_version_with_a_thousand_inside_is_published_and_undone_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("publish"));
    let (_data, server, client) = serve(&[], &["--database-url", &url]);
    a_thousand_are_asked_for(&server, &client);
    assert_eq!(server.terminate(), Some(0));
    runtime.block_on(place.remove());
}

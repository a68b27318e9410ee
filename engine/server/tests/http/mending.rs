//! From a dead letter to what was mended: the stream, the program, or a publication.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{As, World};

const LETTERS: &str = api::path::DEAD_LETTERS;

async fn put(world: &World, who: &As, path: &str, file: String) {
    let answer = world.post(path, who, file).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

async fn replay(world: &World, who: &As, letter: &Value, current: bool) -> Value {
    let body = json!({ "ids": [letter["id"]], "current": current }).to_string();
    let answer = world.post(api::path::DEAD_LETTERS_REPLAY, who, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

async fn send(world: &World, who: &As) {
    let event = json!({ "type": "a", "contact": { "email": "ida@example.org" } }).to_string();
    assert_eq!(world.post(api::path::EVENTS, who, event).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_mail_goes_out_by_the_mended_stream() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let stream = |attachments: &str| {
        format!(
            "stafette: 1\nname: s\ntitle: S\nclass: operational\nfrom: {{ email: shop@example.org }}\nsubject: Hello\n\
             html: <p>Hello</p>\ntext: Hello\nattachments: {attachments}\n"
        )
    };
    put(&world, &key, api::path::STREAMS, stream("require")).await;
    let program = "stafette: 1\nname: p\ntitle: P\nnodes:\n  in: { kind: entry, event: a, again: always, next: m }\n  \
                   m: { kind: send_mail, stream: s }\n";
    put(&world, &key, "/api/v1/programs?publish=true", program.into()).await;
    send(&world, &key).await;
    let letter = world.wait_for(LETTERS, &key, 1).await.remove(0);
    assert_eq!((&letter["kind"], &letter["newer"]), (&json!("message"), &json!(false)));
    // As it was, which is what API v1 has always done: it fails again.
    put(&world, &key, api::path::STREAMS, stream("include")).await;
    let body = json!({ "ids": [letter["id"]] }).to_string();
    let replayed = world.post(api::path::DEAD_LETTERS_REPLAY, &key, body).await.json();
    assert_eq!(replayed["changed"], 1);
    let letter = world.wait_for(LETTERS, &key, 1).await.remove(0);
    assert!(letter["reason"].as_str().unwrap().contains("attachments") && letter["newer"] == true, "{letter}");
    assert_eq!(replay(&world, &key, &letter, true).await, json!({ "changed": 1, "left": [] }));
    let mails = world.wait_for(api::path::INBOX, &key, 1).await;
    assert_eq!(mails[0]["subject"], "Hello");
    // It is no dead letter any more, and is told so.
    let again = replay(&world, &key, &letter, true).await;
    assert_eq!((&again["changed"], &again["left"][0]["id"]), (&json!(0), &letter["id"]), "{again}");
    assert!(again["left"][0]["detail"].as_str().unwrap().contains("it is sent"), "{again}");
}

#[tokio::test]
async fn a_contact_goes_on_in_the_mended_program() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let program = |when: &str, third: &str| {
        format!(
            "stafette: 1\nname: p\ntitle: P\nnodes:\n  in: {{ kind: entry, event: a, again: always, next: c }}\n  \
             c: {{ kind: condition, when: '{when}', next: {{ yes: w, no: w }} }}\n  \
             w: {{ kind: wait, duration: 1d, next: {third} }}\n  {third}: {{ kind: exit }}\n"
        )
    };
    put(&world, &key, "/api/v1/programs?publish=true", program("event.total > 3", "out")).await;
    send(&world, &key).await;
    send(&world, &key).await;
    let letters = world.wait_for(LETTERS, &key, 2).await;
    assert_eq!((&letters[0]["kind"], &letters[0]["newer"]), (&json!("token"), &json!(false)));

    // One by its dead letter …
    put(&world, &key, "/api/v1/programs?publish=true", program("has(event.total)", "out")).await;
    let letter = world.get(LETTERS, &key).await.json()["items"][0].clone();
    assert_eq!(letter["newer"], true);
    assert_eq!(replay(&world, &key, &letter, true).await["changed"], 1);
    let waiting = world.wait_for("/api/v1/tokens?state=waiting", &key, 1).await;
    assert_eq!((&waiting[0]["id"], &waiting[0]["version"]), (&letter["id"], &json!(2)));
    let detail = world.get(&format!("/api/v1/tokens/{}", letter["id"].as_str().unwrap()), &key).await.json();
    let reasons: Vec<_> = detail["trace"].as_array().unwrap().iter().map(|step| step["reason"].clone()).collect();
    assert!(reasons.contains(&json!("tried again in version 2")), "{detail}");

    // … the other by a publication, which counts it and moves it as chosen.
    let draft: Value =
        serde_json::to_value(program::Program::parse(&program("has(event.total)", "end")).unwrap()).unwrap();
    let head = world.get("/api/v1/programs/p/draft", &key).await.json()["revision"].clone();
    let body = json!({ "program": draft, "revision": head }).to_string();
    let request = crate::world::request("PUT", "/api/v1/programs/p/draft", &key);
    let saved = world.ask(request.body(axum::body::Body::from(body)).unwrap()).await.json();
    let revision = json!({ "revision": saved["revision"] });
    let preview = world.post("/api/v1/programs/p/publish/preview", &key, revision.to_string()).await.json();
    let change = preview["changes"].as_array().unwrap().iter().find(|change| change["node"] == "c").unwrap().clone();
    assert_eq!(
        (&change["tokens"], &change["failed"], &preview["inside"]),
        (&json!(1), &json!(1), &json!(1)),
        "{preview}"
    );
    let moves = json!([{ "node": "c", "choice": "move", "to": "c" }]);
    let publish = json!({ "revision": saved["revision"], "moves": moves }).to_string();
    let done = world.post("/api/v1/programs/p/publish", &key, publish).await.json();
    assert_eq!(done["moved"][0]["tokens"], 1, "{done}");
    let waiting = world.wait_for("/api/v1/tokens?state=waiting", &key, 2).await;
    assert!(waiting.iter().any(|token| token["version"] == 3), "{waiting:?}");
    assert_eq!(world.get(LETTERS, &key).await.json()["items"], json!([]));
}

//! Calls of other people's servers, from the program's file to the receiver who checks the signature, and back.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};

use crate::world::{As, World, request};

const ON_THIS_MACHINE: [&str; 3] = ["--calls-http", "--calls-allow", "127.0.0.0/8"];

type Calls = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A server that takes nothing but what says `"take":true`, and its URL.
async fn receiver() -> (String, Calls) {
    let calls = Calls::default();
    let told = calls.clone();
    let hook = move |headers: HeaderMap, body: String| async move {
        let takes = body.contains("\"take\":true");
        told.lock().unwrap().push((headers, body));
        if takes { (StatusCode::OK, "taken") } else { (StatusCode::GONE, "nobody is here") }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?key=1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hook))).await });
    (url, calls)
}

fn program(url: &str) -> String {
    format!(
        "stafette: 1\nname: tell\ntitle: T\nnodes:\n  in: {{ kind: entry, event: a, again: always, next: tell }}\n  \
         tell: {{ kind: call_webhook, url: \"{url}\", next: {{ answered: good, failed: bad }} }}\n  \
         good: {{ kind: exit }}\n  bad: {{ kind: exit }}\n"
    )
}

async fn publish(world: &World, who: &As, url: &str) -> crate::world::Answer {
    world.post("/api/v1/programs?publish=true", who, program(url)).await
}

async fn send(world: &World, who: &As, take: bool) {
    let event = json!({ "type": "a", "contact": { "email": "ida@example.org" }, "data": { "take": take } });
    assert_eq!(world.post(api::path::EVENTS, who, event.to_string()).await.status, StatusCode::ACCEPTED);
}

/// The token, once it is done.
async fn done(world: &World, who: &As) -> Value {
    let token = world.wait_for("/api/v1/tokens?state=done", who, 1).await.remove(0);
    world.get(&format!("/api/v1/tokens/{}", token["id"].as_str().unwrap()), who).await.json()
}

fn nodes(token: &Value) -> Vec<&str> {
    token["trace"].as_array().unwrap().iter().map(|step| step["node"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_receiver_can_tell_that_a_call_is_ours() {
    let world = World::new(&ON_THIS_MACHINE).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let (url, calls) = receiver().await;
    assert_eq!(publish(&world, &key, &url).await.status, StatusCode::OK);
    send(&world, &key, true).await;
    let token = done(&world, &key).await;
    assert_eq!(nodes(&token), ["in", "tell", "tell", "good"]);
    let call = &token["calls"][0];
    assert_eq!((&call["state"], &call["status"], &call["answer"]), (&json!("answered"), &json!(200), &json!("taken")));
    assert_eq!((&call["attempts"], &call["node"], &call["url"]), (&json!(1), &json!("tell"), &json!(url)));

    let reader = world.key(&["read"]).await;
    assert_eq!(world.get(api::path::WEBHOOK_SECRET, &reader).await.status, StatusCode::FORBIDDEN);
    let secret = world.get(api::path::WEBHOOK_SECRET, &key).await.json()["secret"].as_str().unwrap().parse().unwrap();
    let (headers, body) = calls.lock().unwrap()[0].clone();
    let signed = connect::Signed {
        id: headers["webhook-id"].to_str().unwrap(),
        timestamp: headers["webhook-timestamp"].to_str().unwrap(),
        signature: headers["webhook-signature"].to_str().unwrap(),
    };
    connect::verify(&[secret], signed, body.as_bytes(), world.server.app().clock.now()).unwrap();
    assert_eq!(signed.id, call["id"].as_str().unwrap().replace('-', ""));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["data"]["contact"]["email"], "ida@example.org");
    let metrics = world.get("/metrics", &key).await.text();
    assert!(metrics.contains("stafette_calls_total{outcome=\"answered\"}"), "{metrics}");
}

#[tokio::test]
async fn a_call_that_nobody_takes_is_a_dead_letter() {
    let world = World::new(&ON_THIS_MACHINE).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let (url, calls) = receiver().await;
    publish(&world, &key, &url).await;
    send(&world, &key, false).await;
    let token = done(&world, &key).await;
    assert_eq!(nodes(&token), ["in", "tell", "tell", "bad"]);
    let letter = world.wait_for("/api/v1/dead-letters?state=call", &key, 1).await.remove(0);
    assert_eq!((&letter["kind"], &letter["token_id"]), (&json!("call"), &token["id"]));
    assert_eq!(letter["reason"], "the server answered with status 410");
    let body = json!({ "ids": [letter["id"]] }).to_string();
    assert_eq!(world.post(api::path::DEAD_LETTERS_REPLAY, &key, body).await.json()["changed"], 1);
    let again = world.wait_for("/api/v1/dead-letters?state=call", &key, 1).await.remove(0);
    assert_eq!(again["id"], letter["id"]);
    let calls = calls.lock().unwrap();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].0["webhook-id"], calls[1].0["webhook-id"]);
}

#[tokio::test]
async fn what_may_not_be_called_is_not_published() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin", "read"]).await;
    for (url, why) in [
        ("http://example.com/", "sends everything in the clear"),
        ("https://127.0.0.1/hook", "127.0.0.1 is this machine itself"),
        ("https://metadata.google.internal/", "does not call that URL"),
    ] {
        let refused = publish(&world, &key, url).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        let problem = refused.json();
        let error = &problem["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!("nodes.tell.url"), &json!("url_refused")), "{problem}");
        assert!(error["detail"].as_str().unwrap().contains(why), "{problem}");
    }
    // In a draft it stands beside the field.
    assert_eq!(publish(&world, &key, "https://example.com/").await.status, StatusCode::OK);
    let draft = world.get("/api/v1/programs/tell/draft", &key).await.json();
    let mut program = draft["program"].clone();
    program["nodes"]["tell"]["url"] = json!("https://10.1.2.3/");
    let body = json!({ "program": program, "revision": draft["revision"] }).to_string();
    let save = request("PUT", "/api/v1/programs/tell/draft", &key).body(body.into()).unwrap();
    let saved = world.ask(save).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let revision = saved.json()["revision"].clone();
    let publish = json!({ "revision": revision }).to_string();
    let refused = world.post("/api/v1/programs/tell/publish", &key, publish).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["code"], "url_refused");
}

#[tokio::test]
async fn a_test_calls_nobody_and_goes_on() {
    let world = World::new(&ON_THIS_MACHINE).await;
    let key = world.key(&["admin", "read", "events:write"]).await;
    let (url, calls) = receiver().await;
    publish(&world, &key, &url).await;
    send(&world, &key, true).await;
    done(&world, &key).await;
    let contact = world.get(api::path::CONTACTS, &key).await.json()["items"][0]["id"].clone();
    let path = format!("{}/{}/test", api::path::CONTACTS, contact.as_str().unwrap());
    world.ask(request("PUT", &path, &key).body(json!({ "test": true }).to_string().into()).unwrap()).await;
    let body = json!({ "contacts": [contact], "event": { "type": "a", "data": {} } }).to_string();
    let started = world.post("/api/v1/programs/tell/test-runs", &key, body).await;
    assert!(started.status.is_success(), "{}", started.text());
    let path = format!("/api/v1/programs/tell/test-runs/{}", started.json()["id"].as_str().unwrap());
    let mut changes = world.server.app().wake.listen(runner::Topic::Changes);
    let wait = async {
        loop {
            let run = world.get(&path, &key).await.json();
            if run["contacts"][0]["tokens"][0]["state"] == "done" || run["tokens"][0]["state"] == "done" {
                return run;
            }
            changes.woken().await;
        }
    };
    let run = tokio::time::timeout(std::time::Duration::from_secs(10), wait).await.expect("the test does not end");
    assert!(run.to_string().contains("\"good\""), "{run}");
    assert_eq!(calls.lock().unwrap().len(), 1, "the event before, and no other");
}

//! Trying a program out: mails that are shown and not sent, drafts on past events.

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{As, World, request};

async fn preview(world: &World, who: &As, stream: &str, body: &Value) -> Value {
    let answer = world.post(&format!("/api/v1/streams/{stream}/preview"), who, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// As a browser sends the form.
fn shown_as_form(mail: &Value) -> String {
    let coded = mail.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    format!("mail={coded}")
}

fn codes(preview: &Value) -> Vec<&str> {
    preview["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_mail_is_shown_and_not_sent() {
    let world = World::new(&["--example"]).await;
    let reader = world.key(&["read"]).await;
    let ida = json!({ "email": "ida@example.org", "first_name": "Ida", "opt_in": true });

    let shown =
        preview(&world, &reader, "order-confirmation", &json!({ "contact": ida, "event": { "order_id": "7<b>" } }))
            .await;
    assert_eq!((shown["subject"].as_str().unwrap(), codes(&shown)), ("Your order 7<b>", vec![]), "{shown}");
    assert!(shown["html"].as_str().unwrap().contains("7&lt;b&gt;") && shown["text"].as_str().unwrap().contains("7<b>"));

    // The same as a page for a frame: nothing runs in it, nothing is fetched by it.
    let mail = shown_as_form(&json!({ "contact": ida, "event": { "order_id": "7<b>" } }));
    let path = "/api/v1/streams/order-confirmation/preview/html";
    let form = |body: String| {
        let form = request("POST", path, &reader).header("content-type", "application/x-www-form-urlencoded");
        form.body(Body::from(body)).unwrap()
    };
    let framed = world.ask(form(mail)).await;
    assert_eq!((framed.status, framed.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(framed.header("content-security-policy").starts_with("sandbox; default-src 'none'; img-src data:;"));
    assert_eq!(framed.text(), shown["html"].as_str().unwrap());
    for (bad, status) in [("mail=7", 422), ("mail=%7B", 400), ("", 400), ("male=%7B%7D", 400)] {
        assert_eq!(world.ask(form(bad.into())).await.status.as_u16(), status, "{bad}");
    }

    // The links of a survey are there, and lead to no message.
    let purpose = json!({ "purpose": "survey", "question": "How was it?", "scale": 5 });
    let shown = preview(&world, &reader, "satisfaction-survey", &json!({ "contact": ida, "purpose": purpose })).await;
    assert_eq!(shown["subject"], "How was it?");
    let html = shown["html"].as_str().unwrap();
    let link = html.split("/r/").nth(1).unwrap().split(['"', '?']).next().unwrap();
    assert_eq!(world.get(&format!("/r/{link}"), &As::Nobody).await.status, StatusCode::NOT_FOUND);

    let messages = world.get(api::path::MESSAGES, &reader).await.json();
    assert_eq!(messages["items"], json!([]));
}

#[tokio::test]
async fn what_keeps_a_mail_from_being_sent_is_told() {
    let world = World::new(&["--example"]).await;
    let (admin, reader) = (world.key(&["admin"]).await, world.key(&["read"]).await);
    let stream = |name: &str, subject: &str| {
        json!({ "stafette": 1, "name": name, "title": "T", "class": "marketing", "from": { "email": "a@example.org" },
            "subject": subject, "html": "<p>x</p>", "text": "x", "attachments": "require" })
    };
    for (name, subject) in [
        ("news", "News for {{ contact.first_name }}"),
        ("endless", "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}x"),
    ] {
        let saved = world.post(api::path::STREAMS, &admin, stream(name, subject).to_string()).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    }
    let nobody = preview(&world, &reader, "news", &json!({ "contact": { "first_name": "Ida" } })).await;
    assert_eq!(nobody["subject"], "News for Ida");
    assert_eq!(codes(&nobody), ["no_address", "no_opt_in", "attachments"]);
    let nameless = preview(&world, &reader, "news", &json!({ "contact": { "email": "a@b.c", "opt_in": true } })).await;
    assert_eq!((nameless["html"].as_str(), codes(&nameless)), (Some(""), vec!["render", "attachments"]));
    assert!(nameless["problems"][0]["message"].as_str().unwrap().contains("default"), "{nameless}");
    // The same fuel as in dispatch.
    let endless = preview(&world, &reader, "endless", &json!({ "contact": { "email": "a@b.c" } })).await;
    assert!(endless["problems"][0]["message"].as_str().unwrap().contains("more than 50000 steps"), "{endless}");

    let missing = world.post("/api/v1/streams/none/preview", &reader, "{}").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let unknown = world.post("/api/v1/streams/news/preview", &reader, r#"{"recipient":"a"}"#).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let writer = world.key(&["events:write"]).await;
    let refused = world.post("/api/v1/streams/news/preview", &writer, "{}").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

const RUNS: &str = "/api/v1/programs/order-follow-up/dry-run";

/// Asks until it is over; it tells nobody by itself.
async fn over(world: &World, who: &As, run: &Value) -> Value {
    let path = format!("{RUNS}/{}", run["id"].as_str().unwrap());
    let asked = async {
        loop {
            let shown = world.get(&path, who).await;
            assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
            if shown.json()["state"] != "running" {
                return shown.json();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), asked).await.unwrap()
}

#[tokio::test]
async fn a_draft_is_played_on_the_past_beside_what_was_done() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    for (email, id) in [("ida@example.org", "1"), ("ida@example.org", "2"), ("ida@example.org", "3"), ("b@c.de", "4")] {
        world.order(&writer, email, id).await;
    }
    world.wait_for(&format!("{}?state=sent", api::path::MESSAGES), &reader, 4).await;
    world.hands.advance(TimeDelta::hours(1));

    // The stored draft is what is live, so both have done the same.
    let started = world.post(RUNS, &reader, r#"{"days":30}"#).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text());
    let run = over(&world, &reader, &started.json()).await;
    assert_eq!(
        (&run["state"], &run["events_done"], &run["events_all"]),
        (&json!("done"), &json!(8), &json!(8)),
        "{run}"
    );
    let result = &run["result"];
    assert_eq!((&result["events"], &result["history"], &result["left_out"]), (&json!(4), &json!(0), &json!(0)));
    for whose in ["draft", "live"] {
        let figures = &result[whose];
        assert_eq!((&figures["entered"], &figures["mails"], &figures["contacts"]), (&json!(4), &json!(4), &json!(2)));
        assert_eq!(
            (&figures["most_per_contact"], &figures["close"], &figures["peak"]),
            (&json!(3), &json!(1), &json!(4))
        );
        assert_eq!(figures["by_day"], json!([{ "day": "2026-03-01", "node": "confirmation", "mails": 4 }]));
        let branch = |node: &str| json!({ "node": node, "port": "next", "tokens": 4 });
        assert_eq!(figures["branches"], json!([branch("confirmation"), branch("placed")]), "{figures}");
    }

    // Another draft: nobody waits, so that those who ordered three times are asked to join.
    let mut draft = world.get("/api/v1/programs/order-follow-up/draft", &reader).await.json()["program"].clone();
    draft["nodes"]["pause"]["disabled"] = json!(true);
    let started = world.post(RUNS, &reader, json!({ "days": 1, "program": draft }).to_string()).await.json();
    let result = &over(&world, &reader, &started).await["result"];
    let loyal: Vec<_> =
        result["draft"]["branches"].as_array().unwrap().iter().filter(|b| b["node"] == "loyal").collect();
    assert_eq!(loyal.iter().map(|branch| branch["tokens"].as_u64().unwrap()).sum::<u64>(), 4);
    assert_eq!((&result["draft"]["mails"], &result["live"]["mails"]), (&json!(8), &json!(4)));
    // Nothing was sent by it.
    assert_eq!(world.get(api::path::MESSAGES, &reader).await.json()["items"].as_array().unwrap().len(), 4);

    // Gone when it is cancelled, and ten minutes after its end.
    let path = format!("{RUNS}/{}", run["id"].as_str().unwrap());
    let delete = || world.ask(request("DELETE", &path, &reader).body(Body::empty()).unwrap());
    assert_eq!(delete().await.status, StatusCode::NO_CONTENT);
    assert_eq!(delete().await.status, StatusCode::NOT_FOUND);
    let other = format!("{RUNS}/{}", started["id"].as_str().unwrap());
    assert_eq!(world.get(&other, &reader).await.status, StatusCode::OK);
    world.hands.advance(TimeDelta::minutes(10));
    assert_eq!(world.get(&other, &reader).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dry_run_ends_when_its_client_is_gone() {
    let world = World::new(&["--example"]).await;
    let reader = world.key(&["read"]).await;
    // On one thread: it has not begun yet when a minute is over in which nobody asked. It has its turn before the question.
    let started = world.post(RUNS, &reader, r#"{"days":30}"#).await.json();
    world.hands.advance(TimeDelta::seconds(61));
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let given_up = over(&world, &reader, &started).await;
    assert_eq!((&given_up["state"], &given_up["result"]), (&json!("failed"), &Value::Null), "{given_up}");
    assert!(given_up["error"].as_str().unwrap().starts_with("Nobody asked how far it is for a minute"), "{given_up}");
    // Its place is free, and a minute in which somebody asks is none.
    let started = world.post(RUNS, &reader, r#"{"days":30}"#).await.json();
    world.hands.advance(TimeDelta::seconds(60));
    assert_eq!(over(&world, &reader, &started).await["state"], "done");
}

#[tokio::test]
async fn a_dry_run_is_refused_where_it_makes_no_sense() {
    let world = World::new(&["--example"]).await;
    let reader = world.key(&["read"]).await;
    let draft = world.get("/api/v1/programs/order-follow-up/draft", &reader).await.json()["program"].clone();
    let mut broken = draft.clone();
    broken["nodes"]["pause"]["next"] = json!("gone");
    for (path, body, status, code) in [
        (RUNS, json!({ "days": 0 }), 422, "days"),
        (RUNS, json!({ "days": 91 }), 422, "days"),
        (RUNS, json!({ "days": 7, "program": broken }), 422, "unknown_node"),
        (RUNS, json!({ "days": 7, "send": true }), 422, "invalid"),
        ("/api/v1/programs/none/dry-run", json!({ "days": 7 }), 404, "not_found"),
    ] {
        let refused = world.post(path, &reader, body.to_string()).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (status, code), "{body}");
    }
}

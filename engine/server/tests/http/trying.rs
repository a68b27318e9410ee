//! Trying a program out: mails that are shown and not sent.

use axum::{body::Body, http::StatusCode};
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

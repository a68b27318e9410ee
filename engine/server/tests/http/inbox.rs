//! Mail in the built-in inbox.

use axum::http::StatusCode;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_mail_is_listed_parsed_and_shown_in_a_sandbox() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    world.order(&writer, "ida@example.org", "1").await;
    let mails = world.wait_for(api::path::INBOX, &reader, 1).await;
    assert_eq!(mails[0]["recipient"], "ida@example.org");
    let path = format!("{}/{}", api::path::INBOX, mails[0]["id"].as_str().unwrap());
    let mail = world.get(&path, &reader).await.json();
    assert_eq!(mail["subject"], mails[0]["subject"]);
    assert!(mail["headers"].as_array().unwrap().iter().any(|header| header["name"] == "Message-ID"), "{mail}");
    assert!(mail["text"].as_str().is_some_and(|text| !text.is_empty()));
    assert_eq!(mail["has_html"], json!(true));
    assert_eq!(
        mail["attachments"],
        json!([{ "filename": "invoice.pdf", "content_type": "application/pdf", "size": 5 }])
    );

    let html = world.get(&format!("{path}/html"), &reader).await;
    assert!(html.header("content-security-policy").starts_with("sandbox; default-src 'none'; img-src data:; "));
    let asked = world.get(&format!("{path}/html?images=true"), &reader).await;
    assert!(asked.header("content-security-policy").starts_with("sandbox; default-src 'none'; img-src data: https:; "));
    assert_eq!(html.header("x-content-type-options"), "nosniff");
    assert!(html.header("content-type").starts_with("text/html") && html.text().contains('<'));
    let source = world.get(&format!("{path}/source"), &reader).await;
    assert!(source.header("content-type").starts_with("text/plain") && source.text().contains("Message-ID:"));

    let messages = world.get(api::path::MESSAGES, &reader).await.json();
    assert_eq!(
        (&messages["items"][0]["state"], &messages["items"][0]["inbox_mail_id"]),
        (&json!("sent"), &mails[0]["id"])
    );
    let none = format!("{}/01890000-0000-7000-8000-000000000000", api::path::INBOX);
    assert_eq!(world.get(&none, &reader).await.status, StatusCode::NOT_FOUND);
}

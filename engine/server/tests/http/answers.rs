//! The pages behind the links in mails.

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use serde_json::json;

use crate::world::{As, World, request};

/// The answer link of the newest mail, from its text.
async fn link(world: &World, reader: &As, number: usize) -> String {
    let mails = world.wait_for(api::path::INBOX, reader, number).await;
    let path = format!("{}/{}", api::path::INBOX, mails[0]["id"].as_str().unwrap());
    let text = world.get(&path, reader).await.json()["text"].as_str().unwrap().to_string();
    let at = text.find("/r/").unwrap_or_else(|| panic!("no link in {text}"));
    text[at..].split(|c: char| c.is_whitespace() || c == '?' || c == ')').next().unwrap().to_string()
}

/// The link of a survey that was asked two days after an order.
async fn survey(world: &World, writer: &As, reader: &As) -> String {
    world.order(writer, "ida@example.org", "1").await;
    world.wait_for(api::path::INBOX, reader, 1).await;
    world.hands.advance(TimeDelta::days(2));
    link(world, reader, 2).await
}

async fn answer(world: &World, link: &str, form: &str) -> crate::world::Answer {
    let request = request("POST", link, &As::Nobody).header("content-type", "application/x-www-form-urlencoded");
    world.ask(request.body(Body::from(form.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_survey_is_answered_once() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    let link = survey(&world, &writer, &reader).await;

    let page = world.get(&format!("{link}?score=4"), &As::Nobody).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("value=\"4\" required checked") && page.text().contains("How satisfied"),
        "{}",
        page.text()
    );
    assert!(page.header("content-security-policy").contains("form-action 'self'"));
    let german = request("GET", &link, &As::Nobody).header("accept-language", "de-CH");
    assert!(world.ask(german.body(Body::empty()).unwrap()).await.text().contains("Antwort senden"));
    let events = format!("{}?type=survey.answered", api::path::EVENTS);
    assert_eq!(world.get(&events, &reader).await.json()["items"], json!([]));

    assert_eq!(answer(&world, &link, "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer(&world, &link, "score=6").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let thanks = answer(&world, &link, "score=5").await;
    assert!(thanks.status == StatusCode::OK && thanks.text().contains("Thank you"), "{}", thanks.text());
    assert_eq!(answer(&world, &link, "score=1").await.status, StatusCode::OK);
    let found = world.get(&events, &reader).await.json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
    let path = format!("{}/{}", api::path::EVENTS, found["items"][0]["id"].as_str().unwrap());
    let event = world.get(&path, &reader).await.json();
    assert_eq!((&event["data"]["score"], &event["summary"]), (&json!(5), &json!(null)));
    assert_eq!(event["contact"], "ida@example.org");
}

#[tokio::test]
async fn an_invitation_is_taken_up() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    for id in ["1", "2", "3"] {
        world.order(&writer, "ida@example.org", id).await;
    }
    world.wait_for(api::path::INBOX, &reader, 3).await;
    world.hands.advance(TimeDelta::days(2));
    let link = link(&world, &reader, 6).await;
    assert!(world.get(&link, &As::Nobody).await.text().contains("Inner Circle"));
    assert!(answer(&world, &link, "").await.text().contains("Welcome to Inner Circle"));
    // Thirty days after the mail the invitation is over.
    world.hands.advance(TimeDelta::days(30));
    assert_eq!(world.get(&link, &As::Nobody).await.status, StatusCode::OK);
    world.hands.advance(TimeDelta::seconds(1));
    assert_eq!(world.get(&link, &As::Nobody).await.status, StatusCode::NOT_FOUND);
    assert_eq!(answer(&world, &link, "").await.status, StatusCode::NOT_FOUND);
    let events = world.get(&format!("{}?type=loyalty.joined", api::path::EVENTS), &reader).await.json();
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
}

/// Our own events are known whatever the installation refuses, nobody else may report them, and no foreign event with
/// their id takes their place.
#[tokio::test]
async fn an_answer_is_never_lost() {
    let world = World::new(&["--example", "--unknown-events", "refuse"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    for (kind, code) in [
        ("survey.answered", "reserved_event_type"),
        ("loyalty.joined", "reserved_event_type"),
        ("mail.opened", "reserved_event_type"),
        ("survey.started", "unknown_event_type"),
    ] {
        let event = json!({ "type": kind, "contact": { "external_id": "1" } }).to_string();
        let refused = world.post(api::path::EVENTS, &writer, event).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, code), "{kind}");
    }
    let link = survey(&world, &writer, &reader).await;
    let message = uuid::Uuid::parse_str(link.trim_start_matches("/r/").split('.').next().unwrap()).unwrap();
    let squatter = json!({ "type": "order.placed", "id": format!("answer:{message}"),
        "contact": { "email": "other@example.org" } });
    assert_eq!(world.post(api::path::EVENTS, &writer, squatter.to_string()).await.status, StatusCode::ACCEPTED);

    for _ in 0..2 {
        let thanks = answer(&world, &link, "score=5").await;
        assert!(thanks.status == StatusCode::OK && thanks.text().contains("Thank you"), "{}", thanks.text());
    }
    let events = format!("{}?type=survey.answered", api::path::EVENTS);
    let found = world.get(&events, &reader).await.json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    // Who may do everything may bring in a history.
    let admin = world.key(&["admin"]).await;
    let event = json!({ "type": "survey.answered", "contact": { "external_id": "1" } }).to_string();
    assert_eq!(world.post(api::path::EVENTS, &admin, event).await.status, StatusCode::ACCEPTED);
}

/// Readers get a page, whatever became of the address on its way.
#[tokio::test]
async fn a_reader_is_answered_with_a_page() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    let link = survey(&world, &writer, &reader).await;
    let page = world.get(&format!("{link}?score=1&utm_source=a&utm_source=b&score=2"), &As::Nobody).await;
    assert!(page.status == StatusCode::OK && page.text().contains("value=\"2\" required checked"), "{}", page.text());
    for path in ["/r/%ff", "/r/%00", "/r/none.0"] {
        let page = world.get(path, &As::Nobody).await;
        assert!(page.status == StatusCode::NOT_FOUND && page.text().contains("<h1>"), "{path}: {}", page.text());
    }
    let twice = answer(&world, &link, "score=1&score=2").await;
    assert!(twice.status == StatusCode::UNPROCESSABLE_ENTITY && twice.text().contains("<form"), "{}", twice.text());
}

#[tokio::test]
async fn a_forged_link_leads_nowhere() {
    let world = World::new(&[]).await;
    let link = format!("/r/{}.{}", "0".repeat(32), "0".repeat(32));
    let page = world.get(&link, &As::Nobody).await;
    assert!(page.status == StatusCode::NOT_FOUND && page.text().contains("<h1>"));
    assert_eq!(answer(&world, &link, "score=1").await.status, StatusCode::NOT_FOUND);
}

//! Reporting events.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::{As, World};

const EVENTS: &str = api::path::EVENTS;

fn event(id: &str) -> Value {
    json!({ "type": "order.placed", "contact": { "email": "ida@example.org", "first_name": "Ida" },
        "data": { "total": 129.9 }, "id": id })
}

async fn world() -> (World, As) {
    let world = World::new(&[]).await;
    let key = world.key(&["events:write", "read"]).await;
    (world, key)
}

#[tokio::test]
async fn one_event_is_stored_once() {
    let (world, key) = world().await;
    let first = world.post(EVENTS, &key, event("1").to_string()).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text());
    let receipt = first.json();
    assert_eq!((&receipt["accepted"], &receipt["results"][0]["status"]), (&json!(1), &json!("accepted")));
    let again = world.post(EVENTS, &key, event("1").to_string()).await.json();
    assert_eq!(again["results"][0]["status"], "duplicate");
    assert_eq!(again["results"][0]["event_id"], receipt["results"][0]["event_id"]);

    let list = world.get(EVENTS, &key).await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["items"][0]["contact"], "ida@example.org");
    let path = format!("{EVENTS}/{}", receipt["results"][0]["event_id"].as_str().unwrap());
    let detail = world.get(&path, &key).await.json();
    assert_eq!((&detail["client_id"], &detail["data"]["total"]), (&json!("1"), &json!(129.9)));
    let contact = format!("/api/v1/contacts/{}", receipt["results"][0]["contact_id"].as_str().unwrap());
    assert_eq!(world.get(&contact, &key).await.json()["attributes"]["first_name"], "Ida");
    let types = world.get(api::path::EVENT_TYPES, &key).await.json();
    assert_eq!(types["items"][0]["name"], "order.placed");
}

#[tokio::test]
async fn an_id_belongs_to_one_event_and_a_contact_has_bounds() {
    let (world, key) = world().await;
    let first = world.post(EVENTS, &key, event("A-1001").to_string()).await.json();
    let mut other = event("A-1001");
    other["type"] = json!("order.shipped");
    let answer = world.post(EVENTS, &key, other.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    let problem = &answer.json()["errors"][0];
    assert_eq!((&problem["field"], &problem["code"]), (&json!("id"), &json!("id_reused")));
    let known = first["results"][0]["event_id"].as_str().unwrap().to_owned();
    assert!(problem["message"].as_str().unwrap_or_default().contains(&known) || answer.text().contains(&known));

    let mut large = event("A-1002");
    large["contact"]["notes"] = json!("x".repeat(600 << 10));
    let both = json!([large, event("A-1003")]);
    let results = world.post(EVENTS, &key, both.to_string()).await.json();
    assert_eq!(results["results"][0]["code"], "contact_too_large", "{results}");
    assert_eq!(results["results"][1]["status"], "accepted");
}

#[tokio::test]
async fn attachments_come_along() {
    let (world, key) = world().await;
    let mut with_file = event("1");
    with_file["attachments"] = json!([{ "filename": "../invoice.pdf", "data": "aGVsbG8=" }]);
    let receipt = world.post(EVENTS, &key, with_file.to_string()).await.json();
    let path = format!("{EVENTS}/{}", receipt["results"][0]["event_id"].as_str().unwrap());
    let files = &world.get(&path, &key).await.json()["attachments"];
    assert_eq!(files, &json!([{ "filename": "invoice.pdf", "content_type": "application/pdf", "size": 5 }]));
}

#[tokio::test]
async fn a_wrong_item_does_not_hold_up_the_others() {
    let (world, key) = world().await;
    let mut events = vec![event("1"), json!(7), event("2")];
    events[2]["contact"]["email"] = json!("ida@example.org\r\nBcc: all@example.org");
    let answer = world.post(EVENTS, &key, Value::from(events).to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let receipt = answer.json();
    assert_eq!((&receipt["accepted"], &receipt["rejected"]), (&json!(1), &json!(2)));
    assert_eq!(receipt["results"][1]["code"], "invalid");
    assert_eq!(
        (&receipt["results"][2]["code"], &receipt["results"][2]["field"]),
        (&json!("email"), &json!("contact.email"))
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_code() {
    let (world, key) = world().await;
    let many = |n: usize| Value::from((0..n).map(|n| event(&n.to_string())).collect::<Vec<_>>()).to_string();
    let mut broken = many(1_000);
    let at = broken.match_indices("{\"type\"").nth(500).unwrap().0;
    broken.replace_range(at..at + 1, "(");
    let large = json!({ "type": "a", "contact": { "external_id": "1" }, "data": { "a": "x".repeat(16 << 20) } });
    for (body, status, code, detail) in [
        ("{".into(), 400, "malformed_json", "line 1 column 1"),
        (broken, 400, "malformed_json", "item [500]: expected value at line 1 column"),
        (many(1_001), 413, "too_large", "at most 1000 events"),
        (large.to_string(), 413, "too_large", ""),
        ("[]".into(), 422, "empty", ""),
        ("{}".into(), 422, "invalid", "missing field `type`"),
        ("[1,2]".into(), 422, "invalid", "2 fields"),
        (json!({ "type": "a", "contact": {} }).to_string(), 422, "contact_missing", "contact: give"),
    ] {
        let answer = world.post(EVENTS, &key, body.clone()).await;
        let body = &body[..body.len().min(60)];
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body}: {}", answer.text());
        assert!(answer.text().contains(detail), "{body}: {}", answer.text());
    }
    assert_eq!(world.get(EVENTS, &key).await.json()["items"], json!([]));
    let all = world.post(EVENTS, &key, many(1_000)).await;
    assert_eq!((all.status.as_u16(), &all.json()["accepted"]), (202, &json!(1_000)));
}

#[tokio::test]
async fn unknown_types_are_refused_where_the_option_says_so() {
    let world = World::new(&["--unknown-events", "refuse"]).await;
    let key = world.key(&["events:write"]).await;
    let answer = world.post(EVENTS, &key, event("1").to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "unknown_event_type"));
}

#[tokio::test]
async fn two_contacts_in_one_are_refused() {
    let (world, key) = world().await;
    for contact in [json!({ "email": "a@example.org" }), json!({ "external_id": "7", "email": "b@example.org" })] {
        let body = json!({ "type": "a", "contact": contact }).to_string();
        assert_eq!(world.post(EVENTS, &key, body).await.status, StatusCode::ACCEPTED);
    }
    let both = json!({ "type": "a", "contact": { "external_id": "7", "email": "a@example.org" } });
    let answer = world.post(EVENTS, &key, both.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "contact_conflict"));
}

#[tokio::test]
async fn what_runs_when_it_is_opened_is_refused_unless_it_is_allowed() {
    let event = json!({ "type": "a", "contact": { "external_id": "1" },
        "attachments": [{ "filename": "invoice.pdf.exe", "data": "aGVsbG8=" }] });
    let world = World::new(&[]).await;
    let key = world.key(&["events:write"]).await;
    let refused = world.post(api::path::EVENTS, &key, event.to_string()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "attachment_executable"));
    let told = refused.json()["errors"][0].clone();
    assert_eq!(told["field"], "attachments[0]");
    assert!(told["detail"].as_str().unwrap().contains("--executable-attachments"), "{told}");

    let world = World::new(&["--executable-attachments"]).await;
    let key = world.key(&["events:write"]).await;
    assert_eq!(world.post(api::path::EVENTS, &key, event.to_string()).await.status.as_u16(), 202);
}

/// What an index of one of the databases would not hold is refused on both, at the door; what is taken fits.
#[tokio::test]
async fn texts_have_bounds() {
    let (world, key) = world().await;
    // Four bytes each.
    let text = |chars: usize| "\u{1d11e}".repeat(chars);
    let sets: [(&str, &str, usize); 3] =
        [("/id", "id", 200), ("/contact/external_id", "id", 200), ("/type", "event_type", 128)];
    for (at, code, most) in sets {
        for (chars, status) in [(most, StatusCode::ACCEPTED), (most + 1, StatusCode::UNPROCESSABLE_ENTITY)] {
            let mut event = json!({ "type": "a", "contact": { "external_id": "1" }, "id": null });
            *event.pointer_mut(at).unwrap() = json!(text(chars));
            let answer = world.post(EVENTS, &key, event.to_string()).await;
            assert_eq!(answer.status, status, "{at}: {}", answer.text());
            if status != StatusCode::ACCEPTED {
                assert_eq!(answer.json()["code"], code, "{at}: {}", answer.text());
            }
        }
    }
    let long = format!("{}@example.org", "x".repeat(300));
    let answer = world.post(EVENTS, &key, json!({ "type": "a", "contact": { "email": long } }).to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    // Names of attributes are in no index.
    let event = json!({ "type": "a", "contact": { "external_id": "2", text(1_000): 1 }, "data": { text(1_000): 1 } });
    assert_eq!(world.post(EVENTS, &key, event.to_string()).await.status, StatusCode::ACCEPTED);
    let admin = world.key(&["admin"]).await;
    let program = format!("stafette: 1\nname: {}\ntitle: T\nnodes: {{}}\n", "x".repeat(65));
    let answer = world.post(api::path::PROGRAMS, &admin, program).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
}

/// What an event and a contact may hold is an option each, at the edge and beyond it.
#[tokio::test]
async fn sizes_are_options() {
    for (options, most_event, most_contact) in
        [(&[][..], 1_024, 512), (&["--max-event", "40", "--max-contact", "2"], 40, 2)]
    {
        let world = World::new(options).await;
        let key = world.key(&["events:write"]).await;
        let bare = |data: &str, pad: &str| {
            format!(r#"{{"type":"a","contact":{{"external_id":"1","p":"{pad}"}},"data":{{"d":"{data}"}}}}"#)
        };
        let data = "x".repeat(most_event * 1_024 - bare("", "").len());
        for (event, code) in [
            (bare(&data, ""), None),
            (bare(&format!("{data}x"), ""), Some("event_too_large")),
            // An attribute counts with the comma behind it.
            (bare("", &"x".repeat(most_contact * 1_024 - r#"{"p":"",}"#.len())), None),
            (bare("", &"x".repeat(most_contact * 1_024 - r#"{"p":""}"#.len())), Some("contact_too_large")),
        ] {
            let answer = world.post(EVENTS, &key, event).await;
            let told = (answer.status != StatusCode::ACCEPTED).then(|| answer.code());
            assert_eq!(told.as_deref(), code, "{options:?}: {}", answer.text());
        }
    }
}

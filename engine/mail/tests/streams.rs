//! The example streams: valid, and sound with much data and with none.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

use mail::{Attachment, Links, Material, Rendered, SurveyLink, Templates, check_stream, compose};
use program::{Object, Purpose, Stream};
use serde_json::{Value, json};

fn stream(name: &str) -> Stream {
    let path = format!("{}/../../programs/order-follow-up/streams/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    Stream::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Renders and composes; the mail of the second call must be that of the first.
fn write(name: &str, contact: Value, event: Value, purpose: &Purpose) -> Rendered {
    let stream = stream(name);
    assert_eq!(check_stream(&stream), []);
    let (contact, event) = (object(contact), object(event));
    let labels = ["Bad", "Poor", "Fair", "Good", "Very good"];
    let survey = labels.iter().enumerate().map(|(n, label)| SurveyLink {
        score: n as u8 + 1,
        label: (*label).into(),
        url: format!("https://s.example.test/a?x=1&n={}", n + 1),
    });
    let links = Links { survey: survey.collect(), invite: Some("https://s.example.test/join?a=1&b=2".into()) };
    let attachments =
        [Attachment { filename: "invoice.pdf".into(), content_type: "application/pdf".into(), bytes: vec![7; 500] }];
    let material = Material {
        stream: &stream,
        contact: &contact,
        event: &event,
        joined: &Object::new(),
        purpose,
        links: &links,
        recipient: "ada@example.test",
        message_id: "0192.1@example.test",
        date: "2026-03-01T09:00:00Z".parse().unwrap(),
        attachments: &attachments,
        test_run: None,
    };
    let rendered =
        Templates::compile(&stream).unwrap().render(&material).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mail = compose(&material, &rendered, None).unwrap();
    assert_eq!(mail, compose(&material, &rendered, None).unwrap());
    if let Some(folder) = std::env::var_os("MAILS") {
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join(format!("{name}-{}.html", event.len())), &rendered.html).unwrap();
        std::fs::write(folder.join(format!("{name}-{}.txt", event.len())), &rendered.text).unwrap();
        std::fs::write(folder.join(format!("{name}-{}.eml", event.len())), &mail.raw).unwrap();
    }
    rendered
}

fn object(value: Value) -> Object {
    value.as_object().unwrap().clone()
}

fn order() -> Value {
    json!({
        "order_id": "A-1042", "total": 61.9, "currency": "EUR",
        "lines": [
            {"name": "Tea \"Earl Grey\" <loose>", "quantity": 2, "price": 12.5},
            {"name": "Mug", "quantity": 1, "price": 36.9},
        ],
    })
}

#[test]
fn order_confirmation() {
    let full = write("order-confirmation", json!({"first_name": "Ada"}), order(), &Purpose::Mail);
    assert_eq!(full.subject, "Your order A-1042");
    for text in [
        "Thank you, Ada.",
        "A-1042",
        "Mug: 1 x 36.90 EUR",
        "Total: 61.90 EUR",
        "Tea \"Earl Grey\" <loose>: 2 x 12.50 EUR",
    ] {
        assert!(full.text.contains(text), "{text} in {}", full.text);
    }
    assert!(full.html.contains("&lt;loose&gt;") && full.html.contains("2 &times; 12.50 EUR"));
    let bare = write("order-confirmation", json!({}), json!({}), &Purpose::Mail);
    assert_eq!(bare.subject, "Your order with us");
    assert!(bare.text.contains("Thank you.\n") && !bare.text.contains("Total"), "{}", bare.text);
    let odd = json!({"order_id": null, "lines": [{}], "total": 5});
    let odd = write("order-confirmation", json!({"first_name": null}), odd, &Purpose::Mail);
    assert!(odd.text.contains("Item: 1\n") && !odd.text.contains("Total"), "{}", odd.text);
}

#[test]
fn loyalty_invite() {
    let purpose = Purpose::LoyaltyInvite { club: "Club <3".into(), valid: None };
    let mail = write("loyalty-invite", json!({"first_name": "Ada"}), order(), &purpose);
    assert_eq!(mail.subject, "Club <3: an invitation");
    assert!(mail.html.contains("Join Club &lt;3") && mail.html.contains("join?a=1&amp;b=2"));
    assert!(mail.text.contains("https://s.example.test/join?a=1&b=2\n"));
    write("loyalty-invite", json!({}), json!({}), &purpose);
}

#[test]
fn satisfaction_survey() {
    let purpose = Purpose::Survey { question: "How was your order?".into(), scale: 5 };
    let mail = write("satisfaction-survey", json!({}), order(), &purpose);
    assert_eq!(mail.subject, "How was your order?");
    assert_eq!(mail.html.matches("<a href=\"https://s.example.test/a?x=1&amp;n=").count(), 5);
    assert!(mail.text.contains("5  Very satisfied\n   https://s.example.test/a?x=1&n=5\n"), "{}", mail.text);
    write("satisfaction-survey", json!({"first_name": "Ada"}), json!({}), &purpose);
}

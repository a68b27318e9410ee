//! Templates that would bring a server down: they bring down a child of it, and only their own mail.

use std::{path::Path, sync::Arc};

use axum::http::StatusCode;
use mail::{Links, Material};
use program::{Object, Purpose, Reason, Stream};
use runner::{
    Press,
    press::{Made, Means, PressError},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::World;

fn press() -> Press {
    Press::with(Means::Program(env!("CARGO_BIN_EXE_stafette").into()), 1)
}

fn stream(html: &str) -> Arc<Stream> {
    Arc::new(Stream::parse(&file(html)).unwrap())
}

fn file(html: &str) -> String {
    json!({ "stafette": 1, "name": "bomb", "title": "Bomb", "class": "operational",
        "from": { "email": "shop@example.test" }, "subject": "Hello", "html": html, "text": "Hello" })
    .to_string()
}

async fn try_out(press: &Press, html: &str, event: Value) -> Result<Made, PressError> {
    let (contact, event) = (Object::new(), event.as_object().cloned().unwrap_or_default());
    let stream = stream(html);
    let material = Material {
        stream: &stream,
        contact: &contact,
        event: &event,
        joined: &Object::new(),
        purpose: &Purpose::Mail,
        links: &Links::default(),
        recipient: "ida@example.test",
        message_id: "1@example.test",
        date: crate::world::start(),
        attachments: &[],
        test_run: None,
    };
    press.try_out(&stream, &material).await
}

/// What takes much memory at once, beyond what steps and output are bounded by; and whether a check sees it, because it is
/// made a constant when it is compiled. The others are not looked at before there is a mail.
const BOMBS: [(&str, bool); 6] = [
    ("{{ ([1] * 100000000)[::-1] | length }}", false),
    ("{{ ((1,) * 100000000) | length }}", true),
    ("{% if ('x' * 99000000) == ('y' * 99000000) %}a{% endif %}", true),
    ("{% if event.n and ('x' * 99000000) | upper %}a{% endif %}", true),
    ("{{ ((event.n,) * 90000000) | length }}", false),
    ("{% if ('ab' * 50000000) | list %}a{% endif %}", true),
];

#[tokio::test]
async fn a_bomb_is_refused_alone() {
    let press = press();
    let mut mails = JoinSet::new();
    for n in 0..40_usize {
        let press = press.clone();
        mails.spawn(async move {
            let html = if n % 7 == 3 { BOMBS[n / 7].0 } else { "<p>{{ event.n }}</p>" };
            (n, try_out(&press, html, json!({ "n": n })).await)
        });
    }
    while let Some(mail) = mails.join_next().await {
        match mail.unwrap() {
            (n, refused) if n % 7 == 3 => {
                assert_eq!(refused, Err(PressError::Broken(Reason::TooMuchMemory { mib: 64 })), "{}", BOMBS[n / 7].0);
            }
            (n, Ok(Made::Written(texts))) => assert_eq!(texts.html, format!("<p>{n}</p>")),
            (n, other) => panic!("{n}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_computes_too_long_is_ended() {
    let list: Vec<_> = (0..20_000).map(|n| format!("{:x}", n * 7_919 % 20_011)).collect();
    let html = "{% for n in range(1000) %}{% if event.list | sort | first %}{% endif %}{% endfor %}";
    let refused = try_out(&press(), html, json!({ "list": list })).await;
    assert!(matches!(refused, Err(PressError::Broken(Reason::TooMuchTime { .. }))), "{refused:?}");
}

#[tokio::test]
async fn an_event_as_large_as_they_come_is_rendered() {
    let press = press();
    let numbers = vec![1; 500_000];
    let brackets: Vec<Vec<u8>> = vec![Vec::new(); 349_000];
    let long = "ä".repeat(500_000);
    for event in [json!({ "l": numbers }), json!({ "l": brackets }), json!({ "l": long })] {
        let made = try_out(&press, "{{ event.l | length }}", event).await;
        assert!(matches!(made, Ok(Made::Written(_))), "{made:?}");
    }
}

#[tokio::test]
async fn a_check_has_the_same_fence() {
    let world = World::new(&[]).await;
    let key = world.key(&["admin"]).await;
    let mut seen = Vec::new();
    for (bomb, _) in BOMBS {
        let answer = world.post(api::path::STREAMS, &key, file(bomb)).await;
        let refused = answer.status != StatusCode::OK;
        if refused {
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (422, "template"),
                "{bomb}: {}",
                answer.text()
            );
            assert!(answer.text().contains("64 MiB"), "{bomb}: {}", answer.text());
        }
        seen.push((bomb, refused));
    }
    assert_eq!(seen, BOMBS);
}

#[tokio::test]
async fn without_a_child_nothing_is_rendered() {
    for program in ["/nonexistent", "/bin/true", "/bin/cat"] {
        let press = Press::with(Means::Program(Path::new(program).into()), 1);
        assert!(matches!(press.probe().await, Err(PressError::Away(_))), "{program}");
    }
    assert_eq!(press().probe().await, Ok(()));
}

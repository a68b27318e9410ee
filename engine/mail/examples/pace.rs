//! How fast a mail is rendered, composed, signed and handed over:
//! `cargo run --release -p mail --features transport --example pace -- smtp://127.0.0.1:2525 20000`
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program to be read off")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use mail::{Attachment, DkimKey, Envelope, HandOver, Links, Material, Templates, Transport, compose};
use program::{Object, Purpose, Stream};
use serde_json::json;

fn main() {
    let stream = include_str!("../../../programs/order-follow-up/streams/order-confirmation.yaml");
    let stream = Stream::parse(stream).unwrap();
    let lines: Vec<_> = (1..=20).map(|n| json!({"name": format!("Tea {n}"), "quantity": n, "price": 4.5})).collect();
    let event = json!({"order_id": "A-1", "total": 61.9, "currency": "EUR", "lines": lines});
    let contact: Object = json!({"email": "ada@example.test", "first_name": "Ada"}).as_object().unwrap().clone();
    let pdf =
        [Attachment { filename: "a.pdf".into(), content_type: "application/pdf".into(), bytes: vec![7; 100_000] }];
    let mut material = Material {
        stream: &stream,
        contact: &contact,
        event: event.as_object().unwrap(),
        joined: &Object::new(),
        purpose: &Purpose::Mail,
        links: &Links::default(),
        recipient: "ada@example.test",
        message_id: "0192.1@example.test",
        date: "2026-03-01T09:00:00Z".parse().unwrap(),
        attachments: &[],
        test_run: None,
    };
    time("compile", || Templates::compile(&stream).unwrap());
    let templates = Templates::compile(&stream).unwrap();
    time("render, 20 rows", || templates.render(&material).unwrap());
    let rendered = templates.render(&material).unwrap();
    let mail = compose(&material, &rendered, None).unwrap();
    time(&format!("compose, {} bytes", mail.raw.len()), || compose(&material, &rendered, None).unwrap());
    for (name, pem) in [
        ("DKIM, RSA-2048", include_str!("../tests/keys/rsa-2048.pem")),
        ("DKIM, Ed25519", include_str!("../tests/keys/ed25519.pem")),
    ] {
        let key = DkimKey::from_pem("example.test", "s1", pem).unwrap();
        time(name, || key.sign(&mail.raw, material.date).unwrap());
    }
    material.attachments = &pdf;
    time("compose with 100 kB", || compose(&material, &rendered, None).unwrap());

    let mut arguments = std::env::args().skip(1);
    let Some(url) = arguments.next() else { return };
    let count: usize = arguments.next().map_or(20_000, |n| n.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (connections, pipelining) in [(1, "on"), (1, "off"), (4, "on"), (8, "on"), (8, "off"), (16, "on")] {
        let url = format!("{url}?connections={connections}&pipelining={pipelining}&messages=1000000");
        let transport = Transport::parse(&url).unwrap();
        let took = runtime.block_on(flood(transport, connections, count));
        println!(
            "{connections:>3} connections, pipelining {pipelining:>3}: {:.0} mails/s",
            count as f64 / took.as_secs_f64()
        );
    }
}

/// Best and median of thirty rounds; on a busy machine the best says what the work costs.
fn time<T>(what: &str, mut work: impl FnMut() -> T) {
    let mut rounds: Vec<_> = (0..30)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..30 {
                std::hint::black_box(work());
            }
            start.elapsed() / 30
        })
        .collect();
    rounds.sort();
    println!("{what:<24} {:>9.1?} (median {:.1?})", rounds[0], rounds[15]);
}

/// Hands over mails of 2 KB from as many tasks as there are connections.
async fn flood(transport: Transport, tasks: usize, count: usize) -> Duration {
    let raw: Arc<[u8]> =
        format!("Subject: x\r\n\r\n{}", format!("{}\r\n", "x".repeat(60)).repeat(32)).into_bytes().into();
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (transport, raw, next) = (transport.clone(), raw.clone(), next.clone());
            tokio::spawn(async move {
                while next.fetch_add(1, Ordering::Relaxed) < count {
                    let mut connection = transport.connection().await.unwrap();
                    let envelope = Envelope { from: "shop@example.test", to: "ada@example.test", size: raw.len() };
                    connection.begin(&envelope).await.unwrap();
                    let outcome = connection.data(&raw).await;
                    assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    start.elapsed()
}

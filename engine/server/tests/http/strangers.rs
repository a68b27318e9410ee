//! What strangers send: packed, doubled, misspelt, from elsewhere, and again and again.

use std::io::Write as _;

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::{Answer, As, World, request};

const EVENT: &str = r#"{"type":"order.placed","contact":{"external_id":"1"},"data":{"n":1}}"#;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

async fn packed(world: &World, key: &As, coding: &str, body: Vec<u8>) -> Answer {
    let request = request("POST", api::path::EVENTS, key).header("content-encoding", coding);
    world.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn packed_bodies_are_unpacked_within_bounds_or_refused() {
    let world = World::new(&[]).await;
    let key = world.key(&["events:write"]).await;
    assert_eq!(packed(&world, &key, "gzip", gzip(EVENT.as_bytes())).await.status, StatusCode::ACCEPTED);
    assert_eq!(packed(&world, &key, "identity", EVENT.into()).await.status, StatusCode::ACCEPTED);
    let unknown = packed(&world, &key, "br", EVENT.into()).await;
    assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (415, "unsupported_coding"));
    assert_eq!(unknown.header("accept-encoding"), "gzip");
    let bomb = gzip(&vec![b' '; 200 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(packed(&world, &key, "gzip", bomb).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let (mut cut, plain) = (gzip(EVENT.as_bytes()), EVENT.as_bytes().to_vec());
    cut.truncate(cut.len() / 2);
    for wrong in [cut, plain] {
        assert_eq!(packed(&world, &key, "gzip", wrong).await.status, StatusCode::BAD_REQUEST);
    }
}

/// What is read becomes many times as large where it is nothing but values.
#[tokio::test]
async fn many_values_weigh_more_than_their_bytes() {
    let world = World::new(&[]).await;
    let key = world.key(&["events:write"]).await;
    let event = |values: usize| {
        let data = vec!["0"; values].join(",");
        format!(r#"{{"type":"a","contact":{{"external_id":"1"}},"data":{{"d":[{data}]}}}}"#)
    };
    // The largest event there may be; the values of three take 38 MB.
    assert_eq!(world.post(api::path::EVENTS, &key, event(500_000)).await.status, StatusCode::ACCEPTED);
    let several = format!("[{}]", vec![event(400_000); 3].join(","));
    let answer = world.post(api::path::EVENTS, &key, several.clone()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large".into()));
    assert!(answer.text().contains("too many values"), "{}", answer.text());
    let answer = packed(&world, &key, "gzip", gzip(several.as_bytes())).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large".into()));
    let text = format!(r#"{{"type":"a","contact":{{"external_id":"1"}},"data":{{"d":"{}"}}}}"#, "x".repeat(900_000));
    let answer = world.post(api::path::EVENTS, &key, format!("[{}]", vec![text; 12].join(","))).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
}

#[tokio::test]
async fn keys_that_come_twice_are_refused_with_their_place() {
    let world = World::new(&[]).await;
    let (key, admin) = (world.key(&["events:write"]).await, world.key(&["admin"]).await);
    let twice = r#"[{"type":"a","contact":{"external_id":"1"},"data":{"x":[{"y":1,"y":2}]}},
        {"type":"a","contact":{"external_id":"1"}}]"#;
    let answer = world.post(api::path::EVENTS, &key, twice).await.json();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(1)), "{answer}");
    let refused = &answer["results"][0];
    assert_eq!((&refused["code"], &refused["field"]), (&json!("duplicate_key"), &json!("data.x[0].y")));
    let answer = world.post(api::path::KEYS, &admin, r#"{"name":"a","name":"b","scopes":["read"]}"#).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "duplicate_key"));
    assert_eq!(answer.json()["errors"][0]["field"], "name");
    // Some editors mark UTF-8.
    let marked = format!("\u{feff}{EVENT}");
    assert_eq!(world.post(api::path::EVENTS, &key, marked).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_does_not_fit_is_told_without_a_line_that_nobody_has() {
    let world = World::new(&[]).await;
    let key = world.key(&["events:write", "admin"]).await;
    for (path, body) in [
        (api::path::EVENTS, r#"{"type":"a","contact":{"external_id":"1"},"data":[]}"#),
        (api::path::KEYS, r#"{"name":5,"scopes":["read"]}"#),
    ] {
        let answer = world.post(path, &key, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(!answer.text().contains("at line"), "{}", answer.text());
    }
}

#[tokio::test]
async fn queries_that_nobody_knows_are_refused_by_name() {
    let world = World::new(&[]).await;
    let key = world.key(&["read"]).await;
    for (query, told) in
        [("limits=3", "\"limits\""), ("limit=3&limit=4", "comes twice"), ("limit=3&Limit=3", "\"Limit\"")]
    {
        let answer = world.get(&format!("{}?{query}", api::path::EVENTS), &key).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "bad_request"), "{query}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(told), "{}", answer.text());
    }
    assert_eq!(world.get(&format!("{}?limit=3", api::path::EVENTS), &key).await.status, StatusCode::OK);
    // Links in mails are passed on with what others add to them.
    let answer = world.get("/r/none?score=1&score=2&utm_source=x", &As::Nobody).await;
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.text());
}

#[tokio::test]
async fn answers_say_who_may_keep_them() {
    let world = World::new(&["--public-url", "https://mail.example"]).await;
    let key = world.key(&["read"]).await;
    let answer = world.get(api::path::CONTACTS, &key).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    let plain = World::new(&[]).await;
    let answer = plain.get("/healthz", &As::Nobody).await;
    assert!(!answer.headers.contains_key("strict-transport-security"));
    for path in ["/health", "/version", "/ready/"] {
        assert_eq!(plain.get(path, &As::Nobody).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(plain.get("/programs", &As::Nobody).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_proxy_on_this_machine_opens_no_metrics() {
    let metrics = async |world: &World, host: &str, more: &str| {
        let mut stream = TcpStream::connect(world.server.addr).await.unwrap();
        let ask = format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\n{more}connection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    let alone = World::new(&[]).await;
    assert_eq!(metrics(&alone, "127.0.0.1:8080", "").await, 200);
    assert_eq!(metrics(&alone, "mail.example", "").await, 401);
    assert_eq!(metrics(&alone, "localhost", "x-forwarded-for: 192.0.2.1\r\n").await, 401);
    // It passes on the name by which it asks, and says nothing of itself; whoever said where links lead.
    alone.server.app().links.move_to("https://mail.example");
    assert_eq!(metrics(&alone, "127.0.0.1:8080", "").await, 401);
    let behind = World::new(&["--public-url", "https://mail.example"]).await;
    assert_eq!(metrics(&behind, "127.0.0.1:8080", "").await, 401);
    let told = World::new(&["--public-url", "https://mail.example", "--trust-forwarded"]).await;
    assert_eq!(metrics(&told, "127.0.0.1:8080", "").await, 200);
}

/// Signs in from an address, with lines of X-Forwarded-For.
async fn sign_in(world: &World, lines: &[&str], email: &str, password: &str) -> u16 {
    let body: Value = json!({ "email": email, "password": password });
    let mut request = request("POST", api::path::SESSION, &As::Nobody);
    for line in lines {
        request = request.header("x-forwarded-for", *line);
    }
    world.ask(request.body(Body::from(body.to_string())).unwrap()).await.status.as_u16()
}

#[tokio::test]
async fn strangers_who_guess_do_not_lock_the_owner_out() {
    const GOOD: &str = "correct horse battery";
    let world = World::new(&["--trust-forwarded"]).await;
    world.user().await;
    let owner = "ida@example.org";
    assert_eq!(sign_in(&world, &["192.0.2.1"], owner, GOOD).await, 200);
    // What the client claims in lines of its own does not count, and spellings are one account.
    for n in 0..12 {
        let claimed = format!("10.0.0.{n}");
        let spelt = format!("{}{owner}", " ".repeat(n));
        let status = sign_in(&world, &[&claimed, "198.51.100.9"], &spelt, "wrong horse battery").await;
        assert_eq!(status, if n < 10 { 401 } else { 429 }, "{n}");
    }
    // From many addresses the account's own limit is met, also with the right password, but not by its owner.
    let mut refused = 0;
    for n in 0..120 {
        let ip = format!("2001:db8:{n}::1");
        refused += u32::from(sign_in(&world, &[&ip], owner, &"x".repeat(2_000)).await == 429);
    }
    assert!((20..=40).contains(&refused), "{refused}");
    assert_eq!(sign_in(&world, &["203.0.113.5"], owner, GOOD).await, 429);
    assert_eq!(sign_in(&world, &["192.0.2.1"], owner, GOOD).await, 200);
    world.hands.advance(TimeDelta::minutes(1));
    assert_eq!(sign_in(&world, &["203.0.113.5"], owner, GOOD).await, 200);
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    let world = World::new(&["--rate-limit", "2"]).await;
    let key = world.key(&["read"]).await;
    for _ in 0..2 {
        assert_eq!(world.get(api::path::EVENTS, &key).await.status, StatusCode::OK);
    }
    world.hands.advance(TimeDelta::minutes(-15));
    assert_eq!(world.get(api::path::EVENTS, &key).await.status, StatusCode::TOO_MANY_REQUESTS);
    world.hands.advance(TimeDelta::seconds(30));
    assert_eq!(world.get(api::path::EVENTS, &key).await.status, StatusCode::OK);
}

/// Who asks for another language is refused in it; who writes programs goes by the code.
#[tokio::test]
async fn refusals_speak_the_callers_language() {
    let world = World::new(&[]).await;
    let key = world.key(&["read"]).await;
    for (accepted, path, title, language) in [
        (None, "/api/v1/programs/nothing", "Not found", Some("en")),
        (Some("it, de-CH;q=0.9, en;q=0.8"), "/api/v1/programs/nothing", "Nicht gefunden", Some("de")),
        (Some("de;q=0.2, fr;q=0.7"), "/api/v1/programs/nothing", "Introuvable", Some("fr")),
        // What is wrong with a query is told in English.
        (Some("de"), "/api/v1/programs?limit=many", "Die Anfrage ist nicht zu verstehen", None),
    ] {
        let mut asked = request("GET", path, &key);
        if let Some(accepted) = accepted {
            asked = asked.header("accept-language", accepted);
        }
        let answer = world.ask(asked.body(Body::empty()).unwrap()).await;
        let said = (answer.json()["title"].as_str().map(str::to_owned), answer.headers.get("content-language"));
        assert_eq!(said, (Some(title.to_owned()), language.map(|of| of.parse().unwrap()).as_ref()), "{accepted:?}");
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "accept-language"), "{accepted:?}");
    }
}

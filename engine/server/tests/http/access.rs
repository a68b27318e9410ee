//! Who may do what: every route refuses strangers, foreign pages and keys of another scope.

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use serde_json::json;
use server::access::{Rights, key::Scope};

use crate::{
    openapi::operations,
    world::{As, World, request},
};

/// Everybody may call these; each one checks for itself what must be checked.
const OPEN: [(&str, &str); 8] = [
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/r/{link}"),
    ("POST", "/r/{link}"),
    ("GET", api::path::SESSION),
    ("POST", api::path::SESSION),
    ("POST", api::path::SETUP),
    ("GET", api::path::OPENAPI),
];

#[tokio::test]
async fn strangers_and_foreign_pages_are_refused() {
    let world = World::new(&[]).await;
    let user = world.user().await;
    for (method, template, path) in operations() {
        if !OPEN.contains(&(method.as_str(), template.as_str())) {
            let anonymous = world.ask(request(&method, &path, &As::Nobody).body(Body::empty()).unwrap()).await;
            assert_eq!(
                (anonymous.status.as_u16(), anonymous.code().as_str()),
                (401, "unauthorized"),
                "{method} {path}"
            );
            assert!(anonymous.header("www-authenticate").starts_with("Bearer"));
            let wrong = As::Key(format!("stf_live_{}_{}", "0".repeat(32), "0".repeat(64)));
            let wrong = world.ask(request(&method, &path, &wrong).body(Body::empty()).unwrap()).await;
            assert_eq!(wrong.status.as_u16(), 401, "{method} {path}");
        }
        if method != "GET" {
            for (name, value) in
                [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")]
            {
                let foreign = request(&method, &path, &user).header(name, value).body(Body::empty()).unwrap();
                let foreign = world.ask(foreign).await;
                assert_eq!(
                    (foreign.status.as_u16(), foreign.code().as_str()),
                    (403, "foreign_origin"),
                    "{method} {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_a_form_of_a_page_sends_is_taken_by_forms_only() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let world = World::new(&[]).await;
    let (user, admin) = (world.user().await, world.key(&["admin"]).await);
    let document = serde_json::to_value(server::http::document()).unwrap();
    let (mut seen, mut forms) = (0, Vec::new());
    for (method, template, path) in operations() {
        let body = &document["paths"][&template][method.to_lowercase()]["requestBody"];
        let Some(content) = body["content"].as_object() else { continue };
        let status = async |who: &As, kind: Option<&str>| {
            let request = kind.iter().fold(request(&method, &path, who), |it, kind| it.header("content-type", *kind));
            let answer = world.ask(request.body(Body::from("{}")).unwrap()).await;
            (answer.status != StatusCode::UNSUPPORTED_MEDIA_TYPE).then_some(()).ok_or_else(|| answer.code())
        };
        if content.contains_key(FORM) {
            forms.push(template);
            continue;
        }
        for kind in [FORM, "Application/X-WWW-Form-Urlencoded; charset=utf-8", "multipart/form-data; boundary=x"] {
            assert_eq!(status(&user, Some(kind)).await, Err("unsupported_type".into()), "{method} {path} {kind}");
            // No page sends a key; curl calls all that it sends a form.
            assert_eq!(status(&admin, Some(kind)).await, Ok(()), "{method} {path} {kind}");
        }
        for kind in [None, Some("application/json"), Some("application/yaml"), Some("text/plain"), Some("a/b")] {
            assert_eq!(status(&user, kind).await, Ok(()), "{method} {path} {kind:?}");
        }
        seen += 1;
    }
    assert!(seen >= 20, "{seen}");
    assert_eq!(forms, ["/api/v1/streams/{stream}/preview/html", "/r/{link}"]);
}

/// Who has the right that the table names gets past the door, and nobody else does.
#[tokio::test]
async fn every_route_asks_for_the_right_of_its_line() {
    let world = World::new(&["--rate-limit", "0"]).await;
    let mut callers = vec![(As::Nobody, None)];
    for scopes in [&["events:write"][..], &["read"], &["read", "events:write"], &["admin"]] {
        let known = scopes.iter().filter_map(|scope| Scope::parse(scope));
        callers.push((world.key(scopes).await, Some(Rights::of(known))));
    }
    let table = server::http::operations();
    assert_eq!(table.len(), operations().len());
    let mut refused = 0;
    for (method, template, path) in operations() {
        let line = table.iter().find(|line| line.method.as_str() == method && line.path == template).unwrap();
        assert_eq!(line.access.right().is_none(), OPEN.contains(&(&method, &template)), "{method} {path}");
        for (who, rights) in &callers {
            let answer = world.open(request(&method, &path, who).body(Body::from("{")).unwrap()).await;
            let status = answer.status();
            // The live feed has no end; what lets somebody in need not be read.
            let body = match status.is_success() {
                true => Vec::new(),
                false => axum::body::to_bytes(answer.into_body(), 64 << 10).await.unwrap().to_vec(),
            };
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let expected = match (line.access.right(), rights) {
                (None, _) => None,
                (Some(_), None) => Some((401, "unauthorized")),
                (Some(right), Some(rights)) if rights.has(right) => None,
                (Some(_), Some(_)) => Some((403, "missing_scope")),
            };
            let door = (status.as_u16(), problem["code"].as_str().unwrap_or_default());
            match expected {
                Some(expected) => assert_eq!(door, expected, "{method} {path} {who:?}"),
                // An open route may refuse what is sent, but nobody for lack of a scope.
                None => assert!(
                    door.1 != "missing_scope" && (line.access.right().is_none() || door.0 != 401),
                    "{method} {path} {who:?}: {door:?}"
                ),
            }
            refused += u32::from(expected.is_some());
        }
    }
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let world = World::new(&[]).await;
    let (writer, reader, admin) =
        (world.key(&["events:write"]).await, world.key(&["read"]).await, world.key(&["admin"]).await);
    let event = json!({ "type": "a", "contact": { "external_id": "1" } }).to_string();
    for (key, path, body, status) in [
        (&writer, api::path::EVENTS, Some(&event), 202),
        (&writer, api::path::EVENTS, None, 403),
        (&writer, api::path::KEYS, None, 403),
        (&reader, api::path::EVENTS, Some(&event), 403),
        (&reader, api::path::EVENTS, None, 200),
        (&reader, api::path::KEYS, None, 403),
        (&reader, "/metrics", None, 200),
        (&writer, "/metrics", None, 403),
        (&admin, api::path::EVENTS, Some(&event), 202),
        (&admin, api::path::EVENTS, None, 200),
        (&admin, api::path::KEYS, None, 200),
    ] {
        let answer = match body {
            Some(body) => world.post(path, key, body.clone()).await,
            None => world.get(path, key).await,
        };
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_can_be_revoked() {
    let world = World::new(&[]).await;
    let admin = world.key(&["admin"]).await;
    let form = json!({ "name": "shop", "scopes": ["events:write"] }).to_string();
    let created = world.post(api::path::KEYS, &admin, form).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    let created = created.json();
    let text = created["key"].as_str().unwrap().to_string();
    let list = world.get(api::path::KEYS, &admin).await.text();
    assert!(list.contains("shop") && !list.contains(&text) && !list.contains(&text[text.len() - 64..]));

    let key = As::Key(text);
    let event = json!({ "type": "a", "contact": { "external_id": "1" } }).to_string();
    assert_eq!(world.post(api::path::EVENTS, &key, event.clone()).await.status, StatusCode::ACCEPTED);
    let path = format!("{}/{}", api::path::KEYS, created["id"].as_str().unwrap());
    let revoked = world.ask(request("DELETE", &path, &admin).body(Body::empty()).unwrap()).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT, "{}", revoked.text());
    assert_eq!(world.post(api::path::EVENTS, &key, event).await.status, StatusCode::UNAUTHORIZED);

    for (form, code) in [
        (json!({ "name": "", "scopes": ["read"] }), "name"),
        (json!({ "name": "a", "scopes": [] }), "scopes"),
        (json!({ "name": "a", "scopes": ["root"] }), "scopes"),
        (json!({ "name": "a", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z" }), "expires_at"),
    ] {
        let answer = world.post(api::path::KEYS, &admin, form.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, code));
    }
}

#[tokio::test]
async fn a_key_that_expires_is_refused() {
    let world = World::new(&[]).await;
    let admin = world.key(&["admin"]).await;
    let form = json!({ "name": "short", "scopes": ["read"], "expires_at": "2026-03-01T09:00:02Z" }).to_string();
    let key = As::Key(world.post(api::path::KEYS, &admin, form).await.json()["key"].as_str().unwrap().into());
    assert_eq!(world.get(api::path::EVENTS, &key).await.status, StatusCode::OK);
    world.hands.advance(TimeDelta::seconds(3));
    assert_eq!(world.get(api::path::EVENTS, &key).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_rate_of_a_key_is_limited() {
    let world = World::new(&["--rate-limit", "3"]).await;
    let (key, other) = (world.key(&["read"]).await, world.key(&["read"]).await);
    for left in ["2", "1", "0"] {
        let answer = world.get(api::path::EVENTS, &key).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("3", left));
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
    }
    let refused = world.get(api::path::EVENTS, &key).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "rate_limited"));
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit-remaining")), ("20", "0"));
    assert_eq!(world.get(api::path::EVENTS, &other).await.status, StatusCode::OK);
    world.hands.advance(TimeDelta::seconds(19));
    assert_eq!(world.get(api::path::EVENTS, &key).await.status.as_u16(), 429);
    world.hands.advance(TimeDelta::seconds(1));
    assert_eq!(world.get(api::path::EVENTS, &key).await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_keep_their_id() {
    let world = World::new(&[]).await;
    for (given, kept) in [("abc-1.2_3", true), ("two words", false), (&*"x".repeat(65), false)] {
        let request = request("GET", "/healthz", &As::Nobody).header("x-request-id", given);
        let answer = world.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("x-request-id") == given, kept, "{given}");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

//! Who changed what: every call that changes something leaves a row, and nothing else does.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use server::http::audit::WITHOUT;
use store::{ActorKind, Audit, AuditFilter, Paging};

use crate::{
    openapi::operations,
    world::{As, World, request},
};

/// All rows, the newest first.
async fn rows(world: &World) -> Vec<Audit> {
    let paging = Paging { after: None, limit: 200 };
    let store = &world.server.app().store;
    store.audit(program::WorkspaceId::DEFAULT, &AuditFilter::default(), &paging).await.unwrap().items
}

async fn list(world: &World, who: &As, query: &str) -> Vec<Value> {
    let answer = world.get(&format!("{}?{query}", api::path::AUDIT), who).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_change_leaves_a_row() {
    let world = World::new(&["--rate-limit", "0"]).await;
    let admin = world.key(&["admin"]).await;
    let table = server::http::operations();
    let mut without: BTreeSet<_> = WITHOUT.iter().map(|(id, _)| *id).collect();
    let mut seen = 0;
    for (method, template, path) in operations() {
        let id = &table.iter().find(|line| line.method.as_str() == method && line.path == template).unwrap().id;
        let before = rows(&world).await.len();
        let answer = world.open(request(&method, &path, &admin).body(Body::from("{}")).unwrap()).await;
        let rows = rows(&world).await;
        if method == Method::GET.as_str() || without.remove(id.as_str()) {
            assert_eq!(rows.len(), before, "{id}");
            continue;
        }
        assert_eq!(rows.len(), before + 1, "{id} leaves no row");
        let row = &rows[0];
        assert_eq!((&row.action, row.status), (id, Some(answer.status().as_u16())), "{row:?}");
        assert_eq!(row.address.as_deref(), Some("192.0.2.7"));
        let known = ![api::path::SESSION, api::path::SETUP].contains(&template.as_str()) || method == "DELETE";
        let kind = if known { ActorKind::Key } else { ActorKind::Stranger };
        assert_eq!((row.actor.kind, row.actor.name.as_deref()), (kind, known.then_some("test")), "{id}");
        // What the path names is what was changed.
        assert_eq!(row.target.is_some(), template.contains('{'), "{id}: {row:?}");
        seen += 1;
    }
    assert!(seen >= 25, "{seen}");
    assert!(without.is_empty(), "there are no such operations: {without:?}");
    assert!(WITHOUT.iter().all(|(_, reason)| !reason.is_empty()));
}

#[tokio::test]
async fn a_row_says_who_did_what_to_what_and_no_secret() {
    let world = World::new(&[]).await;
    let user = world.user().await;
    let form = json!({ "name": "shop", "scopes": ["events:write"] }).to_string();
    let created = world.post(api::path::KEYS, &user, form).await.json();
    let (key, id) = (created["key"].as_str().unwrap(), created["id"].as_str().unwrap());
    world.hands.advance(TimeDelta::hours(1));
    let revoke = request("DELETE", &format!("{}/{id}", api::path::KEYS), &user).body(Body::empty()).unwrap();
    assert_eq!(world.ask(revoke).await.status, StatusCode::NO_CONTENT);

    let all = world.get(api::path::AUDIT, &user).await.text();
    assert!(!all.contains(&key[key.len() - 64..]) && !all.contains("correct horse"), "{all}");
    let found = list(&world, &user, "target=shop").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["action"], &found[0]["status"], &found[0]["actor"]["kind"], &found[0]["actor"]["name"]),
        (&json!("create_key"), &json!(201), &json!("person"), &json!("ida@example.org"))
    );
    assert_eq!(found[0]["target"], json!({ "kind": "key", "id": id, "name": "shop" }));
    let found = list(&world, &user, &format!("actor=ida@example.org&target={id}")).await;
    assert_eq!((found.len(), &found[0]["action"]), (1, &json!("revoke_key")));
    let actions = |found: Vec<Value>| -> Vec<String> {
        found.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(actions(list(&world, &user, "").await), ["revoke_key", "create_key", "create_first_user"]);
    assert_eq!(actions(list(&world, &user, "from=2026-03-01T09:30:00Z").await), ["revoke_key"]);
    assert_eq!(actions(list(&world, &user, "to=2026-03-01T09:30:00Z").await), ["create_key", "create_first_user"]);
    assert_eq!(actions(list(&world, &user, "actor=nobody").await), [""; 0]);
    // Page by page.
    let first = world.get(&format!("{}?limit=2", api::path::AUDIT), &user).await.json();
    let next = list(&world, &user, &format!("limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(actions(next), ["create_first_user"]);
    // It is for those who decide.
    let reader = world.key(&["read"]).await;
    assert_eq!(world.get(api::path::AUDIT, &reader).await.code(), "missing_scope");
}

#[tokio::test]
async fn attempts_to_sign_in_leave_rows_up_to_their_limit() {
    let world = World::new(&[]).await;
    world.user().await;
    let sign_in = |password: &str| json!({ "email": "ida@example.org", "password": password }).to_string();
    for _ in 0..20 {
        world.post(api::path::SESSION, &As::Nobody, sign_in("wrong horse battery")).await;
    }
    let before = rows(&world).await;
    let wrong: Vec<_> = before.iter().filter(|row| row.action == "create_session").collect();
    // One of the ten attempts of a minute made the first user; those beyond leave nothing.
    assert_eq!(wrong.len(), 9, "{wrong:?}");
    for row in wrong {
        assert_eq!((row.status, row.actor.kind), (Some(401), ActorKind::Stranger));
        assert_eq!(row.target.as_ref().unwrap().name, "ida@example.org");
    }
    world.hands.advance(TimeDelta::minutes(2));
    let answer = world.post(api::path::SESSION, &As::Nobody, sign_in("correct horse battery")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let row = &rows(&world).await[0];
    assert_eq!((row.status, row.actor.kind), (Some(200), ActorKind::Person));
    assert_eq!(row.actor.name.as_deref(), Some("ida@example.org"));
    // Whoever is turned away at the door leaves none.
    let before = rows(&world).await.len();
    let (nobody, reader) = (As::Nobody, world.key(&["read"]).await);
    for who in [&nobody, &reader] {
        let refused = world.post(api::path::KEYS, who, "{}").await;
        assert!([401, 403].contains(&refused.status.as_u16()));
    }
    assert_eq!(rows(&world).await.len(), before);
}

/// What was begun may be done, though nobody heard of it.
#[tokio::test]
async fn a_call_that_nobody_waits_for_leaves_a_row() {
    let world = World::new(&[]).await;
    let admin = world.key(&["admin"]).await;
    // From now on the key is known without a look.
    assert_eq!(world.get(api::path::KEYS, &admin).await.status, StatusCode::OK);
    for name in ["one", "two", "three"] {
        let form = json!({ "name": name, "scopes": ["read"] }).to_string();
        let mut call = Box::pin(world.post(api::path::KEYS, &admin, form));
        // Polled once, so that it waits for the database, and dropped.
        let begun = std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context)));
        assert!(begun.await.is_pending(), "it was answered at once");
    }
    let row = async {
        loop {
            if let Some(row) = rows(&world).await.into_iter().find(|row| row.status.is_none()) {
                return row;
            }
        }
    };
    let row = tokio::time::timeout(std::time::Duration::from_secs(10), row).await.expect("no row was written");
    assert_eq!((row.action.as_str(), row.actor.name.as_deref()), ("create_key", Some("test")));
}

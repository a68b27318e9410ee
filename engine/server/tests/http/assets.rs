//! The web app's page and files, with the bundle or without.

use axum::{body::Body, http::StatusCode};

use crate::world::{As, World, request};

#[tokio::test]
async fn every_address_of_the_app_is_its_page() {
    let world = World::new(&[]).await;
    let mut nonces = Vec::new();
    for path in ["/", "/programs/order-follow-up", "/setup?token=1"] {
        let page = world.get(path, &As::Nobody).await;
        assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-cache"), "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.text().contains("Stafette") && !page.text().contains("__NONCE__"));
        let policy = page.header("content-security-policy").to_string();
        let nonce = policy.split_once("'nonce-").unwrap().1.split_once('\'').unwrap().0.to_string();
        assert!(nonce.len() >= 32 && !nonces.contains(&nonce), "{policy}");
        for part in ["default-src 'none'", "'strict-dynamic'", "'wasm-unsafe-eval'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        nonces.push(nonce);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let world = World::new(&[]).await;
    let api = world.get("/api/v1/nothing", &As::Nobody).await;
    assert_eq!((api.status.as_u16(), api.code().as_str()), (404, "not_found"));
    assert_eq!(world.get("/web-0123456789abcdef.js", &As::Nobody).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/../Cargo.toml", &As::Nobody).await.status, StatusCode::NOT_FOUND);
    let method = world.ask(request("PUT", api::path::EVENTS, &As::Nobody).body(Body::empty()).unwrap()).await;
    assert_eq!((method.status.as_u16(), method.code().as_str()), (405, "method_not_allowed"));
    assert!(method.header("allow").contains("POST"));
}

#[tokio::test]
async fn other_roles_answer_only_machines() {
    let world = World::new(&["--roles", "runner,duties"]).await;
    let ready = world.get("/readyz", &As::Nobody).await;
    assert_eq!(ready.json()["roles"], serde_json::json!(["runner", "duties"]));
    assert_eq!(world.get("/healthz", &As::Nobody).await.text(), "ok\n");
    assert_eq!(world.get("/", &As::Nobody).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(api::path::EVENTS, &As::Nobody).await.status, StatusCode::NOT_FOUND);
}

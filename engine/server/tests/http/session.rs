//! The first user, signing in and signing out.

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use serde_json::json;

use crate::world::{As, World, request};

const SESSION: &str = api::path::SESSION;

fn sign_in(password: &str) -> String {
    json!({ "email": "IDA@example.org", "password": password }).to_string()
}

#[tokio::test]
async fn the_link_of_the_first_start_works_once() {
    let world = World::new(&[]).await;
    assert_eq!(world.get(SESSION, &As::Nobody).await.json()["needs_setup"], json!(true));
    let form = |token: &str, email: &str, password: &str| {
        json!({ "token": token, "email": email, "password": password }).to_string()
    };
    let (token, good) = (world.setup_token(), "correct horse battery");
    for (form, status, code) in [
        (form("0", "ida@example.org", good), 401, "unauthorized"),
        (form(&token, "ida", good), 422, "email"),
        (form(&token, "ida@example.org", "short"), 422, "password"),
    ] {
        let answer = world.post(api::path::SETUP, &As::Nobody, form).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{}", answer.text());
    }
    let user = world.user().await;
    let session = world.get(SESSION, &user).await.json();
    assert_eq!((&session["email"], &session["needs_setup"]), (&json!("ida@example.org"), &json!(false)));
    let again = world.post(api::path::SETUP, &As::Nobody, form(&token, "eve@example.org", good)).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_link_is_good_for_a_day() {
    let world = World::new(&[]).await;
    world.hands.advance(TimeDelta::hours(24));
    let form = json!({ "token": world.setup_token(), "email": "ida@example.org", "password": "correct horse battery" });
    let answer = world.post(api::path::SETUP, &As::Nobody, form.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_in_and_out() {
    let world = World::new(&[]).await;
    let first = world.user().await;
    let wrong = world.post(SESSION, &As::Nobody, sign_in("wrong horse battery")).await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (401, "unauthorized"));
    let answer = world.post(SESSION, &first, sign_in("correct horse battery")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"));
    let second = As::Cookie(answer.cookie());
    // The token changed at signing in, and the one before is gone.
    assert_eq!(world.get(api::path::EVENTS, &first).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get(api::path::EVENTS, &second).await.status, StatusCode::OK);
    assert_eq!(world.get(api::path::KEYS, &second).await.status, StatusCode::OK);

    let out = world.ask(request("DELETE", SESSION, &second).body(Body::empty()).unwrap()).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT, "{}", out.text());
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(world.get(api::path::EVENTS, &second).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_is_renewed_when_used() {
    let world = World::new(&["--public-url", "https://mail.example"]).await;
    let user = world.user().await;
    let As::Cookie(text) = &user else { panic!() };
    assert!(text.starts_with("__Host-stafette="), "{text}");
    // Used every few hours it lasts; the cookie stays the same.
    for hours in [5, 6, 11] {
        world.hands.advance(TimeDelta::hours(hours));
        let answer = world.get(api::path::EVENTS, &user).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::OK, ""), "{hours}");
    }
    let forged = As::Cookie(format!("{text}9"));
    assert_eq!(world.get(api::path::EVENTS, &forged).await.status, StatusCode::UNAUTHORIZED);
    world.hands.advance(TimeDelta::hours(12));
    assert_eq!(world.get(api::path::EVENTS, &user).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited() {
    let world = World::new(&[]).await;
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        last = world.post(SESSION, &As::Nobody, sign_in("wrong horse battery")).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

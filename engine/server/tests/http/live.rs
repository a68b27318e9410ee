//! The live feed.

use axum::{body::Body, http::StatusCode};
use chrono::TimeDelta;
use tokio_stream::StreamExt;

use crate::{
    cli::{err, stafette},
    world::{As, World, request, start},
};

/// Reads a stream of events until it holds this text.
async fn read_until(
    stream: &mut (impl tokio_stream::Stream<Item = Result<axum::body::Bytes, axum::Error>> + Unpin),
    text: &str,
) -> String {
    let mut seen = String::new();
    let read = async {
        while !seen.contains(text) {
            let chunk = stream.next().await.unwrap_or_else(|| panic!("ended after {seen}")).unwrap();
            seen.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(10), read).await;
    assert!(waited.is_ok(), "{text} did not come");
    seen
}

#[tokio::test]
async fn what_happens_is_told_as_it_happens() {
    let world = World::new(&["--example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    let wrong = world.get(&format!("{}?program=none", api::path::LIVE), &reader).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let path = format!("{}?program=order-follow-up", api::path::LIVE);
    let response = world.open(request("GET", &path, &reader).body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    read_until(&mut stream, ": open").await;
    world.order(&writer, "ida@example.org", "1").await;
    let seen = read_until(&mut stream, "\"state\":\"sent\"").await;
    for part in ["event: item", "\"node\":\"placed\"", "\"to\":\"pause\"", "\"contact\":\"ida@example.org\""] {
        assert!(seen.contains(part), "{part} is not in {seen}");
    }
    // The end of the server is the end of the stream.
    world.server.app().live.close();
    let rest = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next()).await.unwrap();
    assert!(rest.is_none(), "{rest:?}");
}

/// Somebody who listens until the server ends it.
struct Feed(axum::body::BodyDataStream);

impl Feed {
    async fn of(world: &World, who: &As) -> Self {
        let response = world.open(request("GET", api::path::LIVE, who).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{who:?}");
        let mut stream = response.into_body().into_data_stream();
        read_until(&mut stream, ": open").await;
        Self(stream)
    }

    /// Waits for its end.
    async fn ended(mut self, of: &str) {
        let rest = async { while self.0.next().await.is_some() {} };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(120), rest).await;
        assert!(waited.is_ok(), "the feed of {of} goes on");
    }

    /// It has not ended so far.
    async fn goes_on(&mut self, of: &str) {
        while let Ok(chunk) = tokio::time::timeout(std::time::Duration::ZERO, self.0.next()).await {
            assert!(chunk.is_some(), "the feed of {of} has ended");
        }
    }
}

async fn command(world: &World, args: &[&str]) {
    let data = world.data.path().to_str().unwrap();
    let args: Vec<String> = args.iter().chain(&["--data", data]).map(ToString::to_string).collect();
    let run = move || stafette(&args.iter().map(String::as_str).collect::<Vec<_>>(), "");
    let done = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(done.status.success(), "{}", err(&done));
}

/// However the pass ends, and whoever ends it, what it listens to ends, and nothing else.
#[tokio::test]
async fn a_feed_ends_with_its_pass() {
    let world = World::new(&[]).await;
    let (id, revoked) = world.key_until(&["read"], None).await;
    let (_, expires) = world.key_until(&["read"], Some(start() + TimeDelta::hours(2))).await;
    let (stays, user) = (world.key(&["read"]).await, world.user().await);
    let sign_in = serde_json::json!({ "email": "ida@example.org", "password": "correct horse battery" });
    let answer = world.post(api::path::SESSION, &As::Nobody, sign_in.to_string()).await;
    let second = As::Cookie(answer.cookie());
    let mut feed = Feed::of(&world, &stays).await;
    let [of_revoked, of_expiring, of_leaving, mut of_deleted] = [
        Feed::of(&world, &revoked).await,
        Feed::of(&world, &expires).await,
        Feed::of(&world, &second).await,
        Feed::of(&world, &user).await,
    ];
    // Who signs out ends what that session listens to, and no other session of the same person.
    let out = world.ask(request("DELETE", api::path::SESSION, &second).body(Body::empty()).unwrap()).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT, "{}", out.text());
    of_leaving.ended("a session that was left").await;
    of_deleted.goes_on("another session").await;
    // By another process, which this one hears nothing of; and by the clock.
    command(&world, &["keys", "revoke", &id.uuid().to_string()]).await;
    command(&world, &["users", "delete", "ida@example.org"]).await;
    world.hands.advance(TimeDelta::hours(3));
    tokio::join!(
        of_revoked.ended("a key that was revoked"),
        of_expiring.ended("a key that expired"),
        of_deleted.ended("a user who was deleted"),
    );
    feed.goes_on("a key that is good").await;
}

//! The live feed.

use axum::{body::Body, http::StatusCode};
use tokio_stream::StreamExt;

use crate::world::{World, request};

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

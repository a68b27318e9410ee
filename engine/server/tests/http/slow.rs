//! Clients that take their time.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::world::World;

/// Says this much and waits until the server hangs up; what it answered.
async fn said(world: &World, words: &str) -> String {
    let mut stream = TcpStream::connect(world.server.addr).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // An error here: the server waits for ever.
    timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_cut_off() {
    let world = World::new(&["--header-timeout", "100ms"]).await;
    for half in ["", "GET /", "PRI * HT", "GET /healthz HTTP/1.1\r\nHost: stafette.exam"] {
        let answer = said(&world, half).await;
        assert!(!answer.contains("200 OK"), "{half}: {answer}");
    }
    // Who finishes one is answered, and cut off when no other follows.
    let answer = said(&world, "GET /healthz HTTP/1.1\r\nHost: stafette.example\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    world.server.shutdown().await;
}

#[tokio::test]
async fn an_open_connection_does_not_keep_a_server_from_stopping() {
    let world = World::new(&[]).await;
    let mut stream = TcpStream::connect(world.server.addr).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: stafette.example\r\n\r\n").await.unwrap();
    let mut first = [0; 8];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1");
    timeout(Duration::from_secs(5), world.server.shutdown()).await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
}

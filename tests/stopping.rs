//! A node that is told to stop says so first, ends what is under way, and never takes longer than its limit.

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    load::{PATIENCE, System, event, pause},
    process::{Client, Server},
    world::Place,
};

/// Whatever the machine is busy with: far less than what a relay that hangs, or a long limit, would take.
const SLACK: Duration = Duration::from_secs(120);
/// Longer than any patience here.
const LONG: &str = "300s";

fn post(client: &Client, server: &Server, n: usize) {
    let body: Value = [event(n)].into_iter().collect();
    assert_eq!(client.post(&format!("{}/api/v1/events", server.url), &body).map(|(status, _)| status), Some(202));
}

/// Waits until the list holds so many in this state.
fn until(client: &Client, server: &Server, state: &str, n: usize) {
    let started = Instant::now();
    while counted(client, server, state) < n {
        assert!(started.elapsed() < PATIENCE, "no {n} messages are {state}");
        pause(Duration::from_millis(20));
    }
}

fn counted(client: &Client, server: &Server, state: &str) -> usize {
    let all = client.all(&format!("{}/api/v1/messages", server.url)).unwrap_or_default();
    all.iter().filter(|message| message["state"] == *state).count()
}

#[test]
fn a_stop_is_announced_and_drains_on_sqlite() {
    a_stop_is_announced_and_drains(None);
}

#[test]
fn a_stop_is_announced_and_drains_on_postgres() {
    on_postgres("stop_drains", a_stop_is_announced_and_drains);
}

/// With a database on the test server.
fn on_postgres(name: &str, case: impl FnOnce(Option<String>)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres(name));
    case(Some(url));
    runtime.block_on(place.remove());
}

/// Waits until it says that it leaves, and answers who has not heard of it all the same.
fn announced(client: &Client, server: &Server) {
    let (ready, told) = (format!("{}/readyz", server.url), Instant::now());
    loop {
        match client.get(&ready) {
            Some((503, answer)) => break assert!(answer["detail"].to_string().contains("going down"), "{answer}"),
            Some((200, _)) => assert!(told.elapsed() < SLACK, "it is not announced"),
            other => panic!("gone without a word: {other:?}"),
        }
    }
    assert_eq!(client.get(&format!("{}/healthz", server.url)).map(|(status, _)| status), Some(200));
}

fn a_stop_is_announced_and_drains(database: Option<String>) {
    // The relay takes a second for each mail.
    let system = System::slow(database);
    let client = system.set_up();
    let server = system.serve_with("api,runner,dispatcher,duties", &["--notice", "1s", "--drain", LONG], &[]);
    post(&client, &server, 1);
    until(&client, &server, "handing_over", 1);
    server.signal("-TERM");
    announced(&client, &server);
    assert_eq!(server.exit_code(), Some(0));
    assert_eq!(system.mailed(), 1, "the mail that was under way has gone out");
    let server = system.serve("api");
    assert_eq!((counted(&client, &server, "sent"), counted(&client, &server, "unknown")), (1, 0));
    assert_eq!(server.terminate(), Some(0));
}

/// A relay that takes connections and says nothing, for ever.
fn hung() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    format!("smtp://127.0.0.1:{port}")
}

fn with_hung_relay(database: Option<String>, options: &[&str]) -> (System, Client, Server) {
    let system = System::through(hung()).at(database);
    let client = system.set_up();
    let server = system.serve_with("api,runner,dispatcher,duties", options, &[]);
    post(&client, &server, 1);
    until(&client, &server, "leased", 1);
    (system, client, server)
}

#[test]
fn a_relay_that_hangs_does_not_hold_the_exit_on_sqlite() {
    a_relay_that_hangs_does_not_hold_the_exit(None);
}

#[test]
fn a_relay_that_hangs_does_not_hold_the_exit_on_postgres() {
    on_postgres("stop_hangs", a_relay_that_hangs_does_not_hold_the_exit);
}

/// The limit holds for all of it, however long the node would like to say that it leaves.
fn a_relay_that_hangs_does_not_hold_the_exit(database: Option<String>) {
    let (_system, _, server) = with_hung_relay(database, &["--drain", "2s", "--notice", LONG]);
    let told = Instant::now();
    assert_eq!(server.terminate(), Some(0));
    assert!(told.elapsed() < SLACK, "{:?}", told.elapsed());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for second in ["-TERM", "-INT"] {
        let (_system, client, server) = with_hung_relay(None, &["--drain", "600s", "--notice", LONG]);
        server.signal("-TERM");
        announced(&client, &server);
        let told = Instant::now();
        server.signal(second);
        assert_eq!(server.exit_code(), Some(0));
        assert!(told.elapsed() < SLACK, "{second}: {:?}", told.elapsed());
    }
}

//! A program is paused while its mails are under way, the process dies and comes back, and the program goes on: nothing
//! is sent meanwhile, nothing is lost, nothing comes twice.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::{
    load::{CONNECTIONS, System, event, judge, send, until, wait},
    process::Client,
    world::Place,
};

const ALL: &str = "api,runner,dispatcher,duties";
const PROGRAM: &str = "api/v1/programs/order-follow-up";
/// Events before the pause; each asks for two mails.
const EVENTS: usize = 36;
/// Mails that the relay has before the pause.
const BEFORE: usize = 4;

/// How many tokens, or messages, are in a state.
fn count(client: &Client, url: &str, what: &str) -> usize {
    client.all(&format!("{url}/api/v1/{what}")).map_or(usize::MAX, |items| items.len())
}

/// Waits until none are in any of these states.
fn none(client: &Client, url: &str, states: &[&str]) {
    until(client, url, || {
        let some = states.iter().map(|what| (what, count(client, url, what))).filter(|(_, n)| *n > 0);
        let some: Vec<_> = some.collect();
        if some.is_empty() { Ok(()) } else { Err(format!("there are still {some:?}")) }
    });
}

fn post(client: &Client, url: &str, what: &str, body: &Value) -> Value {
    let (status, answer) = client.post(&format!("{url}/{PROGRAM}/{what}"), body).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer
}

/// One more event, whose token the pause has to catch.
fn one_more(client: &Client, url: &str, n: usize) {
    let held = count(client, url, "tokens?state=held");
    let (status, answer) = client.post(&format!("{url}/api/v1/events"), &json!([event(n)])).unwrap();
    assert_eq!((status, &answer["results"][0]["started"]), (202, &json!(1)), "{answer}");
    until(client, url, || match count(client, url, "tokens?state=held") {
        now if now == held + 1 => Ok(()),
        now => Err(format!("{now} tokens are held, not {}", held + 1)),
    });
}

fn run(database: Option<String>) {
    let system = System::slow(database);
    let (client, admin) = (system.set_up(), system.admin());
    let server = system.serve(ALL);
    let url = server.url.clone();
    let mut accepted = HashSet::new();
    send(&client, &url, &mut accepted, (EVENTS, EVENTS));
    assert_eq!(accepted.len(), EVENTS);
    until(&client, &url, || match system.mailed() {
        n if n >= BEFORE => Ok(()),
        n => Err(format!("{n} mails reached the relay")),
    });

    let paused = post(&admin, &url, "pause", &json!({}));
    let begun = paused["handing_over"].as_u64().unwrap() as usize;
    assert!(begun <= CONNECTIONS, "{begun} mails had begun");
    // Whatever goes out from here on had begun.
    let most = count(&client, &url, "messages?state=sent") + count(&client, &url, "messages?state=handing_over");
    none(&client, &url, &["messages?state=leased", "messages?state=handing_over", "messages?state=queued"]);
    // All that waited falls due, and is held.
    none(&client, &url, &["tokens?state=ready", "tokens?state=waiting"]);
    one_more(&client, &url, EVENTS);
    let sent = count(&client, &url, "messages?state=sent");
    assert!(sent <= most, "{sent} mails were sent, and only {most} had begun");
    assert_eq!(system.mailed(), sent, "nothing went out that is not known");
    assert_eq!(count(&client, &url, "messages?state=held"), EVENTS - sent);
    server.kill();

    let server = system.serve(ALL);
    let url = server.url.clone();
    let (_, program) = client.get(&format!("{url}/{PROGRAM}")).unwrap();
    assert_eq!(program["state"], "paused");
    assert_eq!(program["held"]["messages"], EVENTS - sent);
    // The new life is at work: it catches what comes in. Still nothing goes out.
    one_more(&client, &url, EVENTS + 1);
    assert_eq!(system.mailed(), sent);

    let resumed = post(&admin, &url, "resume", &json!({ "catch_up": { "rule": "run" } }));
    let expected = json!({ "tokens": EVENTS + 2, "waiting": 0, "messages": EVENTS - sent, "calls": 0,
        "skipped_tokens": 0, "skipped_messages": 0, "skipped_calls": 0, "more": false });
    assert_eq!((&resumed["state"], &resumed["caught_up"]), (&json!("live"), &expected));
    wait(&client, &url, EVENTS + 2);
    none(&client, &url, &["tokens?state=ready"]);
    assert_eq!(judge(&system, &client, &url, EVENTS + 2, 0), (0, 0));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_pause_outlives_the_process_on_sqlite() {
    run(None);
}

#[test]
fn a_pause_outlives_the_process_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("holding"));
    run(Some(url));
    runtime.block_on(place.remove());
}

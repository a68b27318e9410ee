//! A relay that misbehaves in another way with each of many mails, in front of a real server process: mails that it treats well go
//! out once, those of another relay too, each other one has its reason in words, and none is handed over without end.

use std::{collections::HashMap, thread};

use serde_json::{Value, json};

use super::{
    acting::{Relay, Verb},
    relay::{flush, messages, programs},
};
use crate::{
    acts::ACTS,
    cell::Cell,
    load::{System, until},
    world::Place,
};

/// Memory that the server may take meanwhile.
const MEMORY: u64 = 150 << 20;

fn is_bounded(cell: Cell, database: Option<String>, verb: Verb) {
    // Some of those that nobody has to wait for; all of them are played on a clock that is moved, beside the engine.
    let acts: Vec<_> = ACTS.iter().filter(|(_, act)| !act.is_silent()).step_by(3).copied().collect();
    assert!(acts.len() >= 12);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (bad, good) = runtime.block_on(async { (Relay::start(verb, acts.clone(), None).await, Relay::good().await) });
    let system = System::through(format!("smtp://127.0.0.1:{}?connections=4", bad.port)).at(database.clone());
    let files = tempfile::tempdir().unwrap();
    programs(files.path());
    let client = system.set_up_with(files.path());
    let other = format!("smtp://127.0.0.1:{}?connections=2", good.port);
    let options = ["--smtp-marketing", &other];
    // The user in there may not go where the database listens.
    let mut server = match database {
        None => system.serve_in(&cell, &options),
        Some(_) => system.serve_with("api,runner,dispatcher,duties", &options, &[]),
    };
    let to = |kind: &str, n: usize| format!("{kind}{n}@example.test");
    let event = |kind: &str, n: usize| {
        let contact = json!({ "email": to(kind, n), "opt_in": true });
        json!({ "type": "go", "id": format!("{kind}-{n}"), "contact": contact })
    };
    let events: Vec<_> = (0..acts.len()).flat_map(|n| [event("bad", n), event("good", n)]).collect();
    let (status, answer) = client.post(&format!("{}/api/v1/events", server.url), &Value::Array(events)).unwrap();
    assert_eq!((status, &answer["rejected"]), (202, &json!(0)), "{answer}");

    // What is refused is tried for days, or forty times: a few of them are enough here.
    let few = if verb == Verb::Rcpt { 0 } else { 5 };
    until(&client, &server.url, || {
        flush(&client, &server, "operational");
        let all = messages(&client, &server);
        let open = |message: &&Value| !["sent", "failed"].iter().any(|end| message["state"] == *end);
        let spoilt = |message: &Value| message["recipient"].as_str().unwrap().starts_with("bad");
        let tried = |it: &Value| spoilt(it) && it["reason"].is_string() && it["hand_overs"].as_u64() >= Some(few);
        let left = all.iter().filter(open).filter(|message| !tried(message)).count();
        if left == 0 && all.len() == 4 * acts.len() { Ok(()) } else { Err(format!("{left} of {}: {all:?}", all.len())) }
    });
    // Seen before the messages: some are still under way.
    let seen = |message: &Value| {
        let to = message["recipient"].as_str().unwrap();
        (to.to_owned(), (bad.begun(to), bad.given(to)))
    };
    let seen: HashMap<_, _> = messages(&client, &server).iter().map(seen).collect();
    for message in messages(&client, &server) {
        let to = message["recipient"].as_str().unwrap();
        let number = |field: &str| usize::try_from(message[field].as_u64().unwrap()).unwrap();
        let way = to.strip_prefix("bad").and_then(|rest| rest.split_once('@')?.0.parse::<usize>().ok());
        let case = format!("{:?} after {verb:?}: {message}", way.map(|n| acts[n].0));
        if message["stream"] == "news" {
            assert_eq!((&message["state"], good.given(to)), (&json!("sent"), 1), "{case}");
            continue;
        }
        let (begun, given) = seen[to];
        assert!(
            given <= begun && begun <= number("hand_overs") && number("hand_overs") <= 40,
            "{begun} {given} {case}"
        );
        assert!(verb == Verb::Body || given <= 1, "{given} {case}");
        if way.is_none() {
            assert_eq!((&message["state"], given), (&json!("sent"), 1), "{case}");
        } else if message["state"] != "sent" {
            let why = message["reason"].as_str().unwrap();
            let words = why.split(' ').filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic));
            assert!(words.count() > 0 && !why.contains(char::is_control) && why.len() < 1_700, "{case}");
        }
    }
    cell.outlives(&mut server);
    assert!(server.peak() < MEMORY, "{} MiB", server.peak() >> 20);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn whatever_a_relay_does_a_process_bears() {
    // A program that is being copied cannot be started.
    let [one, other, third] = [(); 3].map(|()| Cell::new());
    thread::scope(|threads| {
        threads.spawn(|| is_bounded(one, None, Verb::Rcpt));
        threads.spawn(|| is_bounded(other, None, Verb::Body));
        threads.spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let (place, url) = runtime.block_on(Place::postgres("hostile_process"));
            is_bounded(third, Some(url), Verb::Data);
            runtime.block_on(place.remove());
        });
    });
}

//! Runners are killed, and the program is paused and goes on, while events come before, during and after the arrival of those
//! who wait for them, or for what they say of a contact, and as their time is over: each token leaves its wait once, by the
//! port that the rule says, with an event that fits.
//!
//! `STAFETTE_AWAITING_TOKENS` says how many tokens of each, 800 by default, and `STAFETTE_AWAITING_KILLS` how many runners are
//! killed at least, 6 by default; `make chaos` has 10,000 and 60.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use program::{Action, Effect, EventId};
use serde_json::{Value, json};
use store::{Options, Paging, Store, TokenFilter, TokenStatus};
use tokio::runtime::Runtime;

use super::feed::{Feed, Rows, SCALE, SORTS, Sort, Wait, name, programs};
use crate::{
    load::{Chance, PATIENCE, System, number, pause},
    process::Client,
    world::{Place, WORKSPACE},
};

const RUNNERS: usize = 4;

/// Waits until all tokens are through.
fn finish(runtime: &Runtime, rows: &Rows) {
    let started = Instant::now();
    loop {
        let open = runtime.block_on(rows.count("token WHERE state <> 'done'"));
        if open == 0 {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{open} tokens are not through");
        pause(Duration::from_millis(300));
    }
}

/// What must hold in the end; says how many came of those whose payment counts or does not.
async fn judge(rows: &Rows, wait: Wait, each: usize) -> Vec<usize> {
    let store = Store::open(Options::new(rows.url.clone())).await.unwrap();
    let mut came: BTreeMap<Sort, usize> = BTreeMap::new();
    let mut seen = 0;
    let mut paging = Paging { after: None, limit: 200 };
    loop {
        let page = store.tokens(WORKSPACE, &TokenFilter::default(), &paging).await.unwrap();
        for token in page.items {
            assert_eq!(token.status, TokenStatus::Done, "{token:?}");
            seen += 1;
            let ordered = store.event(WORKSPACE, token.event).await.unwrap();
            let order = ordered.data["order"].as_str().unwrap().to_owned();
            let sort =
                *SORTS.iter().find(|sort| order.starts_with(&name(**sort, 0)[..name(**sort, 0).len() - 1])).unwrap();
            let trace = store.trace(WORKSPACE, token.id).await.unwrap();
            let mut exits = Vec::new();
            let mut joined: Vec<EventId> = Vec::new();
            for step in trace.iter().filter(|step| step.node.as_str().starts_with("pay")) {
                if let Action::Passed { port } = &step.action {
                    exits.push(port.as_str().to_owned());
                }
                joined.extend(step.effects.iter().filter_map(|effect| match effect {
                    Effect::JoinEvent { event, .. } => Some(*event),
                    _ => None,
                }));
            }
            assert_eq!(exits.len(), 1, "one exit each: {trace:?}");
            let contact = store.contact(WORKSPACE, token.contact).await.unwrap();
            let (payments, late) = (contact.attributes.get("payments"), contact.attributes.get("late"));
            if exits[0] == "met" {
                assert_eq!((wait, joined.len()), (Wait::Condition, 0), "{trace:?}");
                *came.entry(sort).or_default() += 1;
                assert_eq!((payments, late), (Some(&json!([order])), None));
            } else if exits[0] == "came" {
                *came.entry(sort).or_default() += 1;
                assert_eq!(joined.len(), 1, "{trace:?}");
                let event = store.event(WORKSPACE, joined[0]).await.unwrap();
                assert_eq!((event.contact, event.event.as_str()), (token.contact, "paid"));
                assert_eq!(event.data["order"], *order, "it fits");
                assert_eq!((payments, late), (Some(&json!([event.data["n"]])), None));
            } else {
                assert_eq!((exits[0].as_str(), joined.len()), ("timed_out", 0), "{trace:?}");
                assert_eq!((payments, late), (None, Some(&json!([order]))));
            }
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, SORTS.len() * each, "one token for each order");
    let either: Vec<_> = wait.either().iter().map(|sort| came.remove(sort).unwrap_or_default()).collect();
    assert_eq!(came, wait.patient().iter().map(|sort| (*sort, each)).collect());
    // Each payment is stored once: those of seven sorts, and the second one of one of them.
    let paid = rows.count("event WHERE type = 'paid'").await;
    assert_eq!(paid, (SORTS.len() * each) as i64);
    // An event that found an open wait was looked at: nothing is left of either.
    assert_eq!((rows.count("awaiting").await, rows.count("candidate").await), (0, 0));
    let joined = match wait {
        Wait::Event => wait.patient().len() * each + either.iter().sum::<usize>(),
        Wait::Condition => 0,
    };
    assert_eq!(rows.count("joined").await, joined as i64);
    store.close().await;
    either
}

#[test]
fn four_runners_are_killed_again_and_again() {
    runners_are_killed(Wait::Event, "killed");
}

#[test]
fn four_runners_are_killed_under_conditions() {
    runners_are_killed(Wait::Condition, "killed_conditions");
}

/// Pauses the program, and lets it go on.
fn pause_for_a_moment(client: &Client, url: &str, moment: Duration) {
    let post = |what: &str, body: Value| {
        let answer = client.post(&format!("{url}/api/v1/programs/pays/{what}"), &body);
        assert!(matches!(answer, Some((200, _))), "{what}: {answer:?}");
    };
    post("pause", json!({}));
    pause(moment);
    post("resume", json!({ "catch_up": { "rule": "run" } }));
}

fn runners_are_killed(wait: Wait, name: &str) {
    let each = number("STAFETTE_AWAITING_TOKENS", 800).div_ceil(SORTS.len());
    let kills = number("STAFETTE_AWAITING_KILLS", 6);
    let runtime = Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres(name));
    let (_folder, path) = programs(wait);
    let (system, rows) = (System::with(Some(url.clone()), SCALE), Rows { url });
    let client = system.set_up_with(&path);
    let front = system.serve("api,duties");
    let mut runners: Vec<_> = (0..RUNNERS).map(|_| system.serve("runner")).collect();
    let door = Mutex::new(front.url.clone());
    let feed = Feed { wait, client: &client, door: &door, each, rows: &rows, runtime: &runtime };
    let (started, under_way, mut killed) = (Instant::now(), AtomicUsize::new(SORTS.len()), 0);
    let mut chance = Chance::new();
    thread::scope(|scope| {
        for sort in SORTS {
            let (feed, under_way) = (&feed, &under_way);
            scope.spawn(move || {
                feed.sort(sort);
                under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
        while killed < kills || under_way.load(Ordering::Relaxed) > 0 {
            assert!(started.elapsed() < PATIENCE, "the events are not sent");
            pause(Duration::from_millis(chance.below(500)));
            if killed < kills * 2 {
                let fresh = system.serve("runner");
                std::mem::replace(&mut runners[killed % RUNNERS], fresh).kill();
                killed += 1;
            }
            pause_for_a_moment(&client, &front.url, Duration::from_millis(chance.below(300)));
        }
    });
    finish(&runtime, &rows);
    let either = runtime.block_on(judge(&rows, wait, each));
    let (all, sorts) = (SORTS.len() * each, wait.either());
    let took = started.elapsed();
    eprintln!("{all} tokens, {killed} runners killed; of {each} each of {sorts:?} so many came: {either:?}; {took:?}");
    for server in runners.into_iter().chain([front]) {
        assert_eq!(server.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

/// Where a batch of tokens can die, and at which pass of it: at the arrival, or as the events are there.
const POINTS: [(&str, usize); 6] = [
    ("after_claim", 1),
    ("after_claim", 2),
    ("before_commit", 1),
    ("before_commit", 2),
    ("after_commit", 1),
    ("after_commit", 2),
];
const ALL: &str = "api,runner,dispatcher,duties";
/// SIGABRT.
const ABORTED: i32 = 6;

fn dies_at(point: (&str, usize), runtime: &Runtime, database: Option<String>) {
    let each = 3;
    let (_folder, path) = programs(Wait::Event);
    let system = System::with(database.clone(), SCALE);
    let client = system.set_up_with(&path);
    let armed = system.serve_armed("api,runner", &format!("{}:{}", point.0, point.1));
    let door = Mutex::new(armed.url.clone());
    let url = database.unwrap_or_else(|| format!("sqlite:{}", system.data().join("stafette.db").display()));
    let rows = Rows { url };
    let feed = Feed { wait: Wait::Event, client: &client, door: &door, each, rows: &rows, runtime };
    let server = thread::scope(|scope| {
        // It dies under them, and they go on with the next one.
        for sort in SORTS {
            let feed = &feed;
            scope.spawn(move || feed.sort(sort));
        }
        assert_eq!(armed.ended_by(Duration::from_secs(60)), Some(ABORTED), "{point:?} is passed too seldom");
        let server = system.serve(ALL);
        door.lock().unwrap().clone_from(&server.url);
        server
    });
    finish(runtime, &rows);
    assert_eq!(server.terminate(), Some(0));
    runtime.block_on(judge(&rows, Wait::Event, each));
}

#[test]
fn each_fail_point_on_sqlite() {
    let runtime = Runtime::new().unwrap();
    thread::scope(|scope| {
        for point in POINTS {
            let runtime = &runtime;
            scope.spawn(move || dies_at(point, runtime, None));
        }
    });
}

#[test]
fn each_fail_point_on_postgres() {
    let runtime = Runtime::new().unwrap();
    thread::scope(|scope| {
        for point in POINTS {
            let runtime = &runtime;
            scope.spawn(move || {
                let (place, url) = runtime.block_on(Place::postgres(&format!("awaits_{}_{}", point.0, point.1)));
                dies_at(point, runtime, Some(url));
                runtime.block_on(place.remove());
            });
        }
    });
}

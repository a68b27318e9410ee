//! The process dies, again and again, under load. Nothing accepted is lost; nothing is mailed twice but
//! what was between DATA and the reply, and that is reported.
//!
//! `STAFETTE_CRASH_EVENTS` says how many events, 300 by default, and `STAFETTE_CRASH_KILLS` how often the one process
//! dies at least, 12 by default; 2,000 and 200 for the long run.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::{
    load::{CONNECTIONS, Chance, PATIENCE, System, judge, number, pause, send, settled, wait},
    process::Server,
    world::Place,
};

/// In how many portions events come in where nobody counts kills.
const PORTIONS: usize = 12;

fn events() -> usize {
    number("STAFETTE_CRASH_EVENTS", 300)
}

#[test]
fn one_process_on_sqlite_is_killed_until_all_is_done() {
    let system = System::new(None);
    let client = system.set_up();
    let (total, mut chance, mut kills) = (events(), Chance::new(), 0);
    let least = number("STAFETTE_CRASH_KILLS", 12);
    let patience = PATIENCE.max(Duration::from_secs(5) * u32::try_from(least).unwrap());
    let mut accepted = HashSet::new();
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < patience, "not done after {kills} kills");
        let server = system.serve("api,runner,dispatcher,duties");
        // A few events each time, so that every life has something of each stage to die with.
        send(&client, &server.url, &mut accepted, (total, total.div_ceil(least)));
        pause(Duration::from_millis(chance.below(900)));
        if kills >= least && accepted.len() == total && settled(&client, &server.url) == Some(2 * total) {
            judge(&system, &client, &server.url, total, kills * CONNECTIONS);
            assert_eq!(server.terminate(), Some(0), "SIGTERM drains and exits 0");
            break;
        }
        server.kill();
        kills += 1;
    }
    eprintln!("{kills} kills in {:?}", started.elapsed());
}

#[test]
fn postgres_cuts_every_connection_again_and_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("cut"));
    let system = System::new(Some(url));
    let client = system.set_up();
    let (total, mut chance, mut cuts) = (events(), Chance::new(), 0);
    let nodes = ["api,runner,dispatcher,duties", "runner,dispatcher"].map(|roles| system.serve(roles));
    let front = nodes[0].url.clone();
    let mut accepted = HashSet::new();
    let started = Instant::now();
    while settled(&client, &front) != Some(2 * total) {
        assert!(started.elapsed() < PATIENCE, "{:?} of {} mails", settled(&client, &front), 2 * total);
        if accepted.len() < total {
            send(&client, &front, &mut accepted, (total, total.div_ceil(PORTIONS)));
            runtime.block_on(place.cut());
            cuts += 1;
        }
        pause(Duration::from_millis(chance.below(400)));
    }
    // No process died, so nothing was ever in doubt for longer than a reconnection.
    judge(&system, &client, &front, total, cuts * 2 * CONNECTIONS);
    for server in nodes {
        assert_eq!(server.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

#[test]
fn two_runners_and_two_dispatchers_on_postgres_lose_one_for_good() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("crash"));
    let system = System::new(Some(url));
    let client = system.set_up();
    let (total, mut chance) = (events(), Chance::new());
    let front = system.serve("api,duties");
    let mut nodes: Vec<Server> = ["runner", "runner", "dispatcher", "dispatcher"].map(|role| system.serve(role)).into();
    let mut accepted = HashSet::new();
    let mut kills = 0;
    send(&client, &front.url, &mut accepted, (total, total));
    assert_eq!(accepted.len(), total);
    // One runner and one dispatcher die for good, at a random moment; the others carry on.
    for at in [2, 0] {
        pause(Duration::from_millis(chance.below(700)));
        nodes.remove(at).kill();
        kills += 1;
    }
    wait(&client, &front.url, total);
    judge(&system, &client, &front.url, total, kills * CONNECTIONS);
    for server in nodes.into_iter().chain([front]) {
        assert_eq!(server.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

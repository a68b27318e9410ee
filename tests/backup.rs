//! A backup beside a server that works: what was accepted before is in it, and all of it runs where it is brought back.

use std::{
    collections::HashSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    load::{PATIENCE, System, event, judge, pause, wait},
    process::{Client, stafette_ok},
    world::Place,
};

/// Who sends meanwhile.
const CLIENTS: usize = 3;
/// So many events are in before the backup begins, and come in while and after it is made.
const BEFORE: usize = 40;
const AFTER: usize = 40;

/// Clients that send until they are told to end, and what was accepted of them.
struct Load<'a> {
    client: &'a Client,
    url: &'a str,
    next: AtomicUsize,
    accepted: Mutex<HashSet<usize>>,
    over: AtomicBool,
}

impl Load<'_> {
    fn send(&self) {
        while !self.over.load(SeqCst) {
            let n = self.next.fetch_add(1, SeqCst);
            let body: Value = [event(n)].into_iter().collect();
            let (url, started) = (format!("{}/api/v1/events", self.url), Instant::now());
            // A machine that is busy may put it off.
            while !matches!(self.client.post(&url, &body), Some((202, _))) {
                assert!(started.elapsed() < PATIENCE, "event {n} is refused for ever");
                pause(Duration::from_millis(50));
            }
            self.accepted.lock().unwrap().insert(n);
        }
    }

    fn accepted(&self) -> HashSet<usize> {
        self.accepted.lock().unwrap().clone()
    }

    fn until(&self, n: usize) {
        let started = Instant::now();
        while self.accepted().len() < n {
            assert!(started.elapsed() < PATIENCE, "{} of {n} events are in", self.accepted().len());
            pause(Duration::from_millis(5));
        }
    }
}

/// The ids of all events that a server knows, as their senders gave them.
fn known(client: &Client, url: &str) -> HashSet<usize> {
    let id = |event: &Value| {
        let (_, event) = client.get(&format!("{url}/api/v1/events/{}", event["id"].as_str().unwrap())).unwrap();
        event["client_id"].as_str().unwrap().strip_prefix("order-").unwrap().parse().unwrap()
    };
    client.all(&format!("{url}/api/v1/events")).unwrap().iter().map(id).collect()
}

fn a_backup_is_whole(database: Option<String>, empty: Option<String>) {
    let (system, other) = (System::new(database.clone()), System::new(empty.clone()));
    let client = system.set_up();
    let server = system.serve("api,runner,dispatcher,duties");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup").display().to_string();
    let run = |command: &str, system: &System, database: &Option<String>| {
        let data = system.data().display().to_string();
        let url = database.iter().flat_map(|url| ["--database-url", url]);
        let args: Vec<_> = [command, &file, "--data", &data].into_iter().chain(url).collect();
        stafette_ok(&args);
    };
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let load = Load { client: &client, url: &server.url, next, accepted: Mutex::default(), over };
    let before = thread::scope(|scope| {
        /// Whatever happens, the clients end.
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(true, SeqCst);
            }
        }
        let end = End(&load.over);
        (0..CLIENTS).for_each(|_| drop(scope.spawn(|| load.send())));
        load.until(BEFORE);
        let before = load.accepted();
        run("backup", &system, &database);
        load.until(load.accepted().len() + AFTER);
        drop(end);
        before
    });
    let total = load.accepted().len();
    wait(&client, &server.url, total);
    assert_eq!(judge(&system, &client, &server.url, total, 0), (0, 0));
    assert_eq!(server.terminate(), Some(0));

    run("restore", &other, &empty);
    let server = other.serve("api,runner,dispatcher,duties");
    let kept = known(&client, &server.url);
    let lost: Vec<_> = before.difference(&kept).collect();
    assert!(lost.is_empty(), "accepted before the backup, and not in it: {lost:?}");
    assert!(kept.len() < total, "it was made while events came in");
    // Waits and mails that were queued go on, and those whose hand-over was under way are reported.
    wait(&client, &server.url, kept.len());
    let tokens = client.all(&format!("{}/api/v1/tokens", server.url)).unwrap();
    assert_eq!(tokens.len(), kept.len());
    assert!(tokens.iter().all(|token| token["state"] == "done"), "every run is through");
    // What came in later is new to it, and what came in before is not.
    let again: Value = [*before.iter().min().unwrap(), total + 1_000].map(event).into_iter().collect();
    let (status, receipt) = client.post(&format!("{}/api/v1/events", server.url), &again).unwrap();
    let told: Vec<_> =
        receipt["results"].as_array().unwrap().iter().map(|result| result["status"].as_str().unwrap()).collect();
    assert_eq!((status, told), (202, vec!["duplicate", "accepted"]), "{receipt}");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_backup_is_whole_on_sqlite() {
    a_backup_is_whole(None, None);
}

#[test]
fn a_backup_is_whole_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("backup"));
    let (empty, other) = runtime.block_on(Place::postgres("backup_back"));
    a_backup_is_whole(Some(url), Some(other));
    runtime.block_on(place.remove());
    runtime.block_on(empty.remove());
}

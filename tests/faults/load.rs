//! Clients that send events the whole time, and repeat each until it is accepted.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::PATIENCE;
use crate::{
    load::{CONNECTIONS, System, event, judge, pause, wait},
    process::Client,
};

/// How many clients there are.
const CLIENTS: usize = 4;
/// So long each waits after an answer, whatever it was.
const BREATH: Duration = Duration::from_millis(20);

/// A connection that was kept may be closed just when it is used again; then a new one is answered.
fn twice<T>(ask: impl Fn() -> Option<T>) -> Option<T> {
    ask().or_else(ask)
}

pub(super) struct Load<'a> {
    client: &'a Client,
    url: &'a str,
    next: AtomicUsize,
    accepted: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
}

impl<'a> Load<'a> {
    pub(super) fn new(client: &'a Client, url: &'a str) -> Self {
        let zero = || AtomicUsize::new(0);
        Self { client, url, next: zero(), accepted: zero(), refused: zero(), over: AtomicBool::new(false) }
    }

    /// Does something while the clients send; then each ends with its last event accepted.
    pub(super) fn run(&self, act: impl FnOnce()) {
        /// Whatever happens, the clients end.
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(true, SeqCst);
            }
        }
        thread::scope(|scope| {
            let end = End(&self.over);
            for _ in 0..CLIENTS {
                scope.spawn(|| self.send());
            }
            act();
            drop(end);
        });
    }

    fn send(&self) {
        while !self.over.load(SeqCst) {
            let body: Value = [event(self.next.fetch_add(1, SeqCst))].into_iter().collect();
            let started = Instant::now();
            while !self.accepts_one(&body) {
                assert!(started.elapsed() < 2 * PATIENCE, "an event is refused for ever");
                pause(BREATH);
            }
            pause(BREATH);
        }
    }

    fn accepts_one(&self, body: &Value) -> bool {
        let url = format!("{}/api/v1/events", self.url);
        match twice(|| self.client.post_and_wait(&url, body)) {
            Some((202, _, answer)) => {
                assert_eq!(answer["accepted"], 1, "{answer}");
                self.accepted.fetch_add(1, SeqCst);
                true
            }
            Some((503, Some(1..=60), _)) => {
                self.refused.fetch_add(1, SeqCst);
                false
            }
            other => panic!("neither accepted nor put off: {other:?}"),
        }
    }

    /// When the event came in that came in last, as the node sees it.
    pub(super) fn newest(&self) -> Option<DateTime<Utc>> {
        let (_, page) = twice(|| self.client.get(&format!("{}/api/v1/events?limit=1", self.url)))?;
        page["items"][0]["received_at"].as_str()?.parse().ok()
    }

    pub(super) fn refused(&self) -> usize {
        self.refused.load(SeqCst)
    }

    /// Waits until something more is accepted.
    pub(super) fn accepts(&self) {
        let (before, started) = (self.accepted.load(SeqCst), Instant::now());
        while self.accepted.load(SeqCst) == before {
            assert!(started.elapsed() < PATIENCE, "nothing is accepted");
            pause(Duration::from_millis(5));
        }
    }

    /// The number of the try that is accepted first from now on. One that failed may have begun before.
    pub(super) fn tries_until_accepted(&self) -> usize {
        let before = self.failed_tries();
        self.accepts();
        self.failed_tries() - before + 1
    }

    fn failed_tries(&self) -> usize {
        let text = twice(|| self.client.text(&format!("{}/metrics", self.url))).unwrap();
        let name = "stafette_ingest_tries_total{outcome=\"failed\"} ";
        let value = text.lines().find_map(|line| line.strip_prefix(name)).expect("the metric is there");
        value.parse().unwrap()
    }

    /// Why the node is not ready, if it is not.
    pub(super) fn unready(&self) -> Option<String> {
        match twice(|| self.client.get(&format!("{}/readyz", self.url))) {
            Some((200, _)) => None,
            Some((503, answer)) => Some(answer["detail"].as_str().unwrap().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the node is ready.
    pub(super) fn ready(&self) {
        let started = Instant::now();
        while let Some(why) = self.unready() {
            assert!(started.elapsed() < PATIENCE, "not ready again: {why}");
            pause(Duration::from_millis(20));
        }
    }

    /// Waits until all that was accepted has run and judges what came of it, after so many faults.
    pub(super) fn settle(&self, system: &System, faults: usize) {
        let total = self.next.load(SeqCst);
        assert_eq!(self.accepted.load(SeqCst), total);
        wait(self.client, self.url, total);
        judge(system, self.client, self.url, total, faults * CONNECTIONS);
    }
}

//! PostgreSQL crashes and comes back under load: nothing is lost, nobody is mailed twice unreported, no process ends.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    load::{CONNECTIONS, PATIENCE, System, event, judge, pause, send, wait},
    process::Client,
};

/// How often the database crashes.
const RESTARTS: usize = 2;
/// Events while it does.
const EVENTS: usize = 300;

/// A PostgreSQL of this test's own, since the others need theirs to stay up. It goes with this.
pub(crate) struct Postgres {
    child: Child,
    // Closed, it ends the server.
    hold: Option<ChildStdin>,
    pub(crate) url: String,
    control: PathBuf,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With all that it writes in this folder.
    pub(crate) fn start_in(folder: &Path) -> Self {
        Self::start_with(&[("TMPDIR", folder.display().to_string())])
    }

    /// With more in its environment.
    pub(crate) fn start_with(environment: &[(&str, String)]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let say = "echo \"$STAFETTE_TEST_POSTGRES\"; echo \"$STAFETTE_TEST_POSTGRES_CONTROL\"; cat";
        let mut command = Command::new(root.join("scripts/postgres"));
        command.args(["sh", "-c", say]).env_remove("STAFETTE_TEST_POSTGRES").current_dir(root);
        command.envs(environment.iter().cloned());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("scripts/postgres says above why it starts none").unwrap();
        let (url, control) = (line(), line().into());
        Self { hold: child.stdin.take(), child, url, control }
    }

    /// Crashes, and is back when this returns.
    pub(crate) fn crash(&self) {
        self.control(&["restart", "-m", "immediate"]);
    }

    /// What `scripts/postgres` can do with it and with its copy.
    pub(crate) fn control(&self, what: &[&str]) {
        assert!(Command::new(&self.control).args(what).status().unwrap().success(), "{what:?}");
    }

    /// A copy that follows it; where its socket is.
    pub(crate) fn standby(&self) -> PathBuf {
        self.control(&["standby"]);
        self.folder().join("standby")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.control.parent().unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.hold.take());
        let _ = self.child.wait();
    }
}

#[test]
fn postgres_crashes_under_load() {
    let postgres = Postgres::start();
    let system = System::new(Some(postgres.url.clone()));
    let client = system.set_up();
    let mut nodes = ["api,runner,dispatcher,duties", "runner,dispatcher"].map(|roles| system.serve(roles));
    let front = nodes[0].url.clone();
    let (tell, progress) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (tell, started) = (tell, Instant::now());
            let mut accepted = HashSet::new();
            while accepted.len() < EVENTS {
                assert!(started.elapsed() < PATIENCE, "{} of {EVENTS} events are in", accepted.len());
                let before = accepted.len();
                send(&client, &front, &mut accepted, (EVENTS, 10));
                if accepted.len() > before {
                    tell.send(accepted.len()).unwrap();
                } else {
                    // Refused: the database is away.
                    pause(Duration::from_millis(50));
                }
            }
        });
        for n in 1..=RESTARTS {
            while progress.recv().unwrap() < n * EVENTS / (RESTARTS + 1) {}
            postgres.crash();
        }
        // Until the last event is in.
        while progress.recv().is_ok() {}
    });
    wait(&client, &front, EVENTS);
    judge(&system, &client, &front, EVENTS, RESTARTS * nodes.len() * CONNECTIONS);
    assert!(nodes.iter_mut().all(|node| node.runs()), "a process ended");
    for node in nodes {
        assert_eq!(node.terminate(), Some(0));
    }
}

/// Figures, not an assertion: `cargo test --release -p tests the_rate_comes_back -- --ignored --nocapture`.
#[test]
#[ignore = "measures for half a minute"]
fn the_rate_comes_back() {
    const WINDOW: Duration = Duration::from_secs(5);
    let postgres = Postgres::start();
    let system = System::new(Some(postgres.url.clone()));
    let client = system.set_up();
    let server = system.serve("api,runner,duties");
    let (accepted, next, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let first = next.fetch_add(100, Ordering::Relaxed);
                    let body: Value = (first..first + 100).map(event).collect();
                    if let Some((202, _)) = client.post(&format!("{}/api/v1/events", server.url), &body) {
                        accepted.fetch_add(100, Ordering::Relaxed);
                    }
                }
            });
        }
        let look = || (accepted.load(Ordering::Relaxed), advanced(&client, &server.url), Instant::now());
        let rates = |length| {
            let before = look();
            pause(length);
            let (events, tokens, at) = look();
            let rate = |n: usize| n as f64 / (at - before.2).as_secs_f64();
            (rate(events - before.0), rate(tokens - before.1))
        };
        pause(WINDOW);
        let before = rates(WINDOW);
        let crashed = Instant::now();
        postgres.crash();
        let back = crashed.elapsed();
        pause(WINDOW.saturating_sub(back));
        let after = rates(WINDOW);
        over.store(true, Ordering::Relaxed);
        eprintln!("back after {back:?}; before {before:.0?}, from 5 s after the crash {after:.0?} events/s, steps/s");
        eprintln!("ratio: events {:.3}, steps {:.3}", after.0 / before.0, after.1 / before.1);
    });
    assert_eq!(server.terminate(), Some(0));
}

/// How many tokens this node has moved.
fn advanced(client: &Client, url: &str) -> usize {
    let text = client.text(&format!("{url}/metrics")).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix("stafette_tokens_advanced_total "));
    value.and_then(|value| value.parse().ok()).unwrap_or_default()
}

//! 24 processes of mixed roles share one PostgreSQL. They are killed, frozen, drained and given wrong clocks in turns,
//! under load. Nothing accepted is lost, nothing is mailed twice unless it was reported as unknown.
//!
//! `STAFETTE_CHAOS_FAULTS` and `STAFETTE_CHAOS_EVENTS` say how much; `make chaos` runs 200 faults and 20,000 events.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use sqlx::Connection;

use crate::{
    clocks,
    load::{CONNECTIONS, Chance, PATIENCE, System, flush, judge, number, pause, send},
    process::{Client, Server},
    restart::Postgres,
};

/// Who is there: a role, and how many processes of it.
const NODES: [(&str, usize); 5] =
    [("api", 4), ("runner", 8), ("dispatcher", 8), ("duties", 2), ("api,runner,dispatcher,duties", 2)];
/// What a wrong clock says, in seconds.
const SKEWS: [i32; 6] = [-30, -10, -2, 2, 10, 30];
/// Frozen for longer than this, a node is taken for dead by the others.
const FROZEN: Duration = Duration::from_secs(7);
/// Longest time without any progress.
const STALLED: Duration = Duration::from_secs(240);

/// A process, and the file from which it takes how wrong its clock is.
struct Node {
    roles: &'static str,
    server: Server,
    skew: PathBuf,
    frozen_until: Option<Instant>,
}

/// The system, and what was done to it.
struct Chaos {
    system: System,
    nodes: Vec<Node>,
    chance: Chance,
    /// How often a dispatcher was killed or frozen: each time what it had under way may become unknown.
    doubts: usize,
    /// How many were killed, frozen, given a wrong clock, drained.
    done: [usize; 4],
}

fn start(system: &System, roles: &'static str, skew: &Path) -> Server {
    let environment = clocks::environment(skew);
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    system.serve_with(roles, &["--database-connections", "4"], &environment)
}

impl Chaos {
    fn new(system: System, folder: &Path) -> Self {
        let mut nodes = Vec::new();
        for (roles, count) in NODES {
            for _ in 0..count {
                let skew = folder.join(format!("skew-{}", nodes.len()));
                clocks::set(&skew, 0);
                nodes.push(Node { roles, server: start(&system, roles, &skew), skew, frozen_until: None });
            }
        }
        Self { system, nodes, chance: Chance::new(), doubts: 0, done: [0; 4] }
    }

    /// Where events can be sent to.
    fn doors(&self) -> Vec<String> {
        self.nodes.iter().filter(|node| node.roles.contains("api")).map(|node| node.server.url.clone()).collect()
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.chance.below(limit as u64)).unwrap()
    }

    /// The fault of this number, somewhere. The first ones are one of each kind.
    fn strike(&mut self, number: usize) {
        self.thaw(Instant::now());
        let at = self.below(self.nodes.len());
        let fault = if number < self.done.len() { number } else { self.below(self.done.len()) };
        let skew = SKEWS[self.below(SKEWS.len())];
        let node = &mut self.nodes[at];
        let fault = if fault == 1 && node.frozen_until.is_some() { 3 } else { fault };
        self.done[fault] += 1;
        let dispatches = node.roles.contains("dispatcher");
        match fault {
            0 => {
                // Stopped or not, it dies.
                node.frozen_until = None;
                let fresh = start(&self.system, node.roles, &node.skew);
                std::mem::replace(&mut node.server, fresh).kill();
                self.doubts += usize::from(dispatches);
            }
            1 => {
                node.server.signal("-STOP");
                stands_still(node.server.id());
                node.frozen_until = Some(Instant::now() + FROZEN);
                self.doubts += usize::from(dispatches);
            }
            2 => clocks::set(&node.skew, skew),
            _ => {
                if node.frozen_until.take().is_some() {
                    node.server.signal("-CONT");
                }
                let fresh = start(&self.system, node.roles, &node.skew);
                let old = std::mem::replace(&mut node.server, fresh);
                assert_eq!(old.terminate(), Some(0), "{} drains and exits 0", node.roles);
            }
        }
    }

    /// Lets those go on that were frozen until then.
    fn thaw(&mut self, now: Instant) {
        for node in &mut self.nodes {
            if node.frozen_until.is_some_and(|until| until <= now) {
                node.server.signal("-CONT");
                node.frozen_until = None;
            }
        }
    }
}

/// Waits until a process that was told to stands still.
fn stands_still(id: u32) {
    let started = Instant::now();
    // Its state comes behind its name, which stands in brackets.
    while !fs::read_to_string(format!("/proc/{id}/stat")).unwrap().contains(") T ") {
        assert!(started.elapsed() < PATIENCE, "process {id} goes on");
        pause(Duration::from_millis(1));
    }
}

/// Waits until each node whose clock was set tells by how much it is wrong; says how many such nodes there are.
fn tell_of_their_clocks(client: &Client, nodes: &[Node]) -> usize {
    let mut wrong = 0;
    for node in nodes {
        let skew = fs::read_to_string(&node.skew).unwrap();
        let Some(set) = skew.strip_suffix('s').and_then(|text| text.parse::<f64>().ok()).filter(|by| *by != 0.0) else {
            continue;
        };
        wrong += 1;
        let started = Instant::now();
        loop {
            let metrics = client.text(&format!("{}/metrics", node.server.url)).unwrap_or_default();
            let told = metrics.lines().find_map(|line| line.strip_prefix("stafette_clock_skew_seconds "));
            // The way of the question counts, too.
            if told.is_some_and(|told| (told.parse::<f64>().unwrap() - set).abs() < 1.0) {
                break;
            }
            assert!(started.elapsed() < PATIENCE, "{}: a clock that is {skew} wrong shows {told:?}", node.roles);
            pause(Duration::from_millis(50));
        }
    }
    wrong
}

/// How many mails are sent, or unknown and left to the operator.
fn settled(runtime: &tokio::runtime::Runtime, url: &str) -> usize {
    let count = "SELECT count(*) FROM message WHERE state IN ('sent', 'unknown')";
    let counted: Result<i64, sqlx::Error> = runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(url).await?;
        let counted = sqlx::query_scalar(count).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(counted)
    });
    counted.unwrap().try_into().unwrap()
}

#[test]
fn many_nodes_are_killed_frozen_skewed_and_drained() {
    let (faults, total) = (number("STAFETTE_CHAOS_FAULTS", 40), number("STAFETTE_CHAOS_EVENTS", 1_000));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (postgres, folder) = (Postgres::start(), tempfile::tempdir().unwrap());
    let system = System::new(Some(postgres.url.clone()));
    let client = system.set_up();
    let mut chaos = Chaos::new(system, folder.path());
    let (doors, over) = (Mutex::new(chaos.doors()), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| feed(&client, &doors, total, &over));
        let mut struck = 0;
        let mut last = (0, Instant::now());
        loop {
            let now = settled(&runtime, &postgres.url);
            if now == 2 * total && struck >= faults {
                break;
            }
            if now > last.0 || struck < faults {
                last = (now, Instant::now());
            }
            let stalled = last.1.elapsed() > STALLED;
            over.store(stalled, Ordering::Relaxed);
            assert!(!stalled, "{now} of {} mails after {struck} faults", 2 * total);
            if struck < faults {
                chaos.strike(struck);
                *doors.lock().unwrap() = chaos.doors();
                struck += 1;
            }
            chaos.thaw(Instant::now());
            if struck >= faults {
                chaos.doors().first().into_iter().for_each(|door| flush(&client, door));
            }
            let wait = chaos.below(400);
            pause(Duration::from_millis(wait as u64));
        }
    });
    chaos.thaw(Instant::now() + FROZEN);
    let [killed, frozen, skewed, drained] = chaos.done;
    eprintln!("{killed} killed, {frozen} frozen, {skewed} clocks changed, {drained} drained");
    if faults >= chaos.done.len() {
        assert!(chaos.done.iter().all(|times| *times > 0), "not each kind of fault occurred: {:?}", chaos.done);
        assert!(tell_of_their_clocks(&client, &chaos.nodes) > 0, "no clock is wrong");
    }
    let front = chaos.doors().remove(0);
    judge(&chaos.system, &client, &front, total, chaos.doubts * CONNECTIONS);
    // All at once, as when a cluster goes down.
    for node in &chaos.nodes {
        node.server.signal("-TERM");
    }
    for node in chaos.nodes {
        assert_eq!(node.server.exit_code(), Some(0), "{}", node.roles);
    }
}

/// Sends all events, each to any door that is open, until they are accepted.
fn feed(client: &Client, doors: &Mutex<Vec<String>>, total: usize, over: &AtomicBool) {
    let mut accepted = HashSet::new();
    let mut turn = 0;
    while accepted.len() < total && !over.load(Ordering::Relaxed) {
        let door = {
            let doors = doors.lock().unwrap();
            doors[turn % doors.len()].clone()
        };
        turn += 1;
        let before = accepted.len();
        send(client, &door, &mut accepted, (total, 50));
        if accepted.len() == before {
            pause(Duration::from_millis(50));
        }
    }
}

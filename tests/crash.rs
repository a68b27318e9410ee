//! The process dies, again and again, under load. Nothing accepted is lost; nothing is mailed twice but
//! what was between DATA and the reply, and that is reported.
//!
//! `STAFETTE_CRASH_EVENTS` says how many events; 300 by default, 1,000 for the long run.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    process::{Client, Server, Sink, stafette_ok},
    world::Place,
};

/// Connections of the dispatcher: the most that can be in flight when it dies.
const CONNECTIONS: usize = 8;
/// How often the one process dies at least before all events are in.
const LIVES: usize = 12;
/// Longest time that a test may take.
const PATIENCE: Duration = Duration::from_secs(240);

fn events() -> usize {
    std::env::var("STAFETTE_CRASH_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

/// What all processes of one system are started with.
struct System {
    data: tempfile::TempDir,
    database: Option<String>,
    sink: Sink,
}

impl System {
    fn new(database: Option<String>) -> Self {
        Self { data: tempfile::tempdir().unwrap(), database, sink: Sink::start(&[]) }
    }

    fn place(&self) -> Vec<String> {
        let mut args = vec!["--data".into(), self.data.path().display().to_string()];
        if let Some(url) = &self.database {
            args.extend(["--database-url".into(), url.clone()]);
        }
        args
    }

    fn cli(&self, args: &[&str]) -> String {
        let place = self.place();
        stafette_ok(&args.iter().copied().chain(place.iter().map(String::as_str)).collect::<Vec<_>>())
    }

    fn serve(&self, roles: &str) -> Server {
        let place = self.place();
        let smtp = format!("smtp://127.0.0.1:{}?connections={CONNECTIONS}", self.sink.port);
        // Two days in four seconds.
        let fixed = ["--listen", "127.0.0.1:0", "--smtp", &smtp, "--roles", roles, "--time-scale", "43200"];
        let more = ["--rate-limit", "0"];
        Server::start(&place.iter().map(String::as_str).chain(fixed).chain(more).collect::<Vec<_>>())
    }

    fn set_up(&self) -> Client {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/order-follow-up");
        self.cli(&["programs", "import", folder.to_str().unwrap(), "--publish"]);
        Client::new(&self.cli(&["keys", "create", "--scope", "events:write", "--scope", "read"]))
    }
}

fn event(n: usize) -> Value {
    json!({
        "type": "order.placed",
        "id": format!("order-{n}"),
        "contact": { "email": format!("contact{n}@example.test") },
        "data": { "order_id": format!("A-{n}"), "total": 12.5, "currency": "EUR" },
    })
}

/// Waits for a while without holding on to anything.
fn pause(length: Duration) {
    let (_keep, nothing) = mpsc::channel::<()>();
    let _ = nothing.recv_timeout(length);
}

/// A small generator, so that a run can be repeated: `STAFETTE_SEED`.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let seed = std::env::var("STAFETTE_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(20_260_301);
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Sends at most `most` of what is not accepted yet, in requests of 10; a request that dies is repeated with the
/// same ids.
fn send(client: &Client, url: &str, accepted: &mut HashSet<usize>, (total, most): (usize, usize)) {
    let open: Vec<usize> = (0..total).filter(|n| !accepted.contains(n)).take(most).collect();
    for chunk in open.chunks(10) {
        let body: Value = chunk.iter().map(|n| event(*n)).collect();
        match client.post(&format!("{url}/api/v1/events"), &body) {
            Some((202, answer)) => {
                assert_eq!(answer["accepted"], chunk.len(), "{answer}");
                accepted.extend(chunk);
            }
            Some((429 | 503, _)) | None => return,
            Some((status, answer)) => panic!("{status}: {answer}"),
        }
    }
}

/// How many mails are settled: sent, or unknown and left to the operator.
fn settled(client: &Client, url: &str) -> Option<usize> {
    let sent = client.all(&format!("{url}/api/v1/messages?state=sent"))?.len();
    let unknown = client.all(&format!("{url}/api/v1/messages?state=unknown"))?.len();
    Some(sent + unknown)
}

/// What must hold in the end.
fn judge(system: &System, client: &Client, url: &str, total: usize, in_flight: usize) {
    let tokens = client.all(&format!("{url}/api/v1/tokens")).unwrap();
    assert_eq!(tokens.len(), total, "one run for each event");
    assert!(tokens.iter().all(|token| token["state"] == "done"), "every run is through");
    let messages = client.all(&format!("{url}/api/v1/messages")).unwrap();
    assert_eq!(messages.len(), 2 * total, "a confirmation and a survey for each");
    let unknown = messages.iter().filter(|message| !message["unknown_at"].is_null()).count();
    let wanted: HashSet<&str> = messages.iter().filter_map(|message| message["message_id"].as_str()).collect();
    let mailed: HashMap<String, usize> = system.sink.message_ids();
    let lost: Vec<_> = wanted.iter().filter(|id| !mailed.contains_key(**id)).collect();
    assert_eq!((wanted.len(), mailed.len()), (2 * total, 2 * total), "lost: {lost:?}");
    let twice: usize = mailed.values().map(|n| n - 1).sum();
    eprintln!("{total} runs, {} mails, {unknown} outcomes unknown, {twice} mailed twice", mailed.len());
    assert!(twice <= unknown, "{twice} mailed twice, but only {unknown} outcomes were reported unknown");
    assert!(unknown <= in_flight, "{unknown} unknown, but at most {in_flight} can have been in flight");
}

#[test]
fn one_process_on_sqlite_is_killed_until_all_is_done() {
    let system = System::new(None);
    let client = system.set_up();
    let (total, mut chance, mut kills) = (events(), Chance::new(), 0);
    let mut accepted = HashSet::new();
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < PATIENCE, "not done after {kills} kills");
        let server = system.serve("api,runner,dispatcher,duties");
        // A few events each time, so that every life has something of each stage to die with.
        send(&client, &server.url, &mut accepted, (total, total.div_ceil(LIVES)));
        pause(Duration::from_millis(chance.below(900)));
        if accepted.len() == total && settled(&client, &server.url) == Some(2 * total) {
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
            send(&client, &front, &mut accepted, (total, total.div_ceil(LIVES)));
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
    let started = Instant::now();
    let mut kills = 0;
    send(&client, &front.url, &mut accepted, (total, total));
    assert_eq!(accepted.len(), total);
    // One runner and one dispatcher die for good, at a random moment; the others carry on.
    for at in [2, 0] {
        pause(Duration::from_millis(chance.below(700)));
        nodes.remove(at).kill();
        kills += 1;
    }
    while settled(&client, &front.url) != Some(2 * total) {
        assert!(started.elapsed() < PATIENCE, "{:?} of {} mails", settled(&client, &front.url), 2 * total);
        pause(Duration::from_millis(250));
    }
    judge(&system, &client, &front.url, total, kills * CONNECTIONS);
    for server in nodes.into_iter().chain([front]) {
        assert_eq!(server.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

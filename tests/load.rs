//! A system of processes under load, and what must hold in the end.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    process::Command,
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    cell::Cell,
    process::{Client, Server, Sink, binary, open_to_all, stafette_ok},
};

pub(crate) use crate::process::pause;

/// Connections of the dispatcher: the most that can be in flight when it dies.
pub(crate) const CONNECTIONS: usize = 8;
/// Longest time that the work of a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// What all processes of one system are started with.
pub(crate) struct System {
    data: tempfile::TempDir,
    database: Option<String>,
    sink: Sink,
    /// Another relay than the sink.
    relay: Option<String>,
    time_scale: &'static str,
}

impl System {
    /// Waits of two days take four seconds.
    pub(crate) fn new(database: Option<String>) -> Self {
        Self::with(database, "43200")
    }

    /// Waits take as many times less.
    pub(crate) fn with(database: Option<String>, time_scale: &'static str) -> Self {
        Self { data: tempfile::tempdir().unwrap(), database, sink: Sink::start(&[]), relay: None, time_scale }
    }

    /// The same with its data in a folder of its own in this one.
    pub(crate) fn on(folder: Option<&Path>) -> Self {
        let data = folder.map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap();
        Self { data, ..Self::new(None) }
    }

    /// From now on by another way to the database.
    pub(crate) fn lead_to(&mut self, database: String) {
        self.database = Some(database);
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// The same with a relay that takes a second for each mail, so that there is always one under way.
    pub(crate) fn slow(database: Option<String>) -> Self {
        Self { sink: Sink::start(&["-w", "1"]), ..Self::new(database) }
    }

    /// The same with another relay.
    pub(crate) fn through(relay: String) -> Self {
        Self { relay: Some(relay), ..Self::new(None) }
    }

    /// The same on another database.
    pub(crate) fn at(self, database: Option<String>) -> Self {
        Self { database, ..self }
    }

    /// How often the relay took each Message-ID.
    pub(crate) fn message_ids(&self) -> HashMap<String, usize> {
        self.sink.message_ids()
    }

    /// How many mails the relay took, counting each as often as it came.
    pub(crate) fn mailed(&self) -> usize {
        self.sink.message_ids().values().sum()
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

    pub(crate) fn serve(&self, roles: &str) -> Server {
        self.serve_armed(roles, "")
    }

    /// The same, to die at a fail point.
    pub(crate) fn serve_armed(&self, roles: &str, point: &str) -> Server {
        self.serve_with(roles, &[], &[("STAFETTE_FAILPOINT", point)])
    }

    /// The same with more options and more in its environment.
    pub(crate) fn serve_with(&self, roles: &str, options: &[&str], environment: &[(&str, &str)]) -> Server {
        Server::start_with(&self.options(roles, options), environment)
    }

    /// The same with its log in a file.
    pub(crate) fn serve_logging(&self, roles: &str, options: &[&str], log: &Path) -> Server {
        Server::start_logging(&self.options(roles, options), log)
    }

    /// All roles, started by another command that is given the program and its options.
    pub(crate) fn serve_by(&self, by: &[&str]) -> Server {
        let mut command = Command::new(by[0]);
        command.args(&by[1..]).arg(binary()).arg("serve");
        command.args(self.options("api,runner,dispatcher,duties", &[]));
        Server::start_by(command, by[0])
    }

    /// All roles, in a cell.
    pub(crate) fn serve_in(&self, cell: &Cell, options: &[&str]) -> Server {
        let mut command = cell.serve();
        command.args(self.options("api,runner,dispatcher,duties", options));
        open_to_all(self.data.path());
        cell.give_away(self.data.path());
        Server::start_by(command, "a server in its cell")
    }

    fn options(&self, roles: &str, options: &[&str]) -> Vec<String> {
        let place = self.place();
        let sink = format!("smtp://127.0.0.1:{}?connections={CONNECTIONS}", self.sink.port);
        let smtp = self.relay.clone().unwrap_or(sink);
        let public = ["--public-url", "http://127.0.0.1"];
        let fixed = ["--listen", "127.0.0.1:0", "--smtp", &smtp, "--roles", roles, "--rate-limit", "0"];
        let more = ["--time-scale", self.time_scale];
        let words = fixed.into_iter().chain(public).chain(more).chain(options.iter().copied());
        place.into_iter().chain(words.map(str::to_owned)).collect()
    }

    pub(crate) fn set_up(&self) -> Client {
        self.set_up_with(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/order-follow-up"))
    }

    /// The same with the programs of another folder.
    pub(crate) fn set_up_with(&self, folder: &Path) -> Client {
        self.cli(&["programs", "import", folder.to_str().unwrap(), "--publish"]);
        Client::new(&self.cli(&["keys", "create", "--scope", "events:write", "--scope", "read", "--scope", "admin"]))
    }

    /// Somebody who may decide.
    pub(crate) fn admin(&self) -> Client {
        Client::new(&self.cli(&["keys", "create", "--scope", "admin"]))
    }
}

pub(crate) fn event(n: usize) -> Value {
    json!({
        "type": "order.placed",
        "id": format!("order-{n}"),
        "contact": { "email": format!("contact{n}@example.test") },
        "data": { "order_id": format!("A-{n}"), "total": 12.5, "currency": "EUR" },
    })
}

/// A number from the environment, for runs that are longer than those of every day.
pub(crate) fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).filter(|n| *n > 0).unwrap_or(default)
}

/// A small generator, so that a run can be repeated: `STAFETTE_SEED`.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        let seed = std::env::var("STAFETTE_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(20_260_301);
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Sends at most `most` of what is not accepted yet, in requests of 10; a request that dies is repeated with the
/// same ids.
pub(crate) fn send(client: &Client, url: &str, accepted: &mut HashSet<usize>, (total, most): (usize, usize)) {
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

/// An operator who does not want to wait: what is put off after a fault is tried at once.
pub(crate) fn flush(client: &Client, url: &str) {
    // A door that is shut just now is knocked at again.
    let _ = client.post(&format!("{url}/api/v1/queues/operational/flush"), &json!({}));
}

/// How many mails are settled: sent, or unknown and left to the operator. Flushes what is not.
pub(crate) fn settled(client: &Client, url: &str) -> Option<usize> {
    flush(client, url);
    let sent = client.all(&format!("{url}/api/v1/messages?state=sent"))?.len();
    let unknown = client.all(&format!("{url}/api/v1/messages?state=unknown"))?.len();
    Some(sent + unknown)
}

/// Waits until every mail is settled: looks whenever the live feed tells of something.
pub(crate) fn wait(client: &Client, url: &str, total: usize) {
    until(client, url, || match settled(client, url) {
        done if done == Some(2 * total) => Ok(()),
        done => Err(format!("{done:?} of {} mails; open: {:#?}", 2 * total, open(client, url))),
    });
}

/// The runs that are not through, and the mails that are not settled.
fn open(client: &Client, url: &str) -> Option<Vec<Value>> {
    let tokens = client.all(&format!("{url}/api/v1/tokens"))?.into_iter().filter(|token| token["state"] != "done");
    let messages = client.all(&format!("{url}/api/v1/messages"))?.into_iter();
    Some(
        tokens
            .chain(messages.filter(|message| !matches!(message["state"].as_str(), Some("sent" | "unknown"))))
            .collect(),
    )
}

/// Waits until something holds: looks whenever the live feed tells of something. What it gives else is said in the end.
pub(crate) fn until(client: &Client, url: &str, holds: impl Fn() -> Result<(), String>) {
    let started = Instant::now();
    let mut news = client.live(url);
    while let Err(not_yet) = holds() {
        assert!(started.elapsed() < PATIENCE, "{not_yet}");
        // A feed may leave something out, so look now and then anyway.
        match news.recv_timeout(Duration::from_secs(1)) {
            Ok(()) => while news.try_recv().is_ok() {},
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => news = client.live(url),
        }
    }
}

/// What must hold in the end. Says how many outcomes were unknown, and how many mails came twice.
pub(crate) fn judge(system: &System, client: &Client, url: &str, total: usize, in_flight: usize) -> (usize, usize) {
    let tokens = client.all(&format!("{url}/api/v1/tokens")).unwrap();
    assert_eq!(tokens.len(), total, "one run for each event");
    assert!(tokens.iter().all(|token| token["state"] == "done"), "every run is through");
    let messages = client.all(&format!("{url}/api/v1/messages")).unwrap();
    assert_eq!(messages.len(), 2 * total, "a confirmation and a survey for each");
    let number = |message: &Value, what: &str| usize::try_from(message[what].as_u64().unwrap()).unwrap();
    let unknown: usize = messages.iter().map(|message| number(message, "unknowns")).sum();
    let wanted: HashSet<&str> = messages.iter().filter_map(|message| message["message_id"].as_str()).collect();
    let mailed: HashMap<String, usize> = system.sink.message_ids();
    let lost: Vec<_> = wanted.iter().filter(|id| !mailed.contains_key(**id)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    // So whatever came twice came with the same Message-ID.
    assert_eq!((wanted.len(), mailed.len()), (2 * total, 2 * total));
    for message in &messages {
        let times = mailed[message["message_id"].as_str().unwrap()];
        // It came as often as it was confirmed, which is once, or was reported; and each time was counted.
        let confirmed = usize::from(message["state"] == "sent");
        assert!(times <= number(message, "unknowns") + confirmed, "came {times} times, unreported: {message}");
        assert!(times <= number(message, "hand_overs"), "came {times} times: {message}");
    }
    let twice: usize = mailed.values().map(|n| n - 1).sum();
    eprintln!("{total} runs, {} mails, {unknown} outcomes unknown, {twice} mailed twice", mailed.len());
    assert!(unknown <= in_flight, "{unknown} unknown, but at most {in_flight} can have been in flight");
    (unknown, twice)
}

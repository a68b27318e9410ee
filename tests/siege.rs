//! Strangers and holders of a key attack one server at once, in every way that is cheap to them. It runs as a user without
//! rights and, where the tests may make one, in a memory cgroup. It lives, and whoever asks politely is answered.
//!
//! `STAFETTE_SIEGE_PROBES` says how many polite calls a round has, 100 by default. With 2,000 this is a measurement:
//! `STAFETTE_SIEGE_PROBES=2000 cargo test --release -p tests --test system -- --nocapture siege::` prints the slowest 1 %.

mod attacks;

use std::time::{Duration, Instant};

use serde_json::json;

use self::attacks::Attacks;
use crate::{
    cell::Cell,
    load::number,
    process::{Client, Server, stafette_ok},
};

/// With so many polite calls the slowest 1 % are measured.
const MEASURED: usize = 2_000;
/// Rounds without and with the attack, in turns.
const ROUNDS: usize = 3;

#[test]
fn a_server_under_attack_answers_everybody_else() {
    let cell = Cell::new();
    let data = cell.folder().join("data");
    let place = ["--data", data.to_str().unwrap()];
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/order-follow-up");
    stafette_ok(&["programs", "import", program, "--publish", place[0], place[1]]);
    let key = |scopes: &[&str]| {
        let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
        stafette_ok(&["keys", "create"].into_iter().chain(scopes).chain(place).collect::<Vec<_>>())
    };
    let (polite, rude) = (key(&["events:write", "read"]), key(&["events:write", "read"]));
    cell.give_away(cell.folder());
    let options = [place[0], place[1], "--listen", "127.0.0.1:0", "--rate-limit", "0"];
    let mut command = cell.serve();
    command.args(options);
    let mut server = Server::start_by(command, "a server in its cell");
    let client = Client::new(&polite);
    let probes = number("STAFETTE_SIEGE_PROBES", 100);
    let (mut quiet, mut besieged) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        quiet.extend(probe(&client, &server, (round * 2, probes)));
        let attacks = Attacks::start(&server.url, &rude);
        besieged.extend(probe(&client, &server, (round * 2 + 1, probes)));
        attacks.end();
    }
    cell.outlives(&mut server);
    let used = cell.most_used(&server);
    let slowest = |times: &[Duration], which: &dyn Fn(usize) -> bool| {
        let mut times: Vec<_> = (0..times.len()).filter(|n| which(n % probes)).map(|n| times[n]).collect();
        times.sort_unstable();
        times[times.len() - 1 - times.len() / 100]
    };
    for (n, name) in CALLS.into_iter().enumerate() {
        let which = |probe| probe % CALLS.len() == n;
        eprintln!("{name}: {:?} alone, {:?} under attack", slowest(&quiet, &which), slowest(&besieged, &which));
    }
    let (quiet, besieged) = (slowest(&quiet, &|_| true), slowest(&besieged, &|_| true));
    let ratio = besieged.as_secs_f64() / quiet.as_secs_f64();
    eprintln!("{} MiB; the slowest 1 %: {quiet:?} alone, {besieged:?} under attack, ratio {ratio:.1}", used >> 20);
    // A few calls measure nothing; with many it must hold.
    assert!(probes < MEASURED || ratio <= 5.0, "{quiet:?} alone, {besieged:?} under attack, ratio {ratio:.1}");
    assert_eq!(server.terminate(), Some(0));
}

/// What polite calls are, in turns.
const CALLS: [&str; 3] = ["health", "programs", "event"];

/// Polite calls one after the other; how long each took. None is refused.
fn probe(client: &Client, server: &Server, (round, probes): (usize, usize)) -> Vec<Duration> {
    let ask = |n: usize| {
        let began = Instant::now();
        let (status, answer) = match n % CALLS.len() {
            0 => client.get(&format!("{}/healthz", server.url)),
            1 => client.get(&format!("{}/api/v1/programs", server.url)),
            _ => client.post(
                &format!("{}/api/v1/events", server.url),
                &json!({ "type": "order.placed", "id": format!("polite-{round}-{n}"),
                    "contact": { "email": format!("polite{n}@example.test") },
                    "data": { "order_id": "A-1", "total": 1, "currency": "EUR" } }),
            ),
        }
        .unwrap_or_else(|| panic!("call {n} of round {round} was not answered"));
        assert!(matches!(status, 200 | 202), "call {n} of round {round}: {status} {answer}");
        began.elapsed()
    };
    (0..probes).map(ask).collect()
}

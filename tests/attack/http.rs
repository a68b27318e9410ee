//! Hostile clients over HTTP.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::peer::Peer;
use crate::{
    cell::Cell,
    process::{Client, Server, stafette_ok},
};

/// A server process with a key for each kind of caller.
pub(super) struct Target {
    pub(super) server: Server,
    pub(super) data: String,
    cell: Cell,
}

impl Target {
    pub(super) fn new(flags: &[&str]) -> Self {
        let cell = Cell::new();
        let data = cell.folder().join("data").to_str().unwrap().to_owned();
        cell.give_away(cell.folder());
        let mut command = cell.serve();
        command.args(["--listen", "127.0.0.1:0", "--data", &data]).args(flags);
        Self { server: Server::start_by(command, "a server in its cell"), data, cell }
    }

    pub(super) fn url(&self) -> &str {
        &self.server.url
    }

    pub(super) fn key(&self, scope: &str) -> String {
        stafette_ok(&["keys", "create", "--data", &self.data, "--scope", scope])
    }

    /// One request over a connection of its own.
    pub(super) fn ask(&self, request: &str) -> String {
        let mut peer = Peer::to(self.url());
        peer.say(request);
        peer.rest()
    }

    /// The most memory that the process ever had, in MiB.
    pub(super) fn peak(&self) -> u64 {
        self.server.peak() >> 20
    }

    pub(super) fn lives(&mut self) -> bool {
        self.cell.outlives(&mut self.server);
        self.ask("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").contains("200 OK")
    }
}

pub(super) fn post(path: &str, key: &str, headers: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n{headers}content-length: {length}\r\n\r\n"
    )
}

/// A program of 20,000 nodes in a chain, by every door that takes one.
#[test]
fn a_chain_of_nodes_ends_nobody() {
    let mut target = Target::new(&[]);
    let (reader, admin) = (Client::new(&target.key("read")), Client::new(&target.key("admin")));
    let url = |path: &str| format!("{}/api/v1{path}", target.url());
    let small = "{ stafette: 1, name: chain, title: T, nodes: { a: { kind: entry, event: x, again: always } } }";
    assert_eq!(admin.post_text(&url("/programs"), small).unwrap().0, 200);
    let nodes: Vec<_> =
        (0..20_000).map(|n| format!("\"n{n}\":{{\"kind\":\"exit\",\"next\":\"n{}\"}}", n + 1)).collect();
    let program = format!("{{\"stafette\":1,\"name\":\"chain\",\"title\":\"T\",\"nodes\":{{{}}}}}", nodes.join(","));
    let named = |answer: Option<(u16, Value)>| {
        let (status, body) = answer.expect("the process lives");
        assert!(
            body.to_string().contains("too_many_nodes"),
            "{status} {}",
            body.to_string().chars().take(200).collect::<String>()
        );
        let list = body["problems"].as_array().or(body["errors"].as_array()).unwrap();
        assert!(list.len() <= 201, "{} are listed", list.len());
        status
    };
    assert_eq!(named(reader.post_text(&url("/programs/check"), &program)), 200);
    assert_eq!(named(admin.post_text(&url("/programs"), &program)), 422);
    let tried = format!("{{\"days\":1,\"program\":{program}}}");
    assert_eq!(named(reader.post_text(&url("/programs/chain/dry-run"), &tried)), 422);
    let draft: Value = serde_json::from_str(&format!("{{\"revision\":0,\"program\":{program}}}")).unwrap();
    let saved = admin.put(&url("/programs/chain/draft"), &draft).unwrap();
    assert_eq!(saved.0, 200);
    let seen = json!({ "revision": saved.1["revision"] });
    assert_eq!(named(reader.post(&url("/programs/chain/publish/preview"), &seen)), 200);
    assert_eq!(named(reader.post(&url("/programs/chain/dry-run"), &json!({ "days": 1 }))), 422);
    assert!(target.lives());
}

/// Nobody makes a series of their own, by method, path, header or status.
#[test]
fn labels_are_closed_sets() {
    let mut target = Target::new(&[]);
    // What duties measure comes in its own time.
    let series = |target: &Target, of: &str| {
        let answer = target.ask("GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        answer.lines().filter(|line| line.starts_with(of) && !line.contains("_bucket")).count()
    };
    let strange = |n: usize| {
        let (method, path) = match n % 4 {
            0 => (format!("M{n}{}", "X".repeat(200)), "/healthz".to_owned()),
            1 => ("GET".to_owned(), format!("/api/v1/contacts/{n}")),
            2 => (format!("ZZ{n}"), format!("/r/{n}")),
            _ => ("PROPFIND".to_owned(), format!("/{n}/x?y={n}")),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nhost: h{n}\r\nuser-agent: a{n}\r\nx-request-id: i{n}\r\nx-forwarded-for: 10.0.0.{}\r\n\
             content-length: 0\r\n\r\n",
            n % 256
        )
    };
    // Over one connection each hundred; what comes first makes the few series that there are.
    let flood = |from: usize, to: usize| {
        for hundred in (from..to).step_by(100) {
            let mut peer = Peer::to(target.url());
            for n in hundred..hundred + 100 {
                peer.say(strange(n));
                assert!(peer.answer().0 >= 200, "{}", strange(n));
            }
        }
    };
    flood(0, 100);
    // The first look is a request of its own.
    series(&target, "stafette_http_");
    let before = series(&target, "stafette_http_");
    flood(100, 2_000);
    assert_eq!(series(&target, "stafette_http_"), before);
    let all = series(&target, "stafette_");
    assert!((before..150).contains(&all), "{all}");
    let metrics = target.ask("GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    for line in [
        "# HELP stafette_events_accepted_total",
        "# TYPE stafette_events_accepted_total counter",
        "stafette_events_accepted_total 0",
        "stafette_messages_sent_total{class=\"marketing\"} 0",
        "stafette_ingest_queue 0",
        "stafette_build_info{version=",
        "stafette_http_requests_total{method=\"other\"",
    ] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    assert!(target.lives());
}

/// Silent ones give their places to those who ask; who asks and asks again is bounded by address.
#[test]
fn silent_connections_block_nobody() {
    let mut target =
        Target::new(&["--connections", "40", "--connections-per-address", "30", "--header-timeout", "60s"]);
    let silent: Vec<_> = (0..100).map(|n| Peer::from(&format!("127.0.0.{}", 2 + n % 2), target.url())).collect();
    for n in 0..50 {
        let mut peer = Peer::from(&format!("127.0.0.{}", 1 + n % 4), target.url());
        peer.say("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
        assert_eq!(peer.status(), 200, "request {n} beside {} silent ones", silent.len());
    }
    assert!(target.lives());
    drop(silent);
    // Those who are being answered keep their places; one more of their address is told so.
    let key = target.key("read");
    let live = format!("GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
    let keys: Vec<_> = (0..4).map(|_| target.key("read")).collect();
    let mut listening = Vec::new();
    for n in 0..30 {
        let mut peer = Peer::from("127.0.0.9", target.url());
        peer.say(live.replace(&key, &keys[n / 8]));
        assert_eq!(peer.status(), 200, "listener {n}");
        listening.push(peer);
    }
    let mut one_more = Peer::from("127.0.0.9", target.url());
    let told = one_more.head();
    assert!(told.contains("503") && told.contains("retry-after"), "{told}");
    assert_eq!(Peer::from("127.0.0.8", target.url()).asked("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"), 200);
}

#[test]
fn listeners_are_counted() {
    let target = Target::new(&["--listeners", "5", "--listeners-per-session", "3"]);
    let keys = [target.key("read"), target.key("read")];
    let listen = |key: &str| {
        let mut peer = Peer::to(target.url());
        peer.say(format!("GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n"));
        (peer.status(), peer)
    };
    let of_first: Vec<_> = (0..4).map(|_| listen(&keys[0])).collect();
    assert_eq!(of_first.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 200, 429]);
    let of_second: Vec<_> = (0..3).map(|_| listen(&keys[1])).collect();
    assert_eq!(of_second.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 503]);
}

/// A feed ends with its key, at once where it is revoked by this process; `commands.rs` has it revoked by another one.
#[test]
fn a_feed_ends_with_its_key() {
    let target = Target::new(&[]);
    let (key, admin) = (target.key("read"), target.key("admin"));
    let listen = |key: &str| {
        let mut peer = Peer::to(target.url());
        peer.say(format!(
            "GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
        ));
        assert_eq!(peer.status(), 200);
        peer
    };
    let (mut here, mut stays) = (listen(&key), listen(&admin));
    let client = Client::new(&admin);
    let keys = client.get(&format!("{}/api/v1/keys", target.url())).unwrap().1;
    let id = keys["items"].as_array().unwrap().iter().find(|it| it["scopes"] == json!(["read"])).unwrap()["id"].clone();
    let begin = Instant::now();
    let gone = format!(
        "DELETE /api/v1/keys/{} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {admin}\r\nconnection: close\r\n\r\n",
        id.as_str().unwrap()
    );
    assert!(target.ask(&gone).contains("204"));
    // Up to the end of the stream, which comes at once and not after a keep-alive.
    here.rest();
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    // The server's own end is the end of the other one.
    target.server.signal("-TERM");
    stays.rest();
}

/// Bodies that are announced, begun and never finished hold a bounded number of bytes, and small ones get through.
#[test]
fn unfinished_bodies_have_a_budget() {
    let mut target = Target::new(&["--body-memory", "32", "--connections-per-address", "0"]);
    let key = target.key("events:write");
    let part = vec![b' '; 900 << 10];
    let (mut begun, mut refused) = (Vec::new(), 0);
    for n in 0..100 {
        let mut peer = Peer::from(&format!("127.0.0.{}", 2 + n % 5), target.url());
        peer.say(post("/api/v1/events", &key, "", 1 << 20));
        peer.say(&part);
        begun.push(peer);
    }
    let small = r#"{"type":"a","contact":{"external_id":"1"}}"#;
    for n in 0..20 {
        let request = post("/api/v1/events", &key, "connection: close\r\n", small.len()) + small;
        assert!(target.ask(&request).contains("202 Accepted"), "small request {n}");
    }
    for peer in &mut begun {
        refused += usize::from(peer.waiting().contains("503"));
    }
    assert!((60..95).contains(&refused), "{refused} of 100 were refused");
    drop(begun);
    // What they held is free again.
    let large = format!(r#"{{"type":"a","contact":{{"external_id":"1"}},"data":{{"x":"{}"}}}}"#, "x".repeat(900_000));
    let request = post("/api/v1/events", &key, "connection: close\r\n", large.len()) + &large;
    let begin = Instant::now();
    while !target.ask(&request).contains("202 Accepted") {
        assert!(begin.elapsed() < Duration::from_secs(20), "the room is not given back");
    }
    assert!(target.lives() && target.peak() < 400, "{} MiB", target.peak());
}

#[test]
fn slow_bodies_are_cut_off() {
    let target = Target::new(&["--body-timeout", "300ms"]);
    let key = target.key("events:write");
    let begin = Instant::now();
    let mut peer = Peer::to(target.url());
    peer.say(post("/api/v1/events", &key, "", 1_000));
    peer.say("[");
    let told = peer.rest();
    assert!(told.contains("408") && told.contains("\"timeout\""), "{told}");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

/// Who asks for a large answer and does not read it is cut off, and costs no copy of it meanwhile. The document of the API
/// is the largest answer that a debug build has in memory; that files of the web app are not copied, either, a unit test
/// of `assets.rs` says.
#[test]
fn who_does_not_read_is_cut_off() {
    /// Enough that a copy for each would be seen.
    const PEERS: usize = 300;
    let mut target = Target::new(&["--write-timeout", "500ms", "--connections-per-address", "0"]);
    let key = target.key("read");
    let mut first = Peer::to(target.url());
    first.say(format!("GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n"));
    let size = first.answer().1.len() as u64;
    drop(first);
    let before = target.peak();
    let begin = Instant::now();
    let mut peers = Vec::new();
    for _ in 0..PEERS {
        let mut peer = Peer::to(target.url());
        // One after the other, so that what is written is more than the kernel keeps for somebody.
        let ask = format!("GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
        peer.say(ask.repeat(60));
        peers.push(peer);
    }
    let open = |target: &Target| {
        let metrics = target.ask("GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let gauge =
            metrics.lines().find_map(|line| line.strip_prefix("stafette_http_connections ")?.parse::<usize>().ok());
        gauge.unwrap()
    };
    while open(&target) > 1 {
        assert!(begin.elapsed() < Duration::from_secs(240), "nobody is cut off");
    }
    for peer in &mut peers {
        assert!(peer.rest().matches("HTTP/1.1 200 OK").count() < 60);
    }
    let (more, copies) = (target.peak() - before, (PEERS as u64 * size) >> 20);
    eprintln!("{more} MiB more; {PEERS} copies of {size} bytes are {copies} MiB");
    assert!(target.lives() && more < copies / 2, "{more} MiB more; {PEERS} copies are {copies} MiB");
}

/// Who is refused early and writes on, as many a client does, reads the reason all the same.
#[test]
fn an_early_refusal_is_read_by_who_still_writes() {
    let mut target = Target::new(&[]);
    let url = format!("{}/api/v1/events", target.url());
    let writer = Client::new(&target.key("events:write"));
    let (status, problem) = writer.post_text(&url, &" ".repeat((15 << 20) + 1)).expect("an answer");
    assert_eq!((status, &problem["code"]), (413, &json!("too_large")));
    let (status, problem) = writer.post_anonymously(&url, &json!("x".repeat(12 << 20))).expect("an answer");
    assert_eq!((status, &problem["code"]), (401, &json!("unauthorized")));
    assert!(target.lives());
}

/// What is too large is said before it is sent.
#[test]
fn large_lengths_and_heads_are_refused_at_once() {
    let mut target = Target::new(&[]);
    let key = target.key("events:write");
    for (length, headers) in
        [(1 << 30, "expect: 100-continue\r\n"), (1 << 30, ""), ((15 << 20) + 1, "expect: 100-continue\r\n")]
    {
        let mut peer = Peer::to(target.url());
        peer.say(post("/api/v1/events", &key, headers, length));
        let head = peer.head();
        assert!(head.starts_with("HTTP/1.1 413"), "{length}: {head}");
    }
    let mut peer = Peer::to(target.url());
    let small = r#"{"type":"a","contact":{"external_id":"1"}}"#;
    peer.say(post("/api/v1/events", &key, "expect: 100-continue\r\n", small.len()));
    assert!(peer.head().starts_with("HTTP/1.1 100"));
    peer.say(small);
    assert_eq!(peer.status(), 202);
    for head in [
        format!("GET /healthz HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", "c".repeat(100_000)),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "p".repeat(100_000)),
        format!(
            "GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n",
            (0..300).map(|n| format!("h{n}: 1\r\n")).collect::<String>()
        ),
    ] {
        let mut peer = Peer::to(target.url());
        peer.say(&head);
        let status = peer.status();
        assert!([0, 400, 414, 431].contains(&status), "{status}: {}", &head[..60]);
    }
    assert!(target.lives());
}

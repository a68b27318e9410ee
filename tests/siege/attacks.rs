//! What strangers and holders of a key do to a server at the same time. Each is bounded in count.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    runtime::Runtime,
    task::JoinSet,
    time::timeout,
};

/// Addresses that the attackers come from; the polite one has another.
const ADDRESSES: u8 = 8;
/// Longest time that one call may take.
const CALL: Duration = Duration::from_secs(20);

pub(super) struct Attacks {
    runtime: Runtime,
    tasks: JoinSet<()>,
}

/// Where to, and with which key.
#[derive(Clone)]
struct Target {
    addr: SocketAddr,
    key: Arc<str>,
}

impl Attacks {
    /// All at once. Gives back when the connections that only take room stand.
    pub(super) fn start(url: &str, key: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let addr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let target = Target { addr, key: key.into() };
        let mut tasks = JoinSet::new();
        runtime.block_on(async {
            let mut held = Vec::new();
            for n in 0..400 {
                held.extend(target.open(n).await);
            }
            for (n, stream) in held.iter_mut().enumerate() {
                // Whoever was refused already does not mind.
                let _ = stream.write_all(target.nuisance(n).as_bytes()).await;
            }
            tasks.spawn(async move {
                std::future::pending::<()>().await;
                drop(held);
            });
        });
        // Made once: who attacks has them ready, and the time that they take would be the polite one's.
        let calls: Arc<[_]> = (0..5).map(dear).collect();
        for n in 0..4 {
            let (target, calls) = (target.clone(), calls.clone());
            tasks.spawn_on(async move { target.call(n, &calls).await }, runtime.handle());
        }
        Self { runtime, tasks }
    }

    /// Ends the attack, which went on until now.
    pub(super) fn end(mut self) {
        assert!(self.tasks.try_join_next().is_none(), "an attacker gave up");
        self.tasks.abort_all();
        self.runtime.block_on(async { while self.tasks.join_next().await.is_some() {} });
    }
}

impl Target {
    async fn open(&self, n: usize) -> Option<TcpStream> {
        let socket = TcpSocket::new_v4().ok()?;
        let host = 2 + u8::try_from(n % usize::from(ADDRESSES)).unwrap_or_default();
        socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).ok()?;
        timeout(CALL, socket.connect(self.addr)).await.ok()?.ok()
    }

    /// What a connection that then does nothing has said.
    fn nuisance(&self, n: usize) -> String {
        let key = &self.key;
        match n % 4 {
            // Nothing at all.
            0 => String::new(),
            // A head without an end.
            1 => format!("GET / HTTP/1.1\r\nHost: a\r\nX-{n}: "),
            // A body that does not come.
            2 => format!(
                "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
                 Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{}",
                " ".repeat(100_000)
            ),
            // Many answers that nobody reads.
            _ => "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50),
        }
    }

    /// Calls that cost the server more than the caller, one after the other, until somebody ends it.
    async fn call(&self, n: usize, calls: &[Call]) {
        for turn in n.. {
            let Call { method, path, body } = &calls[turn % calls.len()];
            // No two are alike in what a series could be made of.
            let method = if method.is_empty() { format!("M{n}X{turn}") } else { (*method).to_owned() };
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                self.key,
                body.len()
            );
            let Some(mut stream) = self.open(n).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let answered = async {
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(body.as_bytes()).await?;
                let mut answer = Vec::new();
                (&mut stream).take(1 << 20).read_to_end(&mut answer).await
            };
            // How it is refused is not asked here.
            let _ = timeout(CALL, answered).await;
        }
    }
}

/// A dear call. Without a method it has one of its own each time.
struct Call {
    method: &'static str,
    path: &'static str,
    body: String,
}

/// What attackers call in turns.
fn dear(n: usize) -> Call {
    let post = |path, body: Value| Call { method: "POST", path, body: body.to_string() };
    match n {
        0 => Call { method: "", path: "/api/v1/events", body: String::new() },
        1 => post("/api/v1/programs/check", chain(20_000)),
        2 => post(
            "/api/v1/streams/order-confirmation/preview",
            json!({ "contact": { "email": "a@example.test", "first_name": "a".repeat(200_000) }, "event": nested(60) }),
        ),
        3 => post(
            "/api/v1/events",
            json!({ "type": "order.placed", "contact": { "email": "rude@example.test", "name": "rude".repeat(50_000) },
                "data": { "lines": vec![nested(20); 500] } }),
        ),
        _ => Call { method: "POST", path: "/api/v1/events", body: "[".repeat(500_000) },
    }
}

/// A program of so many nodes, one after the other.
fn chain(length: usize) -> Value {
    let mut nodes = serde_json::Map::new();
    nodes.insert("n0".into(), json!({ "kind": "entry", "event": "a", "again": "always", "next": "n1" }));
    for n in 1..length {
        nodes.insert(format!("n{n}"), json!({ "kind": "wait", "duration": "1d", "next": format!("n{}", n + 1) }));
    }
    nodes.insert(format!("n{length}"), json!({ "kind": "exit" }));
    json!({ "stafette": 1, "name": "chain", "title": "Chain", "nodes": nodes })
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({ "name": "x" }), |inner, _| json!({ "lines": [inner] }))
}

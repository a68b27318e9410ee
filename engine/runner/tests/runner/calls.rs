//! Calls of real servers on this machine, good ones and bad ones.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use connect::{Guard, Limits, Signed};
use mail::Transport;
use program::{CallId, Reason, StreamClass, TokenId};
use runner::{CallSigner, CallsConfig, Config, Deps, Engine, duties::Gauges};
use serde_json::{Value, json};
use store::{
    Call, CallFilter, CallStatus, CatchUp, DeadLetterFilter, DeadLetterKind, MessageStatus, Paging, QueueName,
    RelaySeen, TokenFilter, TokenStatus,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::world::{WS, World, all, event, one_mail, stream};

/// What a server does with a call.
#[derive(Clone, Copy, Debug)]
enum Act {
    Say(&'static str),
    Close,
    Never,
    /// A byte of its head now and then, and no end.
    Drip,
}

const OK: Act = Act::Say("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ntaken");
const BROKEN: Act = Act::Say("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n");
const GONE: Act = Act::Say("HTTP/1.1 410 Gone\r\ncontent-length: 8\r\n\r\nwe moved");
const BUSY: Act = Act::Say("HTTP/1.1 503 Busy\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n");
const ELSEWHERE: Act = Act::Say("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n");

/// A server that does one thing after the other, the last one for ever, and keeps what it was told.
struct Server {
    url: String,
    told: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(acts: &[Act]) -> Self {
        Self::at("127.0.0.1:0", acts).await
    }

    async fn at(address: &str, acts: &[Act]) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Vec::new()));
        let (mut acts, seen) = (VecDeque::from(acts.to_vec()), told.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let act = if acts.len() > 1 { acts.pop_front().unwrap() } else { acts[0] };
                tokio::spawn(answer(stream, act, seen.clone()));
            }
        });
        Self { url, told }
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    fn ids(&self) -> Vec<String> {
        self.told().iter().map(|request| header(request, "webhook-id").to_owned()).collect()
    }
}

async fn answer(mut stream: TcpStream, act: Act, told: Arc<Mutex<Vec<String>>>) {
    let mut read = Vec::new();
    let request = loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = header(head, "content-length").parse().unwrap();
            if body.len() >= length {
                break text;
            }
        }
        if stream.read_buf(&mut read).await.unwrap() == 0 {
            return;
        }
    };
    told.lock().unwrap().push(request);
    match act {
        Act::Say(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
        Act::Close => {}
        Act::Never => std::future::pending().await,
        Act::Drip => {
            for byte in b"HTTP/1.1 200 OK\r\nx: ".iter().chain(std::iter::repeat(&b'x')) {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
    }
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let find = |line: &'a str| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name));
    request.lines().find_map(find).map_or("", |(_, value)| value)
}

async fn world(server: &Server) -> World {
    let world = World::new().await;
    program(&world, &server.url).await;
    world
}

async fn program(world: &World, url: &str) {
    let yaml = format!(
        "stafette: 1\nname: tell\ntitle: T\nnodes:\n  come: {{ kind: entry, event: go, again: always, next: tell }}\n  \
         tell: {{ kind: call_webhook, url: \"{url}\", next: {{ answered: good, failed: bad }} }}\n  \
         good: {{ kind: exit }}\n  bad: {{ kind: exit }}\n"
    );
    world.program(&yaml).await;
}

async fn go(world: &World) -> TokenId {
    let token = world.event(event("go", "ann@example.test", json!({ "order": 7 }))).await[0];
    world.engine.work_off().await.unwrap();
    token
}

async fn calls(world: &World) -> Vec<Call> {
    world.store.calls(WS, &CallFilter::default(), &all()).await.unwrap().items
}

/// The nodes and reasons of a token's steps at the node that calls and behind it.
async fn way(world: &World, token: TokenId) -> Vec<String> {
    let steps = world.store.trace(WS, token).await.unwrap();
    steps[1..].iter().map(|step| format!("{} {}", step.node, step.reason)).collect()
}

fn place(server: &Server) -> String {
    server.url.trim_start_matches("http://").trim_end_matches("/hook").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_told_and_the_token_goes_on() {
    let server = Server::start(&[OK]).await;
    let world = world(&server).await;
    let token = go(&world).await;
    let calls_tell = format!("tell calls {}", place(&server));
    assert_eq!(way(&world, token).await, [calls_tell.as_str(), "tell answered with status 200", "good "]);
    let told = server.told();
    assert_eq!(told.len(), 1);
    let (head, body) = told[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
    assert_eq!(header(head, "content-type"), "application/json");

    let secret = CallSigner::new(b"secret").told(WS).parse().unwrap();
    let signed = Signed {
        id: header(head, "webhook-id"),
        timestamp: header(head, "webhook-timestamp"),
        signature: header(head, "webhook-signature"),
    };
    connect::verify(&[secret], signed, body.as_bytes(), world.clock.now()).unwrap();
    let other = CallSigner::new(b"another").told(WS).parse().unwrap();
    assert!(connect::verify(&[other], signed, body.as_bytes(), world.clock.now()).is_err());

    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["type"], "program.call");
    assert_eq!(body["timestamp"], "2026-03-01T09:00:00Z");
    let data = &body["data"];
    assert_eq!((&data["program"]["name"], &data["node"], &data["step"]), (&json!("tell"), &json!("tell"), &json!(2)));
    assert_eq!((&data["contact"]["email"], &data["token"]), (&json!("ann@example.test"), &json!(token)));
    assert_eq!((&data["event"]["type"], &data["event"]["data"]), (&json!("go"), &json!({ "order": 7 })));

    let calls = calls(&world).await;
    assert_eq!((calls.len(), calls[0].state, calls[0].status), (1, CallStatus::Answered, Some(200)));
    assert_eq!((calls[0].answer.as_deref(), calls[0].attempt), (Some("taken"), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_cannot_take_now_is_tried_again_under_the_same_id() {
    let server = Server::start(&[BROKEN, Act::Close, BUSY, OK]).await;
    let world = world(&server).await;
    let token = go(&world).await;
    assert_eq!((server.told().len(), calls(&world).await[0].state), (1, CallStatus::Queued));
    world.after(TimeDelta::seconds(40)).await;
    assert_eq!(server.told().len(), 1, "not so soon");
    world.after(TimeDelta::seconds(40)).await;
    assert_eq!(server.told().len(), 2);
    world.after(TimeDelta::minutes(6)).await;
    assert_eq!((server.told().len(), calls(&world).await[0].status), (3, Some(503)));
    world.after(TimeDelta::seconds(590)).await;
    assert_eq!(server.told().len(), 3, "it asked for ten minutes");
    world.after(TimeDelta::minutes(10)).await;
    assert_eq!(way(&world, token).await[1..], ["tell answered with status 200", "good "]);
    let ids = server.ids();
    assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    // The same bytes, too, by another time and so another signature.
    let bodies: Vec<_> =
        server.told().iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_ne!(header(&server.told()[0], "webhook-signature"), header(&server.told()[3], "webhook-signature"));
    assert_eq!(calls(&world).await[0].attempt, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_there_takes_is_a_dead_letter_and_can_be_tried_again() {
    let server = Server::start(&[GONE, ELSEWHERE, OK]).await;
    let world = world(&server).await;
    let token = go(&world).await;
    let why = "the server answered with status 410";
    assert_eq!(way(&world, token).await[1..], [format!("tell the call failed: {why}"), "bad ".into()]);
    let moved = go(&world).await;
    assert_eq!(way(&world, moved).await[1], "tell the call failed: the server answered with status 302");
    assert_eq!(server.told().len(), 2, "nobody follows");

    let letters = world.store.dead_letters(WS, &DeadLetterFilter::default(), &all()).await.unwrap().items;
    let ids: Vec<CallId> = letters
        .iter()
        .map(|letter| match letter.kind {
            DeadLetterKind::Call(id) => id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((ids.len(), letters[1].reason.to_string().as_str(), letters[1].token), (2, why, token));
    assert_eq!(world.store.replay_calls(WS, &ids, world.clock.now()).await.unwrap(), 2);
    world.engine.work_off().await.unwrap();
    assert_eq!(server.told().len(), 4);
    assert!(calls(&world).await.iter().all(|call| call.state == CallStatus::Answered));
    // Their tokens have gone on by *failed* and stay where they are.
    assert_eq!(way(&world, token).await.len(), 3);
    let tokens = world.store.tokens(WS, &TokenFilter::default(), &Paging::default()).await.unwrap().items;
    assert!(tokens.iter().all(|token| token.status == TokenStatus::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_and_who_never_ends_are_given_up() {
    for act in [Act::Never, Act::Drip] {
        let server = Server::start(&[act]).await;
        let world = world(&server).await;
        let guard = Guard { http: true, loopback: true, networks: Vec::new() };
        let limits = Limits { connect: Duration::from_secs(2), whole: Duration::from_secs(2) };
        let client = connect::Client::new(guard, limits).unwrap();
        let engine = Engine::new(Deps { client, ..world.deps() });
        let token = world.event(event("go", "ann@example.test", json!({}))).await[0];
        engine.work_off().await.unwrap();
        let call = calls(&world).await.remove(0);
        assert_eq!((call.state, call.tries), (CallStatus::Queued, 1), "{act:?}: {:?}", call.reason);
        // Nobody is there for a day; then it is over without another try, and the token goes on.
        world.hands.advance(TimeDelta::hours(24) + TimeDelta::seconds(1));
        let gauges = Gauges::new(world.store.clone(), world.clock.clone(), engine.calls.clone(), engine.wake.clone());
        gauges.run_once().await.unwrap();
        engine.work_off().await.unwrap();
        let call = calls(&world).await.remove(0);
        assert_eq!((call.state, call.attempt), (CallStatus::Failed, 1));
        assert!(call.reason.unwrap().to_string().starts_with("called for 24 h in vain"));
        assert_eq!(way(&world, token).await[2], "bad ");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_guard_refuses_is_called_by_nobody() {
    let server = Server::start(&[OK]).await;
    let world = world(&server).await;
    let client = connect::Client::new(Guard::default(), Limits::default()).unwrap();
    let engine = Engine::new(Deps { client, ..world.deps() });
    let token = world.event(event("go", "ann@example.test", json!({}))).await[0];
    engine.work_off().await.unwrap();
    assert!(server.told().is_empty());
    assert!(way(&world, token).await[1].contains("http:// sends everything in the clear"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_holds_calls_for_any_time() {
    let server = Server::start(&[OK]).await;
    let world = world(&server).await;
    let token = world.event(event("go", "ann@example.test", json!({}))).await[0];
    world.engine.advancer.advance_once(10).await.unwrap();
    let program = world.store.program_by_name(WS, &"tell".parse().unwrap()).await.unwrap().id;
    world.store.pause_program(WS, program, world.clock.now()).await.unwrap();
    for _ in 0..3 {
        world.after(TimeDelta::days(1)).await;
    }
    assert_eq!((server.told().len(), calls(&world).await[0].state), (0, CallStatus::Held));
    world.store.resume_program(WS, program, CatchUp::Run, world.clock.now()).await.unwrap();
    while world.store.release(WS, program, world.clock.now()).await.unwrap().more {}
    world.engine.work_off().await.unwrap();
    assert_eq!(server.told().len(), 1);
    let way = way(&world, token).await;
    assert_eq!(way[way.len() - 2..], ["tell answered with status 200", "good "]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_an_operator_holds_the_queue_nobody_is_called() {
    let server = Server::start(&[OK]).await;
    let world = world(&server).await;
    world.store.hold_queue(QueueName::Calls, world.clock.now()).await.unwrap();
    let token = go(&world).await;
    world.after(TimeDelta::minutes(30)).await;
    let call = calls(&world).await.remove(0);
    assert_eq!((server.told().len(), call.state, call.attempt), (0, CallStatus::Queued, 0));
    world.store.release_queue(QueueName::Calls, world.clock.now()).await.unwrap();
    world.engine.work_off().await.unwrap();
    assert_eq!(server.told().len(), 1);
    assert_eq!(way(&world, token).await[1..], ["tell answered with status 200", "good "]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_see_who_is_left_alone_and_need_not_wait() {
    let server = Server::start(&[BUSY, BUSY, OK]).await;
    let world = world(&server).await;
    let start = world.clock.now();
    go(&world).await;
    let seen = world.store.relays_seen(world.clock.now()).await.unwrap();
    let next = start + TimeDelta::minutes(5);
    let expected = RelaySeen {
        queue: QueueName::Calls,
        node: world.engine.node.clone(),
        server: place(&server),
        state: "open".into(),
        cause: Reason::NotTaken { status: 503 },
        since: start,
        next: Some(next),
    };
    assert_eq!(seen, [expected]);
    // Looked at before its time, once for each wish.
    for told in [2, 2, 3, 3] {
        world.after(TimeDelta::seconds(1)).await;
        if server.told().len() < told {
            world.store.flush_queue(QueueName::Calls, world.clock.now()).await.unwrap();
        }
        world.engine.work_off().await.unwrap();
        assert_eq!(server.told().len(), told);
        let seen = world.store.relays_seen(world.clock.now()).await.unwrap();
        let since = seen.iter().map(|seen| seen.since).collect::<Vec<_>>();
        assert_eq!(since, if told == 2 { vec![start] } else { Vec::new() });
        assert!(seen.iter().all(|seen| seen.next.is_some_and(|at| at > next)), "{seen:?}");
    }
    assert_eq!(calls(&world).await[0].state, CallStatus::Answered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_dies_with_a_call_costs_one_more_try_under_the_same_id() {
    let server = Server::start(&[OK]).await;
    let world = world(&server).await;
    let token = world.event(event("go", "ann@example.test", json!({}))).await[0];
    world.engine.advancer.advance_once(10).await.unwrap();
    // It made the call and died before anybody knew.
    let now = world.clock.now();
    let hosts = [(place(&server), 1)];
    let lost = world.store.lease_calls(now, now + TimeDelta::minutes(2), "dead", &hosts).await.unwrap();
    assert_eq!(lost.len(), 1);
    let reborn = world.reborn().await;
    world.hands.advance(TimeDelta::seconds(1));
    reborn.work_off().await.unwrap();
    assert_eq!(server.ids(), [lost[0].id.uuid().simple().to_string()]);
    assert_eq!((calls(&world).await[0].attempt, way(&world, token).await.len()), (2, 3));
}

#[tokio::test]
async fn hosts_that_are_left_alone_do_not_hide_the_one_behind_them() {
    // As many as one look tells, and one more.
    const REST: usize = 201;
    let acts = [vec![BUSY; REST], vec![OK]].concat();
    let server = Server::at("0.0.0.0:0", &acts).await;
    let port = place(&server).rsplit_once(':').unwrap().1.to_owned();
    let world = World::new().await;
    let put = async |name: &str, event: &str, address: &str| {
        let yaml = format!(
            "stafette: 1\nname: {name}\ntitle: T\nnodes:\n  \
             come: {{ kind: entry, event: {event}, again: always, next: tell }}\n  \
             tell: {{ kind: call_webhook, url: \"http://{address}:{port}/\", next: {{ answered: good, failed: bad }} }}\n  \
             good: {{ kind: exit }}\n  bad: {{ kind: exit }}\n"
        );
        world.program(&yaml).await;
    };
    for n in 0..REST {
        put(&format!("rest-{n}"), "all", &format!("127.{}.{}.1", 1 + n / 150, 100 + n % 150)).await;
    }
    world.event(event("all", "ann@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    assert_eq!(server.told().len(), REST);
    // In the order of hosts it is the last but one. The last one was served last, so a look comes to it at its end.
    put("late", "one", &format!("127.2.{}.2", 100 + REST - 152)).await;
    world.event(event("one", "bob@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    assert_eq!(server.told().len(), REST + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_hang_leave_mail_alone_and_a_relay_that_is_away_leaves_calls_alone() {
    // A server that never answers has the only place there is.
    let server = Server::start(&[Act::Never]).await;
    let world = world(&server).await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    let config = Config { calls: CallsConfig { connections: 1, ..CallsConfig::default() }, ..Config::default() };
    let engine = Engine::new(Deps { config, ..world.deps() });
    world.event(event("go", "ann@example.test", json!({}))).await;
    while engine.advancer.advance_once(10).await.unwrap().tokens > 0 {}
    assert_eq!((engine.calls.begin().await.unwrap(), engine.calls.begin().await.unwrap()), (1, 0));
    assert_eq!(engine.dispatcher.dispatch_once(StreamClass::Operational, 10).await.unwrap().sent, 1);
    assert_eq!(calls(&world).await[0].state, CallStatus::Leased);

    // Nobody listens where the mail should go.
    let server = Server::start(&[OK]).await;
    let world = World::with(Transport::parse("smtp://127.0.0.1:1?tls=none").unwrap(), Config::default()).await;
    program(&world, &server.url).await;
    world.stream(&stream("hello", "operational", "hold")).await;
    world.program(&one_mail("hello")).await;
    go(&world).await;
    assert_eq!(calls(&world).await[0].state, CallStatus::Answered);
    assert_eq!(world.messages().await[0].status, MessageStatus::Queued);
}

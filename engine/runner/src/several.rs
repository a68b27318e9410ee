//! Tests a step that asks for two mails and two calls. No node kind does so yet, so the step is made by hand.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use mail::Transport;
use program::{
    Action, ContactId, Effect, End, EventType, NodeId, Object, PerClass, Phase, Place, Program, Purpose, Reason, Run,
    Stream, StreamClass, StreamName, TokenId, TraceStep, WorkspaceId,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use store::{
    Act, CallFilter, CallStatus, FreshIds, Ingested, MessageFilter, MessageStatus, Options, Paging, Store,
    TimelineKind, Who,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{CallSigner, Clock, Config, Deps, Engine, Incoming, LinkSigner, ManualClock, Press, press::Means};

const WS: WorkspaceId = WorkspaceId::DEFAULT;

struct World {
    store: Store,
    clock: Clock,
    hands: ManualClock,
    deps: Deps,
    engine: Engine,
    /// Where calls go, and the ids that came.
    url: String,
    told: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// A server that gives these answers, the last one for ever, and a program that calls it.
    async fn new(database: &str, statuses: &'static [u16]) -> Self {
        let store = Store::open(Options::new(database)).await.unwrap();
        let (clock, hands) = Clock::manual("2026-03-01T09:00:00Z".parse().unwrap());
        let guard = connect::Guard { http: true, loopback: true, networks: Vec::new() };
        let inbox = Transport::inbox();
        let deps = Deps {
            store: store.clone(),
            clock: clock.clone(),
            transport: PerClass { operational: inbox.clone(), marketing: inbox },
            links: LinkSigner::new(b"secret", "https://mail.example"),
            press: Press::with(Means::Within, 1),
            dkim: None,
            client: connect::Client::new(guard, connect::Limits::default()).unwrap(),
            signer: CallSigner::new(b"secret"),
            config: Config::default(),
        };
        let engine = Engine::new(deps.clone());
        engine.enter().await.unwrap();
        let (url, told) = server(statuses).await;
        let world = Self { store, clock, hands, deps, engine, url, told };
        for name in ["hello", "club"] {
            let stream = format!(
                "stafette: 1\nname: {name}\ntitle: T\nclass: operational\nfrom: {{ email: shop@example.test }}\n\
                 subject: {name}\nhtml: <p>Hello</p>\ntext: Hello\n"
            );
            let (act, fresh) = (world.act(), world.fresh());
            world.store.put_stream(act, fresh, &Stream::parse(&stream).unwrap()).await.unwrap();
        }
        let program = format!(
            "stafette: 1\nname: several\ntitle: T\nnodes:\n  come: {{ kind: entry, event: go, next: tell }}\n  \
             tell: {{ kind: call_webhook, url: \"{}\", next: {{ answered: good, failed: bad }} }}\n  \
             good: {{ kind: exit }}\n  bad: {{ kind: exit }}\n",
            world.url
        );
        let (act, fresh) = (world.act(), world.fresh());
        world.store.put_program(act, fresh, &Program::parse(&program).unwrap(), true).await.unwrap();
        world
    }

    fn act(&self) -> Act<'static> {
        Act { workspace: WS, author: None, now: self.clock.now() }
    }

    fn fresh(&self) -> FreshIds {
        FreshIds { id: self.clock.uuid(), version: self.clock.uuid().into() }
    }

    /// A token of ann's that has taken one step at `tell`, which asked for two mails and two calls.
    async fn ask(&self) -> (TokenId, ContactId) {
        let event = Incoming {
            who: Who { email: Some("ann@example.test".into()), external_id: None },
            attributes: Object::new(),
            opt_in: None,
            event: EventType::new("go").unwrap(),
            data: Object::new().into(),
            occurred_at: None,
            key: None,
            attachments: Vec::new(),
        };
        let Ingested::Accepted { .. } = self.engine.ingest.submit(WS, vec![event]).await.unwrap().remove(0) else {
            panic!("refused")
        };
        let now = self.clock.now();
        let mail = |name: &str| Effect::SendMail { stream: StreamName::new(name).unwrap(), purpose: Purpose::Mail };
        let call = || Effect::CallWebhook { url: self.url.clone() };
        let node = NodeId::new("tell").unwrap();
        let until = now + TimeDelta::hours(25);
        let step = TraceStep {
            seq: 1,
            at: now,
            node: node.clone(),
            action: Action::Waiting { until },
            reason: Reason::NONE,
            effects: vec![mail("hello"), call(), mail("club"), call()],
        };
        let place = Place { node, phase: Phase::Due, seq: 1 };
        let run = Run { steps: vec![step], place, end: End::AwaitsAnswer(until) };
        let (token, done) = self.engine.advancer.by_hand(run).await.unwrap();
        assert_eq!((done.messages, done.calls), (2, 2));
        (token.id, token.contact)
    }

    async fn way(&self, token: TokenId) -> Vec<String> {
        let steps = self.store.trace(WS, token).await.unwrap();
        steps.iter().map(|step| format!("{} {}", step.node, step.reason)).collect()
    }

    /// What the contact's timeline shows, oldest first: messages with their place in the step, steps with their effects.
    async fn timeline(&self, contact: ContactId) -> Vec<String> {
        let page = self.store.timeline(WS, contact, &Paging { after: None, limit: 50 }).await.unwrap();
        let told = |kind: TimelineKind| match kind {
            TimelineKind::Event(event) => format!("event {}", event.event),
            TimelineKind::Step { step, .. } => format!("step {} of {} effects", step.seq, step.effects.len()),
            TimelineKind::Message(message) => format!("mail {} {} {}", message.seq, message.n, message.stream),
        };
        page.items.into_iter().rev().map(|item| told(item.kind)).collect()
    }
}

/// Says the URL, and keeps the `webhook-id` of each request.
async fn server(statuses: &'static [u16]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = told.clone();
    tokio::spawn(async move {
        for at in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            let id = loop {
                assert!(stream.read_buf(&mut read).await.unwrap() > 0);
                let text = String::from_utf8_lossy(&read).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let header = |name: &str| {
                    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
                    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1.to_owned()
                };
                if body.len() >= header("content-length").parse().unwrap() {
                    break header("webhook-id");
                }
            };
            seen.lock().unwrap().push(id);
            let status = statuses[at.min(statuses.len() - 1)];
            let answer = format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, told)
}

/// Each of the two databases, fresh.
async fn each(name: &str, story: impl AsyncFn(String)) {
    let folder = tempfile::tempdir().unwrap();
    story(format!("sqlite:{}/several.db", folder.path().display())).await;
    let server = std::env::var("STAFETTE_TEST_POSTGRES").expect("run this beside a PostgreSQL: scripts/postgres");
    let name = format!("several_{name}_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (front, query) = server.split_once('?').unwrap_or((&server, ""));
    story(format!("{}/{name}?{query}", front.rsplit_once('/').unwrap().0)).await;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_with_two_mails_and_two_calls_does_each_once() {
    each("once", async |url| {
        let world = World::new(&url, &[200]).await;
        let (token, contact) = world.ask().await;
        // A node dies with one of the mails and one of the calls in its hands, before either went out.
        let (now, until) = (world.clock.now(), world.clock.now() + TimeDelta::minutes(1));
        let lost = world.store.lease_messages(now, until, "dead", StreamClass::Operational, 1).await.unwrap();
        let host = world.url.trim_start_matches("http://").trim_end_matches("/hook").to_owned();
        let calls = world.store.lease_calls(now, until, "dead", &[(host, 1)]).await.unwrap();
        assert_eq!((lost.len(), calls.len()), (1, 1));
        let reborn = Engine::new(world.deps.clone());
        reborn.enter().await.unwrap();
        reborn.rescue.run_once().await.unwrap();
        world.hands.advance(TimeDelta::seconds(5));
        reborn.work_off().await.unwrap();

        let messages = world.store.messages(WS, &MessageFilter::default(), &Paging::default()).await.unwrap().items;
        let mut messages: Vec<_> = messages.iter().map(|it| (it.n, it.stream.as_str(), it.status)).collect();
        messages.sort_by_key(|(n, ..)| *n);
        assert_eq!(messages, [(0, "hello", MessageStatus::Sent), (2, "club", MessageStatus::Sent)]);
        assert_eq!(world.store.inbox(WS, None, &Paging::default()).await.unwrap().items.len(), 2);
        let calls = world.store.calls(WS, &CallFilter::default(), &Paging::default()).await.unwrap().items;
        let mut kept: Vec<_> = calls.iter().map(|call| (call.seq, call.n, call.state)).collect();
        kept.sort_by_key(|(_, n, _)| *n);
        assert_eq!(kept, [(1, 1, CallStatus::Answered), (1, 3, CallStatus::Answered)]);
        let mut ids: Vec<_> = calls.iter().map(|call| call.id.uuid().simple().to_string()).collect();
        let mut told = world.told.lock().unwrap().clone();
        ids.sort();
        told.sort();
        assert_eq!(told, ids, "each is called once, under its own id");
        assert_eq!(world.way(token).await, ["tell ", "tell answered with status 200", "good "]);
        assert_eq!(
            world.timeline(contact).await,
            [
                "event go",
                "step 1 of 4 effects",
                "mail 1 0 hello",
                "mail 1 2 club",
                "step 2 of 0 effects",
                "step 3 of 0 effects"
            ]
        );
        world.store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn their_message_ids_differ_and_the_first_is_as_it_always_was() {
    each("ids", async |url| {
        let world = World::new(&url, &[200]).await;
        let (token, _) = world.ask().await;
        let messages = world.store.messages(WS, &MessageFilter::default(), &Paging::default()).await.unwrap().items;
        let mut ids: Vec<_> = messages.into_iter().map(|message| message.message_id).collect();
        ids.sort();
        let token = token.uuid().simple();
        assert_eq!(ids, [format!("{token}.1.2@example.test"), format!("{token}.1@example.test")]);
        world.store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_goes_on_when_all_calls_are_over_and_by_failed_if_one_failed() {
    each("rule", async |url| {
        // The first one is put off by its server, the second one is refused for good.
        let world = World::new(&url, &[503, 410, 200]).await;
        let (token, _) = world.ask().await;
        world.engine.work_off().await.unwrap();
        assert_eq!(world.told.lock().unwrap().len(), 2);
        assert_eq!(world.way(token).await, ["tell "], "one is open, and resting on leaves no trace");
        world.hands.advance(TimeDelta::minutes(3));
        world.engine.work_off().await.unwrap();
        assert_eq!(world.told.lock().unwrap().len(), 3);
        let why = "tell the call failed: the server answered with status 410";
        assert_eq!(world.way(token).await, ["tell ", why, "bad "]);
        world.store.close().await;
    })
    .await;
}

//! A step that asked for two mails and two calls, and a process that dies at the first one's door. No node kind asks for
//! several yet, so the step is written by hand, as the claim writes it (`runner/src/several.rs`).

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use program::{
    Action, CallId, ContactId, Effect, EventId, EventType, MessageId, NodeId, Object, Phase, Place, Port, ProgramName,
    Purpose, StreamClass, StreamName, TokenId, TraceStep,
};
use runner::Clock;
use serde_json::json;
use store::{NewCall, NewCallState, NewEvent, NewMessage, NewToken, Options, Store, TokenState, TokenWrite, Who};

use crate::{
    load::{System, until},
    world::{Place as Database, WORKSPACE},
};

/// SIGABRT.
const ABORTED: i32 = 6;

/// How often each `webhook-id` came.
type Told = Arc<Mutex<HashMap<String, usize>>>;

/// Takes every call.
fn receiver() -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let told = Told::default();
    let seen = told.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut read, mut part) = (stream.unwrap(), Vec::new(), [0; 4_096]);
            let id = loop {
                match stream.read(&mut part) {
                    // Who called died.
                    Ok(0) | Err(_) => break None,
                    Ok(n) => read.extend_from_slice(&part[..n]),
                }
                let text = String::from_utf8_lossy(&read).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let header = |name: &str| {
                    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
                    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1.to_owned()
                };
                if body.len() >= header("content-length").parse().unwrap() {
                    break Some(header("webhook-id"));
                }
            };
            if let Some(id) = id {
                *seen.lock().unwrap().entry(id).or_default() += 1;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            }
        }
    });
    (host, told)
}

/// A token that took one step, which asked for a mail, a call, another mail and another call.
async fn ask(url: &str, host: &str) {
    let store = Store::open(Options::new(url)).await.unwrap();
    let (clock, now) = (Clock::system(), Clock::system().now());
    let name = ProgramName::new("order-follow-up").unwrap();
    let program = store.program_by_name(WORKSPACE, &name).await.unwrap();
    let version = program.current.unwrap().id;
    let stream = StreamName::new("order-confirmation").unwrap();
    let stream_version = store.stream(WORKSPACE, &stream).await.unwrap().0.current.id;
    let node = NodeId::new("placed").unwrap();
    let event = NewEvent {
        id: EventId(clock.uuid()),
        contact_id: ContactId(clock.uuid()),
        who: Who { email: Some("ann@example.test".into()), external_id: None },
        attributes: Object::new(),
        opt_in: None,
        event: EventType::new("by.hand").unwrap(),
        data: Object::new().into(),
        occurred_at: now,
        key: None,
        attachments: Vec::new(),
        tokens: vec![NewToken { id: TokenId(clock.uuid()), program: program.id, version, node: node.clone() }],
        undecided: Vec::new(),
        refused: Vec::new(),
    };
    let routing = store.routing(WORKSPACE).await.unwrap().revision;
    store.ingest(WORKSPACE, now, routing, &[event]).await.unwrap();
    let claim = store.claim(now, 10).await.unwrap();
    let token = claim.tokens()[0].clone();
    let message = |n| NewMessage {
        id: MessageId(clock.uuid()),
        token: token.id,
        seq: 1,
        n,
        program: token.program,
        version: token.version,
        node: node.clone(),
        stream: stream.clone(),
        stream_version: Some(stream_version),
        class: StreamClass::Operational,
        contact: token.contact,
        event: token.event,
        joined: Default::default(),
        recipient: "ann@example.test".into(),
        message_id: format!("step.{n}@example.test"),
        purpose: Purpose::Mail,
        state: store::MessageState::Queued,
        due_at: now,
    };
    let call = |n| NewCall {
        id: CallId(clock.uuid()),
        token: token.id,
        seq: 1,
        n,
        program: token.program,
        version: token.version,
        node: node.clone(),
        contact: token.contact,
        event: token.event,
        url: format!("http://{host}/hook"),
        host: host.to_owned(),
        body: "{}".into(),
        state: NewCallState::Queued,
        due_at: now,
    };
    let mail = || Effect::SendMail { stream: stream.clone(), purpose: Purpose::Mail };
    let hook = || Effect::CallWebhook { url: format!("http://{host}/hook") };
    let step = TraceStep {
        seq: 1,
        at: now,
        node: node.clone(),
        action: Action::Passed { port: Port::NEXT },
        reason: program::Reason::NONE,
        effects: vec![mail(), hook(), mail(), hook()],
    };
    let write = TokenWrite {
        token: token.id,
        seen_seq: 0,
        place: Place { node: node.clone(), phase: Phase::Arrived, seq: 1 },
        state: TokenState::Done,
        steps: vec![step],
        messages: vec![message(0), message(2)],
        calls: vec![call(1), call(3)],
    };
    claim.commit(vec![write]).await.unwrap();
    // So that the server says where it is before it dies.
    store.hold_queue(StreamClass::Operational, now).await.unwrap();
    store.close().await;
}

fn run(database: Option<String>) {
    let (host, told) = receiver();
    let system = System::with(database.clone(), "1");
    let client = system.set_up();
    let url = database.unwrap_or_else(|| format!("sqlite:{}", system.data().join("stafette.db").display()));
    tokio::runtime::Runtime::new().unwrap().block_on(ask(&url, &host));
    let options = ["--calls-http", "--calls-allow", "127.0.0.0/8"];
    // Before the first mark: no mail of the step is out, and whoever made a call does not know it.
    let armed = system.serve_with("api,runner,dispatcher,duties", &options, &[("STAFETTE_FAILPOINT", "before_mark:1")]);
    // An answer that does not come because it died is as good.
    let _ = client.post(&format!("{}/api/v1/queues/operational/release", armed.url), &json!({}));
    assert_eq!(armed.ended_by(Duration::from_secs(60)), Some(ABORTED));
    assert!(system.message_ids().is_empty());

    let server = system.serve_with("api,runner,dispatcher,duties", &options, &[]);
    let base = server.url.clone();
    let tokens = client.all(&format!("{base}/api/v1/tokens")).unwrap();
    let token = format!("{base}/api/v1/tokens/{}", tokens[0]["id"].as_str().unwrap());
    until(&client, &base, || {
        crate::load::flush(&client, &base);
        let (_, token) = client.get(&token).ok_or("no answer")?;
        let states = |what: &str, state: &str| {
            let all = token[what].as_array().unwrap();
            assert_eq!(all.len(), 2, "{token}");
            all.iter().all(|one| one["state"] == state)
        };
        match states("messages", "sent") && states("calls", "answered") {
            true => Ok(()),
            false => Err(token.to_string()),
        }
    });
    let (_, token) = client.get(&token).unwrap();
    let places = |what: &str| token[what].as_array().unwrap().iter().map(|one| one["n"].as_u64().unwrap());
    assert_eq!((places("messages").collect::<Vec<_>>(), places("calls").collect::<Vec<_>>()), (vec![0, 2], vec![1, 3]));
    assert_eq!(token["trace"][0]["effects"].as_array().unwrap().len(), 4, "{token}");
    let mailed: HashMap<_, _> =
        [("<step.0@example.test>", 1), ("<step.2@example.test>", 1)].map(|(id, n)| (id.to_owned(), n)).into();
    assert_eq!(system.message_ids(), mailed);
    // Once for each life at most.
    let told = told.lock().unwrap().clone();
    assert!(told.len() == 2 && told.values().all(|times| (1..=2).contains(times)), "{told:?}");
    // The timeline shows each of them, and the step with all that it asked for.
    let contact = token["contact_id"].as_str().unwrap();
    let timeline = client.all(&format!("{base}/api/v1/contacts/{contact}/timeline")).unwrap();
    let mails = timeline.iter().filter_map(|entry| entry["message"]["n"].as_u64()).collect::<Vec<_>>();
    assert_eq!(mails.len(), 2, "{timeline:?}");
    assert!(mails.contains(&0) && mails.contains(&2), "{timeline:?}");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_crash_between_a_steps_effects_on_sqlite() {
    run(None);
}

#[test]
fn a_crash_between_a_steps_effects_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Database::postgres("several"));
    run(Some(url));
    runtime.block_on(place.remove());
}

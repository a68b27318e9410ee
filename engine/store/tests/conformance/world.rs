//! Databases to test on, and the things that most cases need.

use std::{
    collections::HashMap,
    future::Future,
    ops::Deref,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use program::{
    Action, ContactId, EventId, EventType, MessageId, NodeId, Object, Place, Port, Program, ProgramId, Purpose, Reason,
    Stream, StreamClass, StreamName, Time, TokenId, TraceStep, VersionId, WorkspaceId,
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use store::{
    Act, Dialect, DueToken, FreshIds, IngestOutcome, Ingested, MessageState, NewEvent, NewMessage, NewToken, Options,
    Store, TokenState, TokenWrite, Who,
};
use uuid::Uuid;

pub(crate) const WS: WorkspaceId = WorkspaceId::DEFAULT;
const HOW: &str = "STAFETTE_TEST_POSTGRES is not set: run scripts/test, which starts a PostgreSQL, or set it to the URL \
                   of a superuser's connection, such as postgres://postgres@localhost/postgres?host=/run/postgresql";

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An open store and where its database is.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
}

impl Deref for World {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl World {
    /// How many rows a table has.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        self.scalar(&format!("SELECT count(*) FROM {table}")).await
    }

    /// The one number that a statement past the store tells.
    pub(crate) async fn scalar(&self, statement: &str) -> i64 {
        let count = AssertSqlSafe(statement.to_owned());
        match self.dialect() {
            Dialect::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
            }
            Dialect::Postgres => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    /// What no caller can do: a statement past the store.
    pub(crate) async fn raw(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.dialect() {
            Dialect::Sqlite => {
                SqliteConnection::connect(&self.url).await.unwrap().execute(statement).await.unwrap();
            }
            Dialect::Postgres => {
                PgConnection::connect(&self.url).await.unwrap().execute(statement).await.unwrap();
            }
        }
    }
}

pub(crate) async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(case: fn(World) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/test.db", folder.path().display());
    let store = opened(&url).await;
    case(World { store: store.clone(), url }).await;
    store.close().await;
}

pub(crate) async fn on_postgres<F: Future<Output = ()> + Send + 'static>(case: fn(World) -> F) {
    let url = std::env::var("STAFETTE_TEST_POSTGRES").expect(HOW);
    let name = format!("stafette_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&url).await.expect("STAFETTE_TEST_POSTGRES must lead to a server");
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let url = with_database(&url, &name);
    let store = opened(&url).await;
    let ran = tokio::spawn(case(World { store: store.clone(), url })).await;
    store.close().await;
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    if let Err(error) = ran {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// The compiler cannot see of closures that they may go to another thread, so they stay on this one.
pub(crate) fn here(case: impl Future<Output = ()>) {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(case));
}

/// A store by whose looks no time passes but the test's.
async fn opened(url: &str) -> Store {
    let store = Store::open(Options::new(url)).await.unwrap();
    store.looks_take_no_time();
    store
}

/// The same URL with another database.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = rest.split('/').next().unwrap();
    format!("{scheme}://{host}/{name}?{query}")
}

/// 2026-03-01 09:00 UTC and so many milliseconds.
pub(crate) fn at(millis: i64) -> Time {
    Time::from_timestamp_millis(1_772_355_600_000 + millis).unwrap()
}

/// An id in UUIDv7's order: time first, then a counter.
pub(crate) fn id() -> Uuid {
    id_at(at(0))
}

pub(crate) fn id_at(time: Time) -> Uuid {
    let millis = u128::from(time.timestamp_millis().cast_unsigned());
    Uuid::from_u128(millis << 80 | 7 << 76 | 2 << 62 | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Nobody in particular does something.
pub(crate) fn act(now: Time) -> Act<'static> {
    Act { workspace: WS, author: None, now }
}

/// Somebody does.
pub(crate) fn by(author: Option<&str>, now: Time) -> Act<'_> {
    Act { workspace: WS, author, now }
}

pub(crate) fn fresh() -> FreshIds {
    FreshIds { id: id(), version: VersionId(id()) }
}

pub(crate) fn object(value: serde_json::Value) -> Object {
    value.as_object().unwrap().clone()
}

pub(crate) fn node(name: &str) -> NodeId {
    NodeId::new(name).unwrap()
}

pub(crate) fn kind(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

pub(crate) fn stream_name(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

pub(crate) fn by_email(email: &str) -> Who {
    Who { email: Some(email.into()), external_id: None }
}

pub(crate) fn by_external_id(id: &str) -> Who {
    Who { email: None, external_id: Some(id.into()) }
}

/// An event that starts nothing.
pub(crate) fn event(who: Who, name: &str) -> NewEvent {
    NewEvent {
        id: EventId(id()),
        contact_id: ContactId(id()),
        who,
        attributes: Object::new(),
        opt_in: None,
        event: kind(name),
        data: Object::new().into(),
        occurred_at: at(0),
        key: None,
        attachments: Vec::new(),
        tokens: Vec::new(),
        undecided: Vec::new(),
        refused: Vec::new(),
    }
}

pub(crate) async fn ingest(store: &Store, now: Time, events: &[NewEvent]) -> Vec<Ingested> {
    let revision = store.routing_revision(WS).await.unwrap();
    match store.ingest(WS, now, revision, events).await.unwrap() {
        IngestOutcome::Done(answers) => answers,
        IngestOutcome::StaleRouting => panic!("stale routing"),
    }
}

pub(crate) fn accepted(answer: &Ingested) -> (EventId, ContactId) {
    match answer {
        Ingested::Accepted { event, contact, .. } => (*event, *contact),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn stream(name: &str, unknown_outcome: &str) -> Stream {
    Stream::parse(&format!(
        "stafette: 1\nname: {name}\ntitle: A stream\nclass: operational\nfrom: {{ email: shop@example.com }}\n\
         subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\nunknown_outcome: {unknown_outcome}\n"
    ))
    .unwrap()
}

pub(crate) fn welcome() -> Program {
    Program::parse(
        "stafette: 1\nname: welcome\ntitle: Welcome\nnodes:\n  joined: { kind: entry, event: user.joined, next: hello }\n  \
         hello: { kind: send_mail, stream: welcome }\n",
    )
    .unwrap()
}

/// Tokens that stand at the entry of a program which the store need not know.
pub(crate) struct Started {
    pub(crate) program: ProgramId,
    pub(crate) version: VersionId,
    pub(crate) tokens: Vec<TokenId>,
    pub(crate) contacts: Vec<ContactId>,
}

pub(crate) async fn start(store: &Store, now: Time, n: usize) -> Started {
    let (program, version) = (ProgramId(id()), VersionId(id()));
    let mut tokens = Vec::new();
    let mut contacts = Vec::new();
    for chunk in (0..n).collect::<Vec<_>>().chunks(1_000) {
        let events: Vec<_> = chunk
            .iter()
            .map(|at| {
                let mut event = event(by_external_id(&format!("{program}-{at}")), "user.joined");
                event.who.email = Some(format!("{at}-{program}@example.com"));
                event.id = EventId(id_at(now));
                event.occurred_at = now;
                // One after the other, so that several lie in several buckets.
                let id = TokenId(id_at(now + Duration::from_millis(*at as u64)));
                event.tokens = vec![NewToken { id, program, version, node: node("joined") }];
                event
            })
            .collect();
        for answer in ingest(store, now, &events).await {
            let Ingested::Accepted { contact, tokens: started, .. } = answer else { panic!("{answer:?}") };
            contacts.push(contact);
            tokens.extend(started);
        }
    }
    Started { program, version, tokens, contacts }
}

pub(crate) fn step(seq: u32, at: Time, node: &NodeId, action: Action) -> TraceStep {
    TraceStep { seq, at, node: node.clone(), action, reason: Reason::NONE, effects: Vec::new() }
}

/// From `joined` to `hello`, and rest there as the state says.
pub(crate) fn carry(token: &DueToken, now: Time, state: TokenState) -> TokenWrite {
    let seq = token.place.seq + 1;
    let passed = step(seq, now, &token.place.node, Action::Passed { port: Port::NEXT });
    TokenWrite {
        token: token.id,
        seen_seq: token.place.seq,
        place: Place { node: node("hello"), seq, ..token.place.clone() },
        state,
        steps: vec![passed],
        messages: Vec::new(),
        calls: Vec::new(),
    }
}

pub(crate) fn message(token: &DueToken, seq: u32, stream_version: VersionId, due_at: Time) -> NewMessage {
    let id = MessageId(id());
    NewMessage {
        id,
        token: token.id,
        seq,
        n: 0,
        program: token.program,
        version: token.version,
        node: node("hello"),
        stream: stream_name("welcome"),
        stream_version: Some(stream_version),
        class: StreamClass::Operational,
        contact: token.contact,
        event: token.event,
        joined: Default::default(),
        recipient: "Ann@example.com".into(),
        message_id: format!("{id}@example.com"),
        purpose: Purpose::Mail,
        state: MessageState::Queued,
        due_at,
    }
}

/// So many queued messages of a stream with this policy, each of a token that is done.
pub(crate) async fn queue(store: &Store, policy: &str, n: usize) -> (Started, Vec<MessageId>) {
    let put = store.put_stream(act(at(0)), fresh(), &stream("welcome", policy)).await.unwrap();
    let started = start(store, at(0), n).await;
    let claim = store.claim(at(0), 500).await.unwrap();
    assert_eq!(claim.tokens().len(), n);
    let mut ids = Vec::new();
    let writes = claim.tokens().iter().map(|token| {
        let mut write = carry(token, at(0), TokenState::Done);
        let message = message(token, 1, put.version, at(0));
        ids.push(message.id);
        write.messages.push(message);
        write
    });
    let writes: Vec<_> = writes.collect();
    claim.commit(writes).await.unwrap();
    (started, ids)
}

/// The counters of a program's nodes, by node.
pub(crate) async fn counts(store: &Store, program: ProgramId) -> HashMap<String, store::NodeCount> {
    let counts = store.node_counts(WS, program).await.unwrap();
    counts.into_iter().map(|count| (count.node.to_string(), count)).collect()
}

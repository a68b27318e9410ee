//! A running system in one process: a database, a clock that the test moves, the built-in inbox.

use std::time::{Duration, Instant};

use mail::Transport;
use program::{Object, PerClass, Program, Stream, Time, TraceStep, WorkspaceId};
use runner::{CallSigner, Clock, Config, Deps, Engine, Incoming, LinkSigner, ManualClock, Press, press::Means};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Act, CallEnd, FreshIds, Ingested, LeasedCall, Options, SettleCall, Store, Who};
use tempfile::TempDir;

/// Where all tests play.
pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::DEFAULT;

/// A running system.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) hands: ManualClock,
    pub(crate) engine: Engine,
    place: Place,
}

/// Where the database is; it goes with the world.
pub(crate) enum Place {
    /// A file in a folder.
    Folder(#[expect(dead_code, reason = "held, not read: the folder goes when this does")] TempDir),
    /// A database on the test server.
    Database(String),
}

/// The server that tests make their databases on.
pub(crate) fn postgres_url() -> String {
    std::env::var("STAFETTE_TEST_POSTGRES").expect(
        "STAFETTE_TEST_POSTGRES names no PostgreSQL server. `make test` starts one; to use your own, set it to a \
         URL whose user may create databases",
    )
}

impl Place {
    /// A fresh database and its URL.
    pub(crate) async fn sqlite() -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("stafette.db").display());
        (Self::Folder(folder), url)
    }

    /// A fresh database on the test server, and its URL.
    pub(crate) async fn postgres(name: &str) -> (Self, String) {
        let server = postgres_url();
        let name = format!("stafette_{name}_{}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        for statement in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
            connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
        }
        let (head, tail) = server.split_once('?').unwrap_or((&server, ""));
        let head = head.rfind('/').filter(|at| *at >= "postgres://".len()).map_or(head, |at| &head[..at]);
        (Self::Database(name.clone()), format!("{head}/{name}?{tail}"))
    }

    /// Cuts every connection to the database, as a restart of the server does.
    pub(crate) async fn cut(&self) {
        let Self::Database(name) = self else { return };
        let mut connection = sqlx::PgConnection::connect(&postgres_url()).await.unwrap();
        let all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        connection.execute(sqlx::AssertSqlSafe(all)).await.unwrap();
    }

    /// Removes what the world left behind.
    pub(crate) async fn remove(self) {
        if let Self::Database(name) = self {
            let mut connection = sqlx::PgConnection::connect(&postgres_url()).await.unwrap();
            let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
        }
    }
}

/// Calls servers of this machine, too.
pub(crate) fn client() -> connect::Client {
    let guard = connect::Guard { http: true, loopback: true, networks: Vec::new() };
    connect::Client::new(guard, connect::Limits::default()).unwrap()
}

/// Somebody else has these rows, or this table, of a PostgreSQL.
pub(crate) async fn gate(url: &str, lock: &str) -> PgConnection {
    let mut gate = PgConnection::connect(url).await.unwrap();
    gate.execute("BEGIN").await.unwrap();
    gate.execute(AssertSqlSafe(lock.to_owned())).await.unwrap();
    gate
}

/// Until so many sessions of this database wait for a lock.
pub(crate) async fn blocked(url: &str, n: i64) {
    let mut admin = PgConnection::connect(url).await.unwrap();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let started = Instant::now();
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut admin).await.unwrap() < n {
        assert!(started.elapsed() < Duration::from_secs(60), "nobody waits for a lock");
        tokio::task::yield_now().await;
    }
}

impl World {
    /// A world at a place, at a time.
    pub(crate) async fn new(place: (Place, String), start: Time) -> Self {
        Self::through(place, start, Transport::inbox()).await
    }

    /// The same with its mails going elsewhere.
    pub(crate) async fn through((place, url): (Place, String), start: Time, transport: Transport) -> Self {
        let store = Store::open(Options::new(url)).await.unwrap();
        let (clock, hands) = Clock::manual(start);
        let deps = Deps {
            store: store.clone(),
            clock: clock.clone(),
            transport: PerClass { operational: transport.clone(), marketing: transport },
            links: LinkSigner::new(b"a secret of the test", "http://stafette.example"),
            press: Press::with(Means::Within, 1),
            dkim: None,
            client: client(),
            signer: CallSigner::new(b"secret"),
            config: Config::default(),
        };
        Self { store, clock, hands, engine: Engine::new(deps), place }
    }

    /// Saves a stream.
    pub(crate) async fn stream(&self, stream: &Stream) {
        let fresh = self.fresh();
        self.store.put_stream(self.act(), fresh, stream).await.unwrap();
    }

    /// Publishes a program.
    pub(crate) async fn publish(&self, program: &Program) {
        let fresh = self.fresh();
        self.store.put_program(self.act(), fresh, program, true).await.unwrap();
    }

    /// Saves a program without publishing it.
    pub(crate) async fn keep(&self, program: &Program) {
        let fresh = self.fresh();
        self.store.put_program(self.act(), fresh, program, false).await.unwrap();
    }

    /// Takes in one event now.
    pub(crate) async fn event(&self, kind: &str, attributes: &Object, data: &Object) -> Ingested {
        let mut attributes = attributes.clone();
        let email = attributes.remove("email").and_then(|email| email.as_str().map(String::from));
        let incoming = Incoming {
            who: Who { email, external_id: None },
            attributes,
            opt_in: None,
            event: kind.parse().unwrap(),
            data: data.clone().into(),
            occurred_at: Some(self.clock.now()),
            key: None,
            attachments: Vec::new(),
        };
        self.engine.ingest.submit(WORKSPACE, vec![incoming]).await.unwrap().remove(0)
    }

    /// Moves every token that is due.
    /// Calls are answered at once, as the simulator has it.
    pub(crate) async fn advance(&self) {
        loop {
            while self.engine.advancer.advance_once(250).await.unwrap().tokens > 0 {}
            if self.answer_calls(|_| Some(CallEnd::Answered)).await == 0 {
                return;
            }
        }
    }

    /// Answers what is to be called, without calling anybody, as its host does; says how many calls that were.
    pub(crate) async fn answer_calls(&self, end: impl Fn(&str) -> Option<CallEnd>) -> usize {
        let now = self.clock.now();
        let hosts = self.store.call_hosts("", 100).await.unwrap().hosts.into_iter();
        let hosts: Vec<_> = hosts.map(|(host, _)| (host, 100_000)).filter(|(host, _)| end(host).is_some()).collect();
        let leased = self.store.lease_calls(now, now + chrono::TimeDelta::minutes(1), "fake", &hosts).await.unwrap();
        let settle = |call: LeasedCall| {
            let end = end(&call.host).unwrap();
            let status = (end == CallEnd::Answered).then_some(200);
            SettleCall { call, end, status, answer: None }
        };
        let settled: Vec<_> = leased.into_iter().map(settle).collect();
        let day = Duration::from_secs(86_400);
        self.store.settle_calls(now, day, &settled).await.unwrap().len()
    }

    /// What happened to a token.
    pub(crate) async fn trace(&self, token: program::TokenId) -> Vec<TraceStep> {
        self.store.trace(WORKSPACE, token).await.unwrap()
    }

    /// Ends the world.
    pub(crate) async fn end(self) {
        self.store.close().await;
        self.place.remove().await;
    }

    fn act(&self) -> Act<'static> {
        Act { workspace: WORKSPACE, author: None, now: self.clock.now() }
    }

    fn fresh(&self) -> FreshIds {
        FreshIds { id: self.clock.uuid(), version: self.clock.uuid().into() }
    }
}

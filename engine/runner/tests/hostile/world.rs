//! An engine on a database of its own, with a clock that is moved by hand, between two relays.

use chrono::TimeDelta;
use mail::Transport;
use program::{EventType, Object, PerClass, Program, Stream, StreamClass, Time, WorkspaceId};
use runner::{CallSigner, Clock, Config, Deps, Engine, Incoming, LinkSigner, ManualClock, Press, press::Means};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Act, Bounds, FreshIds, Message, MessageFilter, MessageStatus, Options, Paging, Store, Synchronous, Who};
use tempfile::TempDir;
use tokio::sync::Mutex;

const WS: WorkspaceId = WorkspaceId::DEFAULT;
/// Whatever the machine is busy with.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(300);

enum Place {
    Folder(#[expect(dead_code, reason = "held, not read: the folder goes when this does")] TempDir),
    Database(String),
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) hands: ManualClock,
    pub(crate) engine: Engine,
    place: Place,
}

/// Operational and marketing mail go different ways.
pub(crate) struct Ways {
    pub(crate) operational: Transport,
    pub(crate) marketing: Transport,
}

fn server() -> String {
    std::env::var("STAFETTE_TEST_POSTGRES").expect("run this beside a PostgreSQL: scripts/postgres cargo test")
}

/// Databases that are alike, of which only the first is migrated.
pub(crate) enum Databases {
    Sqlite(TempDir),
    Postgres { admin: Mutex<PgConnection>, first: String },
}

impl Databases {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("stafette.db").display());
        Store::open(options(url)).await.unwrap().close().await;
        Self::Sqlite(folder)
    }

    pub(crate) async fn postgres() -> Self {
        let mut admin = PgConnection::connect(&server()).await.unwrap();
        let first = format!("stafette_hostile_{}", std::process::id());
        admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {first} WITH (FORCE)"))).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {first}"))).await.unwrap();
        Store::open(options(url_of(&first))).await.unwrap().close().await;
        Self::Postgres { admin: Mutex::new(admin), first }
    }

    /// One more, and its URL.
    async fn one(&self, name: &str) -> (Place, String) {
        match self {
            Self::Sqlite(first) => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("stafette.db");
                std::fs::copy(first.path().join("stafette.db"), &file).unwrap();
                (Place::Folder(folder), format!("sqlite:{}", file.display()))
            }
            Self::Postgres { admin, first } => {
                let name = format!("{first}_{name}");
                let mut admin = admin.lock().await;
                for statement in [
                    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                    format!("CREATE DATABASE {name} TEMPLATE {first}"),
                    // Nobody is killed here.
                    format!("ALTER DATABASE {name} SET synchronous_commit = off"),
                ] {
                    admin.execute(AssertSqlSafe(statement)).await.unwrap();
                }
                (Place::Database(name.clone()), url_of(&name))
            }
        }
    }

    async fn remove(&self, place: Place) {
        match (self, place) {
            (Self::Postgres { admin, .. }, Place::Database(name)) => {
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                admin.lock().await.execute(AssertSqlSafe(statement)).await.unwrap();
            }
            (_, place) => drop(place),
        }
    }

    pub(crate) async fn end(self) {
        if let Self::Postgres { admin, first } = self {
            let statement = format!("DROP DATABASE IF EXISTS {first} WITH (FORCE)");
            admin.into_inner().execute(AssertSqlSafe(statement)).await.unwrap();
        }
    }
}

fn url_of(database: &str) -> String {
    let server = server();
    let (front, query) = server.split_once('?').unwrap_or((&server, ""));
    format!("{}/{database}?{query}", front.rsplit_once('/').unwrap().0)
}

fn options(url: String) -> Options {
    Options { synchronous: Synchronous::Normal, connections: 3, patience: PATIENCE, ..Options::new(url) }
}

impl World {
    pub(crate) async fn new(databases: &Databases, name: &str, ways: Ways, bounds: Bounds) -> Self {
        let (place, url) = databases.one(name).await;
        let store = Store::open(Options { bounds, ..options(url) }).await.unwrap();
        let start: Time = "2026-03-01T09:00:00Z".parse().unwrap();
        let (clock, hands) = Clock::manual(start);
        let engine = Engine::new(Deps {
            store: store.clone(),
            clock: clock.clone(),
            transport: PerClass { operational: ways.operational, marketing: ways.marketing },
            links: LinkSigner::new(b"secret", "https://mail.example"),
            press: Press::with(Means::Within, 1),
            dkim: None,
            client: connect::Client::new(connect::Guard::default(), connect::Limits::default()).unwrap(),
            signer: CallSigner::new(b"secret"),
            config: Config::default(),
        });
        engine.enter().await.unwrap();
        Self { store, clock, hands, engine, place }
    }

    fn act(&self) -> Act<'static> {
        Act { workspace: WS, author: None, now: self.clock.now() }
    }

    fn fresh(&self) -> FreshIds {
        FreshIds { id: self.clock.uuid(), version: self.clock.uuid().into() }
    }

    /// Streams by name, class and sender, and a program that sends each of them for the event of its name.
    pub(crate) async fn streams(&self, streams: &[(String, &str, String)]) {
        let mut nodes = String::new();
        for (name, class, sender) in streams {
            let stream = format!(
                "stafette: 1\nname: {name}\ntitle: T\nclass: {class}\nfrom: {{ email: {sender} }}\nsubject: Hello\n\
                 html: <p>Hello</p>\ntext: Hello\nunknown_outcome: resend\n"
            );
            let stream = Stream::parse(&stream).unwrap();
            self.store.put_stream(self.act(), self.fresh(), &stream).await.unwrap();
            nodes += &format!("  on-{name}: {{ kind: entry, event: {name}, next: send-{name} }}\n");
            nodes += &format!("  send-{name}: {{ kind: send_mail, stream: {name} }}\n");
        }
        let program = format!("stafette: 1\nname: mails\ntitle: T\nnodes:\n{nodes}");
        let program = Program::parse(&program).unwrap();
        self.store.put_program(self.act(), self.fresh(), &program, true).await.unwrap();
    }

    /// Puts mails of streams to recipients into the outbox, due in this order.
    pub(crate) async fn mails(&self, mails: impl IntoIterator<Item = (String, String)>) {
        let event = |(stream, to): (String, String)| Incoming {
            who: Who { email: Some(to), external_id: None },
            attributes: Object::new(),
            opt_in: Some(true),
            event: EventType::new(&stream).unwrap(),
            data: Object::new().into(),
            occurred_at: None,
            key: None,
            attachments: Vec::new(),
        };
        self.engine.ingest.submit(WS, mails.into_iter().map(event).collect()).await.unwrap();
        while self.engine.advancer.advance_once(250).await.unwrap().tokens > 0 {}
    }

    pub(crate) async fn messages(&self) -> Vec<Message> {
        let all = Paging { after: None, limit: 200 };
        self.store.messages(WS, &MessageFilter::default(), &all).await.unwrap().items
    }

    /// Does what is due, and then goes to the next time at which something is, until there is nothing more, or so many times.
    pub(crate) async fn live(&self, times: usize) {
        for _ in 0..times {
            self.engine.work_off().await.unwrap();
            let Some(next) = self.next().await else { return };
            // A while later, so that more than one is due.
            self.hands.set(next.max(self.clock.now()) + TimeDelta::minutes(1));
        }
    }

    /// When something is to be done.
    async fn next(&self) -> Option<Time> {
        let open = self.engine.dispatcher.relays().into_iter().find_map(|relay| relay.next);
        let messages = self.messages().await;
        let due = messages.iter().filter(|it| it.status == MessageStatus::Queued).map(|it| it.due_at).min()?;
        Some(open.filter(|_| messages.iter().any(waits)).unwrap_or(due))
    }

    /// Lets everything that still waits grow too old.
    pub(crate) async fn outlive(&self) {
        for _ in 0..3 {
            self.hands.advance(TimeDelta::hours(500));
            self.engine.work_off().await.unwrap();
            // Where a relay was looked at in vain, nothing was leased, so what is too old goes with the next turn.
            self.engine.work_off().await.unwrap();
        }
    }

    pub(crate) async fn end(self, databases: &Databases) {
        self.store.close().await;
        databases.remove(self.place).await;
    }
}

/// Whether it waits for the relay that misbehaves.
fn waits(message: &Message) -> bool {
    message.status == MessageStatus::Queued && message.class == StreamClass::Operational
}

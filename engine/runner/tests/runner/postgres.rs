//! A database of its own on the PostgreSQL at `STAFETTE_TEST_POSTGRES`.

use program::{Program, Stream};
use runner::Clock;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Act, FreshIds, Options, Store};

use crate::world::{WS, one_mail, stream};

pub(crate) struct Database {
    admin: PgConnection,
    name: String,
    url: String,
}

impl Database {
    pub(crate) async fn new(what: &str) -> Self {
        let url = std::env::var("STAFETTE_TEST_POSTGRES");
        let url = url.unwrap_or_else(|_| panic!("run this beside a PostgreSQL: scripts/postgres cargo test"));
        let name = format!("stafette_{what}_{}", std::process::id());
        let mut admin = PgConnection::connect(&url).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (front, query) = url.split_once('?').unwrap_or((&url, ""));
        let url = format!("{}/{name}?{query}", front.rsplit_once('/').unwrap().0);
        Self { admin, name, url }
    }

    /// A node's way there.
    pub(crate) async fn open(&self) -> Store {
        let store = Store::open(Options::new(&self.url)).await.unwrap();
        store.looks_take_no_time();
        store
    }

    /// Once nobody is connected any more.
    pub(crate) async fn remove(mut self) {
        self.admin.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await.unwrap();
    }
}

/// A program that sends one mail for each event `go`.
pub(crate) async fn publish(store: &Store, clock: &Clock) {
    let fresh = || FreshIds { id: clock.uuid(), version: clock.uuid().into() };
    let act = Act { workspace: WS, author: None, now: clock.now() };
    let hello = Stream::parse(&stream("hello", "operational", "hold")).unwrap();
    store.put_stream(act, fresh(), &hello).await.unwrap();
    store.put_program(act, fresh(), &Program::parse(&one_mail("hello")).unwrap(), true).await.unwrap();
}

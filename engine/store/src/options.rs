//! How to open a store.

use std::time::Duration;

use crate::Bounds;

/// Where the database is and how carefully it writes.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:<path>` (made if absent) or `postgres://…`, where several hosts may be named of which one takes writes.
    pub url: String,
    /// How SQLite waits for its disk. PostgreSQL has its own setting.
    pub synchronous: Synchronous,
    /// SQLite's file grows to so many pages at most; none: as far as its disk lets it. A test has it full that way.
    pub max_pages: Option<u32>,
    /// Connections at most: of the pool on PostgreSQL, of readers on SQLite, which always has one writer.
    pub connections: u32,
    /// How long a call waits for a connection, or for SQLite's lock.
    pub patience: Duration,
    /// Whether opening migrates.
    pub migrate: Migrate,
    /// What stands between here and PostgreSQL.
    pub pooling: Pooling,
    /// The way around a pooler, for what needs a session of its own: migrations and hints between nodes.
    pub direct_url: Option<String>,
    /// A read-only replica of PostgreSQL that answers lists.
    pub replica_url: Option<String>,
    /// Further behind than this it is not asked: nobody takes a list of half a minute ago for the present one.
    pub replica_lag: Duration,
    /// How long mail is tried.
    pub bounds: Bounds,
}

impl Options {
    /// A URL with the defaults: full durability, eight connections, nothing in between; opening migrates.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            synchronous: Synchronous::default(),
            max_pages: None,
            connections: 8,
            patience: Duration::from_secs(5),
            migrate: Migrate::default(),
            pooling: Pooling::default(),
            direct_url: None,
            replica_url: None,
            replica_lag: Duration::from_secs(30),
            bounds: Bounds::default(),
        }
    }
}

/// Whether opening migrates. What is migrated already asks for no more than the right to read and write rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Migrate {
    /// What is missing is made.
    #[default]
    Run,
    /// What is missing is an error that says so.
    Expect,
}

/// What stands between here and PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Nothing that matters.
    #[default]
    None,
    /// A pooler such as PgBouncer, with a connection of the server for as long as ours.
    Session,
    /// A pooler such as PgBouncer, with another connection of the server for each transaction.
    Transaction,
}

/// SQLite's `synchronous`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// A commit is on disk when it returns.
    #[default]
    Full,
    /// A power failure may lose the last commits. For benches only.
    Normal,
}

/// Which database a store stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: one file, one process that writes.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

//! How to open a store.

/// Where the database is and how carefully it writes.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:<path>` (made if absent) or `postgres://…`.
    pub url: String,
    /// How SQLite waits for its disk. PostgreSQL has its own setting.
    pub synchronous: Synchronous,
    /// Connections at most: of the pool on PostgreSQL, of readers on SQLite, which always has one writer.
    pub connections: u32,
}

impl Options {
    /// A URL with the defaults: full durability, eight connections.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), synchronous: Synchronous::default(), connections: 8 }
    }
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

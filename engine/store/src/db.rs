//! The two-variant pool: connect, run a statement, open a transaction.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor as _, PgPool, Postgres, SqlSafeStr as _, Sqlite, SqlitePool,
    Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Dialect, Error, Options, Result, Synchronous, args::Args, migrate, row::Row, sql::Statement};

/// How long a call waits for a connection, or for SQLite's lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// Settings of every PostgreSQL connection: what a lost machine holds must go within seconds.
const GUARDS: [(&str, &str); 6] = [
    ("statement_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "5000"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

#[derive(Clone, Debug)]
pub(crate) enum Db {
    /// One connection writes, so nobody in this process waits for SQLite's lock by polling.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        /// Transactions and single statements; PostgreSQL keeps that book itself.
        asked: Arc<AtomicU64>,
    },
    Postgres(PgPool),
}

#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    pub(crate) async fn open(options: &Options) -> Result<Self> {
        let connections = options.connections.max(2);
        if options.url.starts_with("sqlite:") {
            let synchronous = match options.synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Normal => SqliteSynchronous::Normal,
            };
            let connect = SqliteConnectOptions::from_str(&options.url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(PATIENCE)
                .foreign_keys(true)
                .statement_cache_capacity(256)
                .pragma("cache_size", "-32768")
                .pragma("temp_store", "memory")
                .disable_statement_logging();
            // A writer is never given up, because opening one again reads the schema and empties its caches.
            let pool = |max| {
                SqlitePoolOptions::new()
                    .max_connections(max)
                    .acquire_timeout(PATIENCE * 2)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .test_before_acquire(false)
            };
            let writer = pool(1).connect_with(connect.clone()).await?;
            migrate::sqlite(&mut *writer.acquire().await?).await?;
            let readers = pool(connections).connect_lazy_with(connect.pragma("query_only", "on"));
            return Ok(Self::Sqlite { writer, readers, asked: Arc::default() });
        }
        if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            let connect = PgConnectOptions::from_str(&options.url)?
                .application_name("stafette")
                .statement_cache_capacity(256)
                .disable_statement_logging();
            let mut migrator = connect.connect().await?;
            migrate::postgres(&mut migrator).await?;
            migrator.close().await?;
            let pool = PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .connect_lazy_with(connect.options(GUARDS));
            return Ok(Self::Postgres(pool));
        }
        let why = "write sqlite:<path> or postgres://user:password@host/database".into();
        Err(Error::Invalid { field: "database URL", why })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    fn count(&self) {
        if let Self::Sqlite { asked, .. } = self {
            asked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Opens a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        self.count();
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Reads, outside of any transaction.
    pub(crate) async fn fetch(&self, statement: &'static Statement, args: Args) -> Result<Vec<Row>> {
        self.count();
        let text = AssertSqlSafe(statement.text(self.dialect()));
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                let rows = sqlx::query_with(text, args.sqlite()?).fetch_all(readers).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(pool) => {
                let rows = sqlx::query_with(text, args.postgres()?).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Writes by one statement, which is its own transaction; says how many rows.
    pub(crate) async fn execute(&self, statement: &'static Statement, args: Args) -> Result<u64> {
        self.count();
        let text = AssertSqlSafe(statement.text(self.dialect()));
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                sqlx::query_with(text, args.sqlite()?).execute(writer).await?.rows_affected()
            }
            Self::Postgres(pool) => sqlx::query_with(text, args.postgres()?).execute(pool).await?.rows_affected(),
        })
    }

    pub(crate) async fn prepare(&self, statement: &'static Statement) -> Result<()> {
        let text = AssertSqlSafe(statement.text(self.dialect())).into_sql_str();
        match self {
            Self::Sqlite { writer, .. } => drop(writer.prepare(text).await?),
            Self::Postgres(pool) => drop(pool.prepare(text).await?),
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn fetch(&mut self, statement: &'static Statement, args: Args) -> Result<Vec<Row>> {
        let text = AssertSqlSafe(statement.text(self.dialect()));
        Ok(match self {
            Self::Sqlite(tx) => {
                let rows = sqlx::query_with(text, args.sqlite()?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(tx) => {
                let rows = sqlx::query_with(text, args.postgres()?).fetch_all(&mut **tx).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Says how many rows.
    pub(crate) async fn execute(&mut self, statement: &'static Statement, args: Args) -> Result<u64> {
        let text = AssertSqlSafe(statement.text(self.dialect()));
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query_with(text, args.sqlite()?).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => sqlx::query_with(text, args.postgres()?).execute(&mut **tx).await?.rows_affected(),
        })
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Rolls back at once, because a dropped transaction keeps its locks until its connection is used again.
    pub(crate) async fn fail(self, error: Error) -> Error {
        // The first error says more than one of the rollback would.
        let _ = self.rollback().await;
        error
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Database(error) if error.is_unique_violation() => Self::Conflict { what: "row", why: error.to_string() },
            E::Database(error) => {
                let code = error.code().unwrap_or_default();
                if transient(&code) { Self::Unavailable(error.to_string()) } else { Self::Database(error.to_string()) }
            }
            E::Configuration(why) => Self::Invalid { field: "database URL", why: why.to_string() },
            E::Io(_)
            | E::Tls(_)
            | E::Protocol(_)
            | E::PoolTimedOut
            | E::PoolClosed
            | E::WorkerCrashed
            | E::BeginFailed => Self::Unavailable(error.to_string()),
            error => Self::Database(error.to_string()),
        }
    }
}

/// Whether an error of this code may pass: a lost or refused connection, a full disk, a deadlock, a timeout.
fn transient(code: &str) -> bool {
    // SQLite's codes are numbers below 10,000 whose low byte is the class: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
    if code.len() < 5
        && let Ok(code) = code.parse::<u32>()
    {
        return matches!(code & 0xff, 5 | 6 | 10 | 13 | 14);
    }
    ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        || matches!(code, "25P02" | "25P03" | "55P03")
}

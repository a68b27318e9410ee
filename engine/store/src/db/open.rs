//! Opens pools with the settings that each database needs.

use std::{str::FromStr, sync::Arc};

use sqlx::{
    ConnectOptions, Connection, Executor as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Db, Kind, file, fresh::Fresh, hosts::Hosts, replica::Replica};
use crate::{Error, Migrate, Options, Pooling, Result, Synchronous, migrate};

/// Settings of every PostgreSQL connection: what a lost machine holds must go within seconds.
const GUARDS: [(&str, &str); 6] = [
    ("statement_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "5000"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];
/// The same behind a pooler that keeps a server's connection for as long as the client's. It refuses what it does not
/// know at the start, and the keepalives are between it and the server.
const GUARDS_LATER: &str = "SET statement_timeout = 5000; SET idle_in_transaction_session_timeout = 5000";
/// Rows that SQLite reads ahead of who takes them: each may have a megabyte.
const AHEAD: usize = 2;
/// What a connection that only reads keeps of SQLite's file, in KiB, as SQLite writes that. There are eight of them, and the
/// system keeps the file, too.
const READ_CACHE: &str = "-4096";
/// Begins a transaction.
const BEGIN: &str = "BEGIN";
/// The same behind a pooler that gives the connection away after each transaction.
const BEGIN_GUARDED: &str =
    "BEGIN; SET LOCAL statement_timeout = 5000; SET LOCAL idle_in_transaction_session_timeout = 5000";

impl Db {
    pub(crate) async fn open(options: &Options) -> Result<Self> {
        let kind = if options.url.starts_with("sqlite:") {
            sqlite(options).await?
        } else if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            postgres(options).await?
        } else {
            let why = "write sqlite:<path> or postgres://user:password@host/database".into();
            return Err(Error::Invalid { field: "database URL", why });
        };
        Ok(Self { kind, health: Arc::default() })
    }
}

impl Db {
    /// For who looks and changes nothing: no file is made, nothing is migrated.
    pub(crate) fn examine(options: &Options) -> Result<Self> {
        let kind = if options.url.starts_with("sqlite:") {
            let (connect, _) = file::quiet(&options.url)?;
            let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(options.patience);
            let readers = pool.connect_lazy_with(connect.busy_timeout(options.patience));
            Kind::Sqlite { writer: readers.clone(), readers, asked: Arc::default(), fair: Arc::default() }
        } else {
            let pooling = options.pooling;
            let hosts = Hosts::of(&options.url, |connect| settled(connect.disable_statement_logging(), pooling))?;
            let fresh = Fresh::default();
            let pool = pool(hosts.current().clone(), options, &fresh);
            let begin = if pooling == Pooling::Transaction { BEGIN_GUARDED } else { BEGIN };
            Kind::Postgres {
                pool,
                replica: None,
                hosts: Arc::new(hosts),
                fresh,
                direct: None,
                pooling,
                begin,
                injected: Arc::default(),
            }
        };
        Ok(Self { kind, health: Arc::default() })
    }
}

async fn sqlite(options: &Options) -> Result<Kind> {
    let synchronous = match options.synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Normal => SqliteSynchronous::Normal,
    };
    let connect = SqliteConnectOptions::from_str(&options.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(options.patience)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let connect = match options.max_pages {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    };
    // A connection is given up only when it is of no use: opening one again reads the schema and empties its caches.
    let pool = |max| {
        SqlitePoolOptions::new()
            .max_connections(max)
            .acquire_timeout(options.patience * 2)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let writer: SqlitePool = pool(1).connect_with(connect.clone()).await?;
    migrate::sqlite(&mut *writer.acquire().await?, options.migrate).await?;
    let reader = connect.pragma("query_only", "on").pragma("cache_size", READ_CACHE).row_buffer_size(AHEAD);
    let readers = pool(options.connections.max(2)).connect_lazy_with(reader);
    Ok(Kind::Sqlite { writer, readers, asked: Arc::default(), fair: Arc::default() })
}

async fn postgres(options: &Options) -> Result<Kind> {
    let pooling = options.pooling;
    let quiet = PgConnectOptions::disable_statement_logging;
    let hosts = Hosts::of(&options.url, |connect| settled(quiet(connect), pooling))?;
    hosts.seek().await;
    let direct = match &options.direct_url {
        Some(url) => Some(Hosts::of(url, quiet)?),
        // The lock that keeps two nodes from migrating at once is a session's, and so is hearing hints.
        None if pooling == Pooling::Transaction => None,
        None => Some(Hosts::of(&options.url, |connect| behind(quiet(connect), pooling))?),
    };
    if let Some(direct) = &direct {
        direct.seek().await;
        let given = if options.direct_url.is_some() { Pooling::None } else { pooling };
        let mut migrator = direct.current().connect().await?;
        migrate::postgres(&mut migrator, options.migrate, given).await?;
        migrator.close().await?;
    } else {
        let mut looker = hosts.current().connect().await?;
        migrate::postgres(&mut looker, Migrate::Expect, pooling).await?;
        looker.close().await?;
    }
    let fresh = Fresh::default();
    let pool = pool(hosts.current().clone(), options, &fresh);
    let replica = match &options.replica_url {
        Some(_) if pooling == Pooling::Transaction => {
            tracing::warn!("with a pooler in transaction mode the replica is not asked");
            None
        }
        Some(url) => {
            let connect = Hosts::of(url, |connect| settled(quiet(connect), pooling))?;
            let pool = self::pool(connect.current().clone(), options, &Fresh::default());
            Some(Arc::new(Replica::new(pool, options.replica_lag)))
        }
        None => None,
    };
    let begin = if pooling == Pooling::Transaction { BEGIN_GUARDED } else { BEGIN };
    Ok(Kind::Postgres {
        pool,
        replica,
        hosts: Arc::new(hosts),
        fresh,
        direct: direct.map(Arc::new),
        pooling,
        begin,
        injected: Arc::default(),
    })
}

/// What each connection of a pool begins with.
fn settled(connect: PgConnectOptions, pooling: Pooling) -> PgConnectOptions {
    let connect = connect.statement_cache_capacity(256);
    match pooling {
        Pooling::None => connect.options(GUARDS),
        pooling => behind(connect, pooling),
    }
}

fn pool(connect: PgConnectOptions, given: &Options, fresh: &Fresh) -> PgPool {
    let options = PgPoolOptions::new().max_connections(given.connections.max(2)).acquire_timeout(given.patience);
    let options = fresh.guard(options);
    match given.pooling {
        Pooling::None | Pooling::Transaction => options,
        Pooling::Session => {
            options.after_connect(|connection, _| Box::pin(async { connection.execute(GUARDS_LATER).await.map(drop) }))
        }
    }
    .connect_lazy_with(connect)
}

/// What a pooler takes at the start: nothing that it does not know.
fn behind(connect: PgConnectOptions, pooling: Pooling) -> PgConnectOptions {
    match pooling {
        Pooling::None => connect,
        Pooling::Session => connect.extra_float_digits(None),
        Pooling::Transaction => connect.extra_float_digits(None).statement_cache_capacity(0),
    }
}

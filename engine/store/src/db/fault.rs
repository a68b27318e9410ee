//! The meaning of a driver's error: for the caller, for the connection, and for the operator.

use std::time::Duration;

use sqlx::{Connection as _, PgPool, Sqlite, error::DatabaseError, sqlite::SqliteError};

use super::{Db, Kind};
use crate::{Class, Error, class};

/// How long one look at the server may take after a pool gave up.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// PostgreSQL: the connection may be of no use any more, or another one may do better. By code or its beginning.
const NEW_CONNECTION: [&str; 9] = ["08", "0A", "25", "26", "42P05", "53", "57P", "58", "XX"];
/// SQLite, primary codes: the same. A connection that was out of room or memory may have ended its transaction by itself.
const NEW_HANDLE: [u32; 10] = [7, 8, 10, 11, 13, 14, 15, 21, 24, 26];
/// PostgreSQL: it stands against a statement and says nothing of others; a full disk has room for what changes in its
/// place. By the beginning of the code.
const OF_A_STATEMENT: [&str; 9] = ["0A", "21", "22", "23", "27", "42", "53100", "P0", "XX"];
/// SQLite, primary codes: the same.
const OF_A_CALL: [u32; 7] = [1, 11, 13, 19, 20, 25, 26];

/// What an error means.
pub(super) struct Fault {
    pub(super) error: Error,
    /// The connection is to be closed and replaced.
    pub(super) broken: bool,
    /// It stands against every write, not against this statement alone.
    pub(super) wide: bool,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let ours = |error, broken| Self { error, broken, wide: true };
        match error {
            E::Database(error) => of_database(&*error),
            E::Configuration(why) => ours(Error::Invalid { field: "database URL", why: why.to_string() }, false),
            E::Encode(why) => ours(Error::Invalid { field: "argument", why: why.to_string() }, false),
            E::PoolTimedOut | E::PoolClosed => ours(Error::Unavailable(error.to_string()), false),
            E::Io(_)
            | E::Tls(_)
            | E::Protocol(_)
            | E::WorkerCrashed
            | E::BeginFailed
            | E::InvalidSavePointStatement => ours(Error::Unavailable(error.to_string()), true),
            error => ours(Error::Database(error.to_string()), false),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Fault::from(error).error
    }
}

fn of_database(error: &dyn DatabaseError) -> Fault {
    let code = error.code().unwrap_or_default();
    let (class, broken, wide) = if error.try_downcast_ref::<SqliteError>().is_some() {
        // The driver gives the extended code as a number.
        let code = code.parse::<u32>().unwrap_or_default();
        let primary = code & 0xff;
        (class::of_sqlite(code), NEW_HANDLE.contains(&primary), !OF_A_CALL.contains(&primary))
    } else {
        let begins = |with: &&str| code.starts_with(with);
        (class::of_sqlstate(&code), NEW_CONNECTION.iter().any(begins), !OF_A_STATEMENT.iter().any(begins))
    };
    let why = match class::remedy(&code) {
        Some(remedy) => format!("{error}; {remedy}"),
        None => error.to_string(),
    };
    let error = match class {
        Class::Client => Error::Invalid { field: "value", why },
        Class::Conflict => Error::Conflict { what: "row", why },
        Class::Soon => Error::Unavailable(why),
        Class::Operator => Error::Database(why),
        Class::Corrupt => Error::Damaged(why),
    };
    Fault { error, broken, wide }
}

impl Db {
    /// Keeps in mind what an operator must know, and gives the cause where a pool only says that it waited in vain.
    pub(super) async fn failed(&self, what: &'static str, error: sqlx::Error) -> (Error, bool) {
        let mut fault = match error {
            sqlx::Error::PoolTimedOut => self.waited_in_vain().await,
            error => Fault::from(error),
        };
        if let Error::Database(why) | Error::Damaged(why) = &mut fault.error {
            why.insert_str(0, &format!("{what}: "));
        }
        self.health.failed(what, &fault.error, fault.wide);
        if fault.wide && fault.broken {
            if let Kind::Postgres { fresh, .. } = &self.kind
                && fault.error.class() == Class::Operator
            {
                fresh.renew();
            }
            self.follow().await;
        }
        (fault.error, fault.broken)
    }

    /// Three causes look alike to a pool: its connections are all in use, the server is away, the server is full.
    async fn waited_in_vain(&self) -> Fault {
        match &self.kind {
            Kind::Sqlite { writer, readers, .. } => {
                let busy = |pool: &sqlx::Pool<Sqlite>| pool.size() > 0 && pool.num_idle() == 0;
                let why = if busy(writer) {
                    "the one connection that writes was busy all the time".to_owned()
                } else if busy(readers) {
                    let all = readers.options().get_max_connections();
                    format!("all {all} connections that read were busy all the time; allow more (database_connections)")
                } else {
                    "the database file could not be opened in time".to_owned()
                };
                Fault { error: Error::Unavailable(why), broken: false, wide: true }
            }
            Kind::Postgres { pool, .. } => server(pool).await,
        }
    }
}

/// Looks once whether it is the server.
async fn server(pool: &PgPool) -> Fault {
    let all = pool.options().get_max_connections();
    if pool.size() >= all && pool.num_idle() == 0 {
        let why =
            format!("all {all} connections of this process were busy all the time; allow more (database_connections)");
        return Fault { error: Error::Unavailable(why), broken: false, wide: true };
    }
    let options = pool.connect_options();
    match tokio::time::timeout(LOOK, sqlx::PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => {
            // It was only looked whether there is one.
            let _ = connection.close().await;
            let why = "the database server was away and has just come back".to_owned();
            Fault { error: Error::Unavailable(why), broken: false, wide: true }
        }
        Ok(Err(error)) => {
            let mut fault = Fault::from(error);
            if let Error::Unavailable(why) = &mut fault.error {
                why.insert_str(0, "the database server takes no connection: ");
            }
            fault
        }
        Err(_) => {
            let why = "the database server does not answer".to_owned();
            Fault { error: Error::Unavailable(why), broken: true, wide: true }
        }
    }
}

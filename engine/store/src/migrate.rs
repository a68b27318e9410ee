//! Migrations: the same number and name for both databases, part of the binary.

use std::borrow::Cow;

use sqlx::{
    Executor as _, PgConnection, SqlSafeStr, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::{Dialect, Error, Migrate, Pooling, Result, leader};

/// A migration that was done: number, whether it succeeded, checksum of its text.
type Done = (i64, bool, Vec<u8>);

const DONE: &str = include_str!("../sql/look/done.sql");
const SQLITE_TABLE: &str = include_str!("../sql/look/sqlite_has.sql");
const POSTGRES_TABLE: &str = include_str!("../sql/look/postgres_has.sql");

macro_rules! migrations {
    ($($file:literal,)*) => {
        /// File, SQLite's text, PostgreSQL's; in the order of their numbers.
        const FILES: &[(&str, &str, &str)] = &[$((
            $file,
            include_str!(concat!("../../../migrations/sqlite/", $file, ".sql")),
            include_str!(concat!("../../../migrations/postgres/", $file, ".sql")),
        )),*];
    };
}

// What a database may have had is never changed again: it would not be opened any more.
migrations! {
    "0001_workspaces",
    "0002_definitions",
    "0003_events",
    "0004_tokens",
    "0005_messages",
    "0006_access",
    "0007_designer",
    "0008_setup_links",
    "0009_holding",
    "0010_test_runs",
    "0011_counts_by_time",
    "0012_participation",
    "0013_failed_moves",
    "0014_what_was_said",
    "0015_sending",
    "0016_next_look",
    "0017_granted",
    "0018_passed_over",
    "0019_pieces",
    "0020_documents",
    "0021_audit",
    "0022_awaits",
    "0023_calls",
    "0024_buckets",
    "0025_effects",
    "0026_event_fields",
    "0027_waking",
    "0028_crowds",
    "0029_calls_queue",
    "0030_archived",
}

pub(crate) fn list(dialect: Dialect) -> Vec<Migration> {
    let make = |(file, sqlite, postgres): &(&'static str, &'static str, &'static str)| {
        let text = match dialect {
            Dialect::Sqlite => *sqlite,
            Dialect::Postgres => *postgres,
        };
        let (number, name) = file.split_once('_').unwrap_or(("", file));
        // A test sees that each has one.
        let number = number.parse().unwrap_or_default();
        Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, text.into_sql_str(), false)
    };
    FILES.iter().map(make).collect()
}

pub(crate) async fn sqlite(connection: &mut SqliteConnection, how: Migrate) -> Result<()> {
    let there = sqlx::query_as(SQLITE_TABLE).fetch_optional(&mut *connection).await?.is_some_and(|(n,): (i64,)| n > 0);
    let done = if there { sqlx::query_as(DONE).fetch_all(&mut *connection).await? } else { Vec::new() };
    if !missing(Dialect::Sqlite, &done, how)? {
        return Ok(());
    }
    if done.is_empty() {
        // Only a new file takes it so easily, and not with every connection: saying it is a write.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL").await?;
        connection.execute("VACUUM").await?;
    }
    Ok(Migrator::with_migrations(list(Dialect::Sqlite)).run(connection).await?)
}

/// One node at a time, so that nodes may start together. What is there already needs no right to make tables.
pub(crate) async fn postgres(connection: &mut PgConnection, how: Migrate, pooling: Pooling) -> Result<()> {
    // In a transaction and by statements without a name: a pooler may be in between.
    connection.execute("BEGIN").await?;
    let there = sqlx::query_as(POSTGRES_TABLE).persistent(false).fetch_one(&mut *connection).await?;
    let (there,): (bool,) = there;
    let done = match there {
        true => sqlx::query_as(DONE).persistent(false).fetch_all(&mut *connection).await?,
        false => Vec::new(),
    };
    connection.execute("COMMIT").await?;
    if !missing(Dialect::Postgres, &done, how)? {
        return Ok(());
    }
    if pooling == Pooling::Transaction {
        return Err(Error::Conflict { what: "database", why: "a pooler's transactions cannot migrate".into() });
    }
    leader::migrate(connection, &Migrator::with_migrations(list(Dialect::Postgres))).await
}

/// Whether anything is to be migrated.
fn missing(dialect: Dialect, done: &[Done], how: Migrate) -> Result<bool> {
    let wanted = list(dialect);
    let is_done = |wanted: &&Migration| {
        done.iter().any(|(number, success, checksum)| {
            *number == wanted.version && *success && checksum.as_slice() == &*wanted.checksum
        })
    };
    let newest = wanted.last().map_or(0, |migration| migration.version);
    if let Some((newer, ..)) = done.iter().find(|(number, ..)| *number > newest) {
        return Err(MigrateError::VersionMissing(*newer).into());
    }
    let Some(first) = wanted.iter().find(|wanted| !is_done(wanted)) else { return Ok(false) };
    match how {
        Migrate::Run => Ok(true),
        Migrate::Expect => Err(Error::Conflict {
            what: "database",
            why: format!(
                "it lacks migration {} ({}) of this build: run `stafette migrate` with a user that may make tables",
                first.version, first.description
            ),
        }),
    }
}

/// What to do about a database that a newer build has migrated.
pub(crate) fn newer(number: i64) -> String {
    format!(
        "it was migrated by a newer build (migration {number}); use that build, or restore the backup that was made before"
    )
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::VersionMissing(number) => Self::Conflict { what: "database", why: newer(number) },
            error => Self::Database(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn numbers_grow() {
        let numbers = FILES.iter().map(|(file, ..)| file.split_once('_').unwrap().0);
        let numbers: Vec<u32> = numbers.map(|number| number.parse().unwrap()).collect();
        assert!(numbers[0] == 1 && numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    }
}

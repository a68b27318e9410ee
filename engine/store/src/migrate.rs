//! Migrations: the same number and name for both databases, part of the binary.

use std::borrow::Cow;

use sqlx::{
    PgConnection, SqlSafeStr, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::{Dialect, Error, Result};

macro_rules! migrations {
    ($($file:literal,)*) => {
        /// File, SQLite's text, PostgreSQL's; the place in the list is the number in the name.
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
}

fn list(dialect: Dialect) -> Vec<Migration> {
    let make = |(number, (file, sqlite, postgres)): (i64, &(&'static str, &'static str, &'static str))| {
        let text = match dialect {
            Dialect::Sqlite => *sqlite,
            Dialect::Postgres => *postgres,
        };
        let (_, name) = file.split_once('_').unwrap_or(("", file));
        Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, text.into_sql_str(), false)
    };
    (1..).zip(FILES).map(make).collect()
}

pub(crate) async fn sqlite(connection: &mut SqliteConnection) -> Result<()> {
    Ok(Migrator::with_migrations(list(Dialect::Sqlite)).run(connection).await?)
}

/// Under an advisory lock, so that nodes may start together.
pub(crate) async fn postgres(connection: &mut PgConnection) -> Result<()> {
    Ok(Migrator::with_migrations(list(Dialect::Postgres)).run(connection).await?)
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::VersionMissing(number) => Self::Conflict {
                what: "database",
                why: format!(
                    "it was migrated by a newer build (migration {number}); use that build, or restore the backup that \
                     was made before"
                ),
            },
            error => Self::Database(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn the_place_is_the_number() {
        for (number, (file, ..)) in (1..).zip(FILES) {
            assert!(file.starts_with(&format!("{number:04}_")), "{file} is number {number}");
        }
    }
}

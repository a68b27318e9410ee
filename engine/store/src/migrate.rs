//! Migrations: the same number and name for both databases, part of the binary.

use std::borrow::Cow;

use sqlx::{
    PgConnection, SqlSafeStr, SqliteConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::{Error, Result};

macro_rules! migrations {
    ($($zeros:literal $number:literal $name:literal,)*) => {
        fn list(dialect: &str) -> Vec<Migration> {
            let make = |number, name: &'static str, sqlite: &'static str, postgres: &'static str| {
                let text = if dialect == "sqlite" { sqlite } else { postgres };
                Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, text.into_sql_str(), false)
            };
            vec![$(make(
                $number,
                $name,
                include_str!(concat!("../../../migrations/sqlite/", $zeros, $number, "_", $name, ".sql")),
                include_str!(concat!("../../../migrations/postgres/", $zeros, $number, "_", $name, ".sql")),
            )),*]
        }
    };
}

migrations! {
    "000" 1 "workspaces",
    "000" 2 "definitions",
    "000" 3 "events",
    "000" 4 "tokens",
    "000" 5 "messages",
    "000" 6 "access",
    "000" 7 "designer",
    "000" 8 "setup_links",
    "000" 9 "holding",
    "00" 10 "test_runs",
    "00" 11 "counts_by_time",
}

pub(crate) async fn sqlite(connection: &mut SqliteConnection) -> Result<()> {
    Ok(Migrator::with_migrations(list("sqlite")).run(connection).await?)
}

/// Under an advisory lock, so that nodes may start together.
pub(crate) async fn postgres(connection: &mut PgConnection) -> Result<()> {
    Ok(Migrator::with_migrations(list("postgres")).run(connection).await?)
}

impl From<MigrateError> for Error {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::VersionMissing(number) => Self::Conflict {
                what: "database",
                why: format!("it was migrated by a newer build (migration {number}); use that one"),
            },
            error => Self::Database(error.to_string()),
        }
    }
}

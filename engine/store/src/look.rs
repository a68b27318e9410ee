//! Examines a database without changing it: what it lacks, and how it is configured.

use std::collections::BTreeMap;

use program::Time;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row as _, SqliteConnection};

use crate::{
    Dialect, Error, Result,
    db::{file::quiet, hosts::Hosts},
    migrate,
};

/// A database as it was found.
#[derive(Clone, Debug)]
pub struct Look {
    /// Which one it is.
    pub dialect: Dialect,
    /// Migrations that it has.
    pub done: usize,
    /// Migrations of this build that it lacks, by number and name, in their order.
    pub missing: Vec<String>,
    /// A migration that this build does not know: a newer one made it.
    pub newer: Option<i64>,
    /// Whether there is any table.
    pub is_empty: bool,
    /// Its settings: `server_version`, and on PostgreSQL `fsync`, `max_connections` and so on.
    pub settings: BTreeMap<String, String>,
    /// What its nodes have stored about the installation, such as its public address.
    pub said: BTreeMap<String, String>,
}

/// The migration that added what nodes say about the installation.
const SAYS: &str = "15";
const SAID: &str = include_str!("../sql/look/installation.sql");

impl Look {
    /// One of the settings.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// The database's own clock, where it has one.
    pub fn now(&self) -> Option<Time> {
        self.setting("now").parse().ok().and_then(Time::from_timestamp_millis)
    }

    /// Fails if this build cannot work with it as it is, and says what to do.
    pub fn expect_complete(&self) -> Result<()> {
        let wrong = |why: String| Err(Error::Conflict { what: "database", why });
        match (self.newer, self.missing.as_slice()) {
            (Some(number), _) => wrong(migrate::newer(number)),
            (None, []) => Ok(()),
            (None, missing) => wrong(format!(
                "it lacks what this build needs ({}); run `stafette migrate` with a user that may make tables, or start \
                 `stafette serve` without --migrate expect",
                missing.join(", ")
            )),
        }
    }
}

/// All migrations of this build, by number and name, in their order.
pub fn migrations() -> Vec<String> {
    migrate::list(Dialect::Sqlite).iter().map(named).collect()
}

fn named(migration: &sqlx::migrate::Migration) -> String {
    format!("{:04}_{}", migration.version, migration.description)
}

/// Examines a database. None if SQLite's file does not exist.
pub async fn look(url: &str) -> Result<Option<Look>> {
    if url.starts_with("sqlite:") {
        return sqlite(url).await;
    }
    // A pooler in between may refuse settings that it does not know.
    let hosts = Hosts::of(url, |connect| connect.extra_float_digits(None))?;
    hosts.seek().await;
    let mut connection = hosts.current().connect().await?;
    let settings = pairs_of_postgres(&mut connection, include_str!("../sql/look/postgres.sql")).await?;
    let done = match settings.get("has_migrations").is_some_and(|has| has == "true") {
        true => pairs_of_postgres(&mut connection, include_str!("../sql/look/postgres_done.sql")).await?,
        false => BTreeMap::new(),
    };
    let said = match done.contains_key(SAYS) {
        true => pairs_of_postgres(&mut connection, SAID).await?,
        false => BTreeMap::new(),
    };
    connection.close().await?;
    Ok(Some(Look { said, ..found(Dialect::Postgres, settings, &done) }))
}

async fn sqlite(url: &str) -> Result<Option<Look>> {
    let (connect, file) = quiet(url)?;
    if std::fs::metadata(&file).map_or(true, |file| file.len() == 0) {
        return Ok(None);
    }
    let mut connection = connect.connect().await?;
    let settings = pairs_of_sqlite(&mut connection, include_str!("../sql/look/sqlite.sql")).await?;
    let done = match settings.get("has_migrations").is_some_and(|has| has == "true") {
        true => pairs_of_sqlite(&mut connection, include_str!("../sql/look/sqlite_done.sql")).await?,
        false => BTreeMap::new(),
    };
    let said = match done.contains_key(SAYS) {
        true => pairs_of_sqlite(&mut connection, SAID).await?,
        false => BTreeMap::new(),
    };
    connection.close().await?;
    Ok(Some(Look { said, ..found(Dialect::Sqlite, settings, &done) }))
}

async fn pairs_of_postgres(connection: &mut PgConnection, text: &'static str) -> Result<BTreeMap<String, String>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(connection).await?;
    let pair = |row: &sqlx::postgres::PgRow| {
        let value: Option<String> = row.try_get(1)?;
        Ok((row.try_get(0)?, value.unwrap_or_default()))
    };
    rows.iter().map(pair).collect()
}

async fn pairs_of_sqlite(connection: &mut SqliteConnection, text: &'static str) -> Result<BTreeMap<String, String>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn found(dialect: Dialect, settings: BTreeMap<String, String>, done: &BTreeMap<String, String>) -> Look {
    let known = migrate::list(dialect);
    let is_done = |migration: &sqlx::migrate::Migration| {
        let hex: String = migration.checksum.iter().map(|byte| format!("{byte:02x}")).collect();
        done.get(&migration.version.to_string()) == Some(&hex)
    };
    let missing = known.iter().filter(|migration| !is_done(migration));
    let newest = known.last().map_or(0, |migration| migration.version);
    Look {
        dialect,
        done: done.len(),
        missing: missing.map(named).collect(),
        newer: done.keys().filter_map(|number| number.parse().ok()).find(|number| *number > newest),
        is_empty: settings.get("tables").is_none_or(|n| n == "0"),
        settings,
        said: BTreeMap::new(),
    }
}

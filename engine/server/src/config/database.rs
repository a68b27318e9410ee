//! The database.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// Which database, and how many connections to it.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Database {
    /// Database: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`. Default `sqlite:DIR/stafette.db`.
    #[arg(long, value_name = "URL", env = "STAFETTE_DATABASE_URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// File that holds the database URL, instead of `database_url`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_DATABASE_URL_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url_file: Option<PathBuf>,
    /// The most connections to the database: of the pool on PostgreSQL, of readers on SQLite. Default 8.
    #[arg(long, value_name = "N", env = "STAFETTE_DATABASE_CONNECTIONS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_connections: Option<u32>,
    /// What stands between Stafette and PostgreSQL: `none`, or a pooler such as PgBouncer in its mode `session` or
    /// `transaction`. Default none.
    #[arg(long, value_name = "MODE", env = "STAFETTE_DATABASE_POOLING")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_pooling: Option<Pooling>,
    /// The same database without the pooler. Migrations and hints between nodes use it, because they need a session of
    /// their own. Default: the database URL.
    #[arg(long, value_name = "URL", env = "STAFETTE_DATABASE_DIRECT_URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_direct_url: Option<String>,
    /// A read-only replica of PostgreSQL for lists. Default none.
    #[arg(long, value_name = "URL", env = "STAFETTE_DATABASE_REPLICA_URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_replica_url: Option<String>,
    /// File that holds the direct URL, instead of `database_direct_url`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_DATABASE_DIRECT_URL_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_direct_url_file: Option<PathBuf>,
    /// File that holds the URL of the replica, instead of `database_replica_url`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_DATABASE_REPLICA_URL_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_replica_url_file: Option<PathBuf>,
}

/// What stands between Stafette and PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// No pooler.
    None,
    /// A pooler that keeps one server connection for each of ours.
    Session,
    /// A pooler that may use another server connection for each transaction.
    Transaction,
}

impl Database {
    /// How to open the database at this URL.
    pub fn options(&self, url: String) -> store::Options {
        let pooling = match self.database_pooling {
            None | Some(Pooling::None) => store::Pooling::None,
            Some(Pooling::Session) => store::Pooling::Session,
            Some(Pooling::Transaction) => store::Pooling::Transaction,
        };
        store::Options {
            connections: self.connections(),
            pooling,
            direct_url: self.database_direct_url.clone(),
            replica_url: self.database_replica_url.clone(),
            ..store::Options::new(url)
        }
    }

    /// The most connections.
    pub fn connections(&self) -> u32 {
        self.database_connections.unwrap_or(8).max(1)
    }
}

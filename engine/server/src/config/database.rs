//! The database.

use std::path::PathBuf;

use clap::Args;
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
    /// Connections to the database at most: of the pool on PostgreSQL, of readers on SQLite. Default 8.
    #[arg(long, value_name = "N", env = "STAFETTE_DATABASE_CONNECTIONS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_connections: Option<u32>,
}

impl Database {
    /// Connections at most.
    pub fn connections(&self) -> u32 {
        self.database_connections.unwrap_or(8).max(1)
    }
}

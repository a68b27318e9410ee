//! How the server is reached.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use program::Period;
use serde::{Deserialize, Serialize};

/// Where the server listens, and how others see it.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Http {
    /// Address and port to listen on; port 0 takes a free one. Default 127.0.0.1:8080.
    #[arg(long, value_name = "HOST:PORT", env = "STAFETTE_LISTEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// How the server is reached from outside; the links in mails begin with it. With https, cookies are marked
    /// Secure. Default: http and the address that it listens on, localhost where that is all of them.
    #[arg(long, value_name = "URL", env = "STAFETTE_PUBLIC_URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Take a client's address from the last entry of X-Forwarded-For. Only behind a proxy that sets it. Default no.
    #[arg(long, env = "STAFETTE_TRUST_FORWARDED")]
    #[serde(skip_serializing_if = "is_false")]
    pub trust_forwarded: bool,
    /// Answer GET /metrics to everybody, not only to this machine and to keys with scope read. Default no.
    #[arg(long, env = "STAFETTE_PUBLIC_METRICS")]
    #[serde(skip_serializing_if = "is_false")]
    pub public_metrics: bool,
    /// How long a client may take to send the head of a request; the connection is closed then, also where it waits
    /// for a next request. Keep it above the time for which a proxy in front keeps idle connections. Default 10s.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_HEADER_TIMEOUT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_timeout: Option<Period>,
    /// Secret of this installation, 64 hex digits: signs the links in mails. Default: drawn at the first start and
    /// kept in DIR/secret with SQLite, in the database with PostgreSQL, so that all nodes share it.
    #[arg(long, value_name = "HEX", env = "STAFETTE_SECRET", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// File that holds the secret, instead of `secret`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_SECRET_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
}

pub(super) fn is_false(value: &bool) -> bool {
    !value
}

impl Http {
    /// Address and port to listen on.
    pub fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or("127.0.0.1:8080")
    }

    /// How long the head of a request may take.
    pub fn header_timeout(&self) -> Duration {
        const DEFAULT: Duration = Duration::from_secs(10);
        // No time at all would let nobody in.
        self.header_timeout.map_or(DEFAULT, |period| Duration::from_millis(period.millis().max(1)))
    }
}

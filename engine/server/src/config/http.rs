//! How the server is reached.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use program::Period;
use serde::{Deserialize, Serialize};

use super::Proxies;

/// Where the server listens, and how others see it.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Http {
    /// Address and port to listen on; port 0 takes a free one. Default 127.0.0.1:8080.
    #[arg(long, value_name = "HOST:PORT", env = "STAFETTE_LISTEN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Public address of the installation: http:// or https:// and a host. The links in mails begin with it. With
    /// https, cookies are marked Secure. It is kept in the database, so one node may give it for all: running nodes
    /// follow within seconds, and the node that gave it last decides. Default: what the database has, else http and the
    /// address that the server listens on. That is not enough if mail goes to a relay.
    #[arg(long, value_name = "URL", env = "STAFETTE_PUBLIC_URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// How many proxies stand in front, one after the other. Each of them adds the address of its caller to
    /// X-Forwarded-For. A client's address is that entry from the end of the list, over all lines of that name. Entries
    /// before it can be forged and are ignored. With fewer entries, the request counts as the proxy's own. Without a
    /// number, or as true, it means one. Limits by address count the client's address then. Only connections do not,
    /// because all of them are the proxy's: they are limited in total only. Default 0.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1", env = "STAFETTE_TRUST_FORWARDED")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_forwarded: Option<Proxies>,
    /// Answer GET /metrics to everybody, not only to this machine and to keys with scope read. Default no.
    #[arg(long, env = "STAFETTE_PUBLIC_METRICS")]
    #[serde(skip_serializing_if = "is_false")]
    pub public_metrics: bool,
    /// How long a client may take to send the head of a request. After that the connection is closed, also if it waits
    /// for a next request. Keep it above the time for which a proxy in front keeps idle connections. Default 10s.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_HEADER_TIMEOUT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_timeout: Option<Period>,
    /// How many connections may be open at once. A new one beyond that takes the place of an idle connection. If none
    /// is idle, the answer is 503. Default 1024.
    #[arg(long, value_name = "N", env = "STAFETTE_CONNECTIONS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// The same for one address (of IPv6: one /64). 0 for no such limit. With trust-forwarded it limits the requests at
    /// once of one forwarded address. Default 64.
    #[arg(long, value_name = "N", env = "STAFETTE_CONNECTIONS_PER_ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections_per_address: Option<u32>,
    /// How long the body of a request may take. From the tenth second on at least 1 KiB a second must arrive. Default
    /// 60s.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_BODY_TIMEOUT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_timeout: Option<Period>,
    /// How long a client may read nothing of an answer before the connection is closed. Default 30s.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_WRITE_TIMEOUT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_timeout: Option<Period>,
    /// Memory for the bodies of requests at once, in MiB. Default 64, at least 32. One address may use half of it. What
    /// does not fit is answered 503. How bodies are counted stands in docs/operating.md, *Memory for requests*.
    #[arg(long, value_name = "N", env = "STAFETTE_BODY_MEMORY")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_memory: Option<u32>,
    /// How many clients may listen to the live feed at once. Default 256.
    #[arg(long, value_name = "N", env = "STAFETTE_LISTENERS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listeners: Option<u32>,
    /// How many live feeds one session or key may have open. Default 8.
    #[arg(long, value_name = "N", env = "STAFETTE_LISTENERS_PER_SESSION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listeners_per_session: Option<u32>,
    /// Secret of this installation, 64 hex digits. It signs the links in mails. Default: drawn at the first start. With
    /// SQLite it is kept in DIR/secret, with PostgreSQL in the database, so that all nodes share it.
    #[arg(long, value_name = "HEX", env = "STAFETTE_SECRET", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// File that holds the secret, instead of `secret`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_SECRET_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Keys that seal stored secrets (such as those that sign webhooks), 64 hex digits each, separated by commas. The
    /// first one seals, all open. With PostgreSQL every node needs them before such a secret can be stored. Default
    /// with SQLite: drawn at the first start and kept in DIR/seal-key. No backup holds that file, so keep a copy of it
    /// elsewhere.
    #[arg(long, value_name = "HEX", env = "STAFETTE_SEAL_KEY", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_key: Option<String>,
    /// File that holds the seal keys, instead of `seal_key`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_SEAL_KEY_FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal_key_file: Option<PathBuf>,
}

pub(super) fn is_false(value: &bool) -> bool {
    !value
}

impl Http {
    /// Address and port to listen on.
    pub fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or("127.0.0.1:8080")
    }

    /// How many proxies are trusted; 0 if there is none in front.
    pub fn proxies(&self) -> usize {
        self.trust_forwarded.unwrap_or_default().count()
    }

    /// How long the head of a request may take.
    pub fn header_timeout(&self) -> Duration {
        time(self.header_timeout, 10)
    }

    /// How long the body of a request may take.
    pub fn body_timeout(&self) -> Duration {
        time(self.body_timeout, 60)
    }

    /// How long a client may read nothing of an answer.
    pub fn write_timeout(&self) -> Duration {
        time(self.write_timeout, 30)
    }

    /// Connections at once.
    pub fn connections(&self) -> usize {
        count(self.connections, 1_024)
    }

    /// Connections of one address; 0 for no such limit.
    pub fn connections_per_address(&self) -> usize {
        self.connections_per_address.unwrap_or(64) as usize
    }

    /// The most bytes of bodies at once. The largest body may take half of it.
    pub fn body_memory(&self) -> usize {
        count(self.body_memory, 64).max(32) << 20
    }

    /// Live feeds at once, and of one session or key.
    pub fn listeners(&self) -> (usize, usize) {
        (count(self.listeners, 256), count(self.listeners_per_session, 8))
    }
}

/// A limit of zero would let nobody in, so it is at least a millisecond.
fn time(given: Option<Period>, default: u64) -> Duration {
    given.map_or(Duration::from_secs(default), |period| Duration::from_millis(period.millis().max(1)))
}

fn count(given: Option<u32>, default: usize) -> usize {
    given.map_or(default, |n| n.max(1) as usize)
}

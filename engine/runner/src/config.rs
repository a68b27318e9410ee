//! Settings of a node. Default, unit and special value stand at each field.

use std::time::Duration;

use program::Period;
use store::{Dialect, Keep};

/// Settings of one node.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which work this node does. Default: all of it.
    pub roles: Roles,
    /// Tokens per transaction. Default: 250 to begin with, 50 to 500 as the queue's depth asks.
    pub batch: Batch,
    /// Transactions that move tokens at once. Default: none, that is 3 on PostgreSQL, 1 on SQLite.
    pub committers: Option<u32>,
    /// Waiting list of events.
    pub ingest: IngestConfig,
    /// How mails are handed over.
    pub dispatch: DispatchConfig,
    /// How other people's servers are called.
    pub calls: CallsConfig,
    /// How many times faster than the clock waits go by; 1 for real life, 86,400 for a day a second.
    /// Default: 1. What is not a number above 0 counts as 1.
    pub time_scale: f64,
    /// How often this node says that it lives, on PostgreSQL. Default: 2 s.
    pub heartbeat: Duration,
    /// How long others believe it. Default: 6 s; on SQLite it has no end, there is nobody else.
    pub ttl: Duration,
    /// How often dead nodes' messages are looked for. Default: 4 s; on SQLite ten times as long.
    pub rescue: Duration,
    /// How long to keep what. Default: 90 days, the inbox 7.
    pub keep: Keep,
    /// How often old rows are deleted. Default: 10 minutes.
    pub prune: Duration,
    /// How long a shutdown waits for what is under way, all in all. Default: 20 s.
    pub drain: Duration,
}

/// Which work a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Moves tokens.
    pub runner: bool,
    /// Hands mails over.
    pub dispatcher: bool,
    /// Rescues and prunes. At least one node of an installation must.
    pub duties: bool,
}

/// Tokens per transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// At least. From 1.
    pub min: u32,
    /// To begin with.
    pub start: u32,
    /// At most. Up to 500.
    pub max: u32,
    /// Bytes of contacts and events that a transaction loads, as they stand in the database. Who does not fit in stays
    /// due; one token is always carried. On SQLite everybody who writes waits meanwhile. Default: 2 MiB.
    pub bytes: usize,
}

/// Waiting list of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngestConfig {
    /// Events that may wait for their commit; 4 KiB of what they bring count as one more. Default: 16,384.
    pub queue: u32,
    /// Events per commit. Default and maximum: 1,000.
    pub batch: usize,
    /// Bytes per commit; the store splits a request only where much is stored of what it meets. Default: 64 MiB.
    pub batch_bytes: usize,
    /// The most that a contact may hold, in bytes. Default: 512 KiB.
    pub max_contact: usize,
    /// How long a commit is tried again while the database is away. Default: 3 s.
    pub patience: Duration,
}

/// How mails are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DispatchConfig {
    /// Mails under way at once, per class; never more than the transport's connections. Default: 32.
    pub connections: usize,
    /// Messages per lease. Default: 100.
    pub batch: u32,
    /// Bytes of contacts and events per lease, as they stand in the database; one message is always leased. Default:
    /// 2 MiB.
    pub batch_bytes: usize,
    /// Bytes of files in mails under way at once, per class; one mail is written, whatever it brings. Each is in memory a
    /// few times over: as it is stored, as it goes out, signed. Default: 16 MiB.
    pub files_bytes: u32,
    /// Leases worked on at once, per class. Default: 2.
    pub workers: usize,
    /// How long a lease holds. A node that dies is noticed sooner, by its missing heartbeat; this is
    /// for one that hangs, and it bounds the wait for a server's reply. Default: 5 minutes.
    pub lease: Duration,
}

/// How other people's servers are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallsConfig {
    /// Calls under way at once. Each has a body of at most 256 KiB. Default: 32.
    pub connections: usize,
    /// The same to one host. Default: 8.
    pub per_host: usize,
    /// How long a lease holds; longer than a call may take. A node that dies is noticed sooner, by its missing heartbeat.
    /// Default: 2 minutes.
    pub lease: Duration,
    /// How long a call is tried, at most 24 hours: a token that waits for one goes on after 25. Default: 24 hours.
    pub patience: Duration,
}

impl Default for CallsConfig {
    fn default() -> Self {
        let (lease, patience) = (Duration::from_secs(120), Duration::from_secs(24 * HOUR));
        Self { connections: 32, per_host: 8, lease, patience }
    }
}

impl Batch {
    /// Always the same number.
    pub fn fixed(n: u32) -> Self {
        Self { min: n, start: n, max: n, ..Self::default() }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self { min: 50, start: 250, max: 500, bytes: 2 << 20 }
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self { runner: true, dispatcher: true, duties: true }
    }
}

impl Default for IngestConfig {
    fn default() -> Self {
        let (batch_bytes, max_contact) = (64 << 20, store::MAX_CONTACT);
        Self { queue: 16_384, batch: 1_000, batch_bytes, max_contact, patience: Duration::from_secs(3) }
    }
}

const HOUR: u64 = 3_600;

impl Default for DispatchConfig {
    fn default() -> Self {
        let lease = Duration::from_secs(300);
        Self { connections: 32, batch: 100, batch_bytes: 2 << 20, files_bytes: 16 << 20, workers: 2, lease }
    }
}

impl Config {
    /// How many transactions move tokens at once on this database. Three on PostgreSQL: one waits for the disk, one for
    /// an answer, one is at work.
    pub fn committers(&self, dialect: Dialect) -> u32 {
        let usual = match dialect {
            Dialect::Sqlite => 1,
            Dialect::Postgres => 3,
        };
        self.committers.unwrap_or(usual).max(1)
    }
}

impl Default for Config {
    fn default() -> Self {
        let days = |n: u64| Period::from_millis(n * 24 * HOUR * 1_000).unwrap_or(Period::MAX);
        Self {
            roles: Roles::default(),
            batch: Batch::default(),
            committers: None,
            ingest: IngestConfig::default(),
            dispatch: DispatchConfig::default(),
            calls: CallsConfig::default(),
            time_scale: 1.0,
            heartbeat: Duration::from_secs(2),
            ttl: Duration::from_secs(6),
            rescue: Duration::from_secs(4),
            keep: Keep { trace: days(90), events: days(90), messages: days(90), inbox: days(7), audit: days(400) },
            prune: Duration::from_secs(600),
            drain: Duration::from_secs(20),
        }
    }
}

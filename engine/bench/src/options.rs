//! Options of the benches.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Tokens a second that are moved while a snapshot is held, unless told otherwise.
const LOAD: usize = 500;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Events in through the group committer: rates, what full durability costs, how long a request waits.
    Ingest,
    /// Tokens moved: one step, one message each; on PostgreSQL also the bytes of write-ahead log.
    Advance,
    /// Messages handed over to a real SMTP sink, and to the built-in inbox.
    Dispatch,
    /// Event, condition, wait of a second, mail: end to end through HTTP.
    Story,
    /// How late waits end while a million others go on, and what an idle node asks of its database.
    Waits,
    /// Two nodes beside one, and that no token is moved twice (PostgreSQL).
    Nodes,
    /// Old rows of all sorts deleted, as a node does it beside its work.
    Prune,
    /// The rate while somebody holds a snapshot, so that dead rows stay (PostgreSQL).
    Snapshot,
}

/// Options of `stafette bench`.
#[derive(Args, Clone, Debug)]
pub struct Bench {
    /// What is measured.
    pub what: What,
    /// A database of the bench's own, empty; by default SQLite in a scratch folder. On PostgreSQL it must be empty.
    #[arg(long, value_name = "URL", env = "STAFETTE_DATABASE_URL")]
    pub database_url: Option<String>,
    /// Prints JSON instead of lines.
    #[arg(long)]
    pub json: bool,
    /// Events, tokens or messages of a round.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub n: usize,
    /// Rounds; the median counts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub rounds: usize,
    /// Tokens that wait for next year meanwhile. Default: none for `advance`, 1,000,000 for `waits`.
    #[arg(long, value_name = "N")]
    pub waiting: Option<usize>,
    /// Seconds that `snapshot` holds its snapshot.
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800)]
    pub hold: u64,
    /// Tokens a second, on average, that are moved while `snapshot` holds.
    #[arg(long, value_name = "N", default_value_t = LOAD)]
    pub load: usize,
    /// Relay that `story` hands its mails to, such as a `smtp-sink`. Default: the built-in inbox.
    #[arg(long, value_name = "URL")]
    pub smtp: Option<String>,
    /// Folder for the scratch database; on a disk, not in memory, or durability costs nothing.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub scratch: PathBuf,
}

/// Why a bench cannot be run.
pub type BenchError = Box<dyn std::error::Error + Send + Sync>;

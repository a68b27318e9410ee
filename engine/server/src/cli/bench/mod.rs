//! `stafette bench`: what the engine does, beside what the database itself can do in the same run.
//!
//! Wall rates of two machines cannot be compared, and those of one machine waver; so each figure is a ratio to
//! the raw batched writes of the same rows, measured in turns with it, and the median of several rounds.

mod advance;
mod delay;
mod dispatch;
mod idle;
mod ingest;
mod measure;
mod nodes;
mod prune;
mod recorder;
mod report;
mod seed;
mod snapshot;
mod story;
mod waits;
mod wal;

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};

use report::Report;
use seed::Bed;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum What {
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
pub(super) struct Bench {
    /// What is measured.
    pub(super) what: What,
    /// A database of the bench's own, empty; by default SQLite in a scratch folder. On PostgreSQL it must be empty.
    #[arg(long, value_name = "URL", env = "STAFETTE_DATABASE_URL")]
    pub(super) database_url: Option<String>,
    /// Prints JSON instead of lines.
    #[arg(long)]
    pub(super) json: bool,
    /// Events, tokens or messages of a round.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) n: usize,
    /// Rounds; the median counts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(super) rounds: usize,
    /// Tokens that wait for next year meanwhile. Default: none for `advance`, 1,000,000 for `waits`.
    #[arg(long, value_name = "N")]
    pub(super) waiting: Option<usize>,
    /// Seconds that `snapshot` holds its snapshot.
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800)]
    pub(super) hold: u64,
    /// Tokens a second, on average, that are moved while `snapshot` holds.
    #[arg(long, value_name = "N", default_value_t = snapshot::LOAD)]
    pub(super) load: usize,
    /// Relay that `story` hands its mails to, such as a `smtp-sink`. Default: the built-in inbox.
    #[arg(long, value_name = "URL")]
    pub(super) smtp: Option<String>,
    /// Folder for the scratch database; on a disk, not in memory, or durability costs nothing.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) scratch: PathBuf,
}

/// Why a bench cannot be run.
pub(super) type BenchError = Box<dyn std::error::Error + Send + Sync>;

/// Runs a bench and prints its report.
pub(super) async fn run(options: Bench, out: &mut (dyn Write + Send)) -> Result<(), BenchError> {
    let bed = Bed::make(&options).await?;
    let mut report = Report::new(&options, &bed).await?;
    match options.what {
        What::Ingest => ingest::run(&options, &bed, &mut report).await?,
        What::Advance => advance::run(&options, &bed, &mut report).await?,
        What::Dispatch => dispatch::run(&options, &bed, &mut report).await?,
        What::Story => story::run(&options, &bed, &mut report).await?,
        What::Waits => waits::run(&options, &bed, &mut report).await?,
        What::Nodes => nodes::run(&options, &bed, &mut report).await?,
        What::Prune => prune::run(&options, &bed, &mut report).await?,
        What::Snapshot => snapshot::run(&options, &bed, &mut report).await?,
    }
    bed.store.close().await;
    report.print(options.json, out)?;
    Ok(())
}

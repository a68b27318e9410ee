//! `stafette bench`: what the engine does, beside what the database itself can do in the same run.
//!
//! Wall rates of two machines cannot be compared, and those of one machine waver; so each figure is a ratio to
//! the raw batched writes of the same rows, measured in turns with it, and the median of several rounds.

mod advance;
mod dispatch;
mod ingest;
mod measure;
mod report;
mod seed;
mod story;

use std::{io::Write, path::PathBuf};

use clap::{Args, ValueEnum};

use report::Report;
use seed::Bed;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum What {
    /// Events in: through the group committer and through HTTP.
    Ingest,
    /// Tokens moved: one step, one message each.
    Advance,
    /// Messages handed over to a real SMTP sink, and to the built-in inbox.
    Dispatch,
    /// Event, condition, wait of a second, mail: end to end through HTTP.
    Story,
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
    /// Tokens that wait for next year while `advance` is measured.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) waiting: usize,
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
    }
    bed.store.close().await;
    report.print(options.json, out)?;
    Ok(())
}

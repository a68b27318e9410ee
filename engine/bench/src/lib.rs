//! `stafette bench`: measures the engine, and the database itself in the same run.
//!
//! Rates of two machines cannot be compared, and rates of one machine vary. So each figure is a ratio to raw batched
//! writes of the same rows. Both are measured in turns, and the result is the median of several rounds.

mod advance;
mod delay;
mod dispatch;
mod host;
mod idle;
mod ingest;
mod measure;
mod nodes;
mod options;
mod prune;
mod recorder;
mod report;
mod seed;
mod snapshot;
mod story;
mod waits;
mod wal;

use std::io::Write;

use report::Report;
use seed::Bed;

pub use host::{Host, Later, Site, Start};
pub use options::{Bench, BenchError, What};

/// Runs a bench and prints its report. A server is started for `story` alone.
pub async fn run(options: Bench, start: Start, out: &mut (dyn Write + Send)) -> Result<(), BenchError> {
    let bed = Bed::make(&options).await?;
    let mut report = Report::new(&options, &bed).await?;
    match options.what {
        What::Ingest => ingest::run(&options, &bed, &mut report).await?,
        What::Advance => advance::run(&options, &bed, &mut report).await?,
        What::Dispatch => dispatch::run(&options, &bed, &mut report).await?,
        What::Story => story::run(&options, &bed, start, &mut report).await?,
        What::Waits => waits::run(&options, &bed, &mut report).await?,
        What::Nodes => nodes::run(&options, &bed, &mut report).await?,
        What::Prune => prune::run(&options, &bed, &mut report).await?,
        What::Snapshot => snapshot::run(&options, &bed, &mut report).await?,
    }
    bed.store.close().await;
    report.print(options.json, out)?;
    Ok(())
}

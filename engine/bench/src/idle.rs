//! An idle node: how much it asks of its database and of the processor.

use std::time::Duration;

use runner::Config;

use crate::{BenchError, measure::cpu_seconds, report::Report, seed::Bed};

/// How long it is watched.
const SPAN: Duration = Duration::from_secs(20);
/// Until what was done before is told: a connection of PostgreSQL that is idle tells what it did within ten seconds.
const SETTLE: Duration = Duration::from_secs(12);

/// Works off what is queued, then watches a whole node.
pub(crate) async fn run(bed: &Bed, report: &mut Report) -> Result<(), BenchError> {
    bed.engine(mail::Transport::inbox(), Config::default()).work_off().await?;
    let running = runner::start(bed.deps(mail::Transport::inbox(), Config::default())).await?;
    bed.clock.pause(SETTLE).await;
    let (cpu, before) = (cpu_seconds(), bed.store.meters().await?);
    bed.clock.pause(SPAN).await;
    let (used, after) = (cpu_seconds() - cpu, bed.store.meters().await?);
    running.shutdown().await;
    report.ratio("idle node: share of a core", used / SPAN.as_secs_f64());
    let asked = asked(before.transactions, after.transactions);
    report.ratio("idle node: transactions a second", asked as f64 / SPAN.as_secs_f64());
    report.note("a statement outside of a transaction counts as one; of PostgreSQL all of the database's are counted");
    Ok(())
}

/// Transactions between two looks, of which one was the look itself.
fn asked(before: u64, after: u64) -> u64 {
    after.saturating_sub(before).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_itself_does_not_count() {
        assert_eq!((asked(10, 41), asked(10, 10)), (30, 0));
    }
}

//! Old rows go.

use std::time::Duration;

use store::{Keep, Pruned, Result, Store};

use crate::{Clock, duties::Duty};

/// Deletes what is older than it has to be kept.
#[derive(Clone, Debug)]
pub struct Prune {
    store: Store,
    clock: Clock,
    keep: Keep,
}

/// Rows per transaction and sort: short enough that nobody waits for it.
const BATCH: u32 = 1_000;
/// Between two transactions, so that the work of the day goes first.
const BREATH: Duration = Duration::from_millis(50);
/// Transactions per run; the next run goes on.
const MAX_ROUNDS: u32 = 500;

impl Prune {
    /// Prunes this store.
    pub fn new(store: Store, clock: Clock, keep: Keep) -> Self {
        Self { store, clock, keep }
    }

    /// Deletes until nothing old is left, or until it is enough for once.
    pub async fn run_once(&self) -> Result<Pruned> {
        let mut all = Pruned::default();
        for _ in 0..MAX_ROUNDS {
            let some = self.store.prune(self.clock.now(), self.keep, BATCH).await?;
            if some.total() == 0 {
                break;
            }
            all.trace += some.trace;
            all.tokens += some.tokens;
            all.events += some.events;
            all.messages += some.messages;
            all.inbox += some.inbox;
            all.access += some.access;
            all.test_runs += some.test_runs;
            self.clock.pause(BREATH).await;
        }
        metrics::counter!("stafette_rows_pruned_total").increment(all.total());
        Ok(all)
    }
}

impl Duty for Prune {
    const NAME: &'static str = "prune";

    async fn tick(&self) -> Result<()> {
        self.run_once().await.map(drop)
    }
}

//! Deletes old rows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use store::{Keep, Pruned, Result, Store};

use crate::{Clock, duties::Duty};

/// Deletes what is older than it has to be kept.
#[derive(Clone, Debug)]
pub struct Prune {
    store: Store,
    clock: Clock,
    keep: Keep,
    /// The last run ended before its work did.
    more: Arc<AtomicBool>,
}

/// Rows per transaction and sort: short enough that nobody waits for it.
const BATCH: u32 = 1_000;
/// At least so long between two batches, and never shorter than a batch took: the work of the day has half of the time.
const BREATH: Duration = Duration::from_millis(10);
/// A run takes no longer, so that a stop need not wait for it; the next one goes on at once.
const RUN: Duration = Duration::from_secs(2);

impl Prune {
    /// Prunes this store.
    pub fn new(store: Store, clock: Clock, keep: Keep) -> Self {
        Self { store, clock, keep, more: Arc::default() }
    }

    /// Deletes until nothing old is left, or until it is enough for once; then gives free space back.
    pub async fn run_once(&self) -> Result<Pruned> {
        let (started, mut all) = (Instant::now(), Pruned::default());
        self.more.store(false, Ordering::Relaxed);
        loop {
            let batch = Instant::now();
            let some = self.store.prune(self.clock.now(), self.keep, BATCH).await?;
            all += some;
            if some.total() == 0 && !self.store.reclaim().await? {
                break;
            }
            if started.elapsed() > RUN {
                self.more.store(true, Ordering::Relaxed);
                break;
            }
            self.clock.pause(batch.elapsed().max(BREATH)).await;
        }
        metrics::counter!("stafette_rows_pruned_total").increment(all.total());
        Ok(all)
    }

    /// Whether the last run left something to do.
    pub fn more(&self) -> bool {
        self.more.load(Ordering::Relaxed)
    }
}

impl Duty for Prune {
    const NAME: &'static str = "prune";

    async fn tick(&self) -> Result<bool> {
        self.run_once().await?;
        Ok(self.more())
    }
}

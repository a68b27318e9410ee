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

/// Deletes rows that are older than the time for which they are kept.
#[derive(Clone, Debug)]
pub struct Prune {
    store: Store,
    clock: Clock,
    keep: Keep,
    /// The last run ended before all was deleted.
    more: Arc<AtomicBool>,
}

/// Rows per transaction and kind: few enough that nobody waits long.
const BATCH: u32 = 1_000;
/// The least pause between two batches. A pause is never shorter than a batch took, so other work has half of the time.
const BREATH: Duration = Duration::from_millis(10);
/// A run takes no longer, so that a stop need not wait for it. The next one goes on at once.
const RUN: Duration = Duration::from_secs(2);

impl Prune {
    /// Prunes this store.
    pub fn new(store: Store, clock: Clock, keep: Keep) -> Self {
        Self { store, clock, keep, more: Arc::default() }
    }

    /// Deletes until nothing old is left, or the time of a run is over. Then gives free space back.
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

    /// Whether the last run left work.
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

//! Shows the other nodes that this one is alive.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use store::{Beat, Result, Store};

use crate::{Clock, clock_skew, duties::Duty};

/// Says that this node lives, and hears who else does: what is due is shared out among them. When it stops saying so, others
/// take its messages over. By the way it looks how far the
/// clocks of node and database differ.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    store: Store,
    clock: Clock,
    node: String,
    beat: Beat,
    /// When it was last said that the clocks differ.
    told: Arc<Mutex<Option<Instant>>>,
}

/// That clocks differ is said no more often.
const AGAIN: Duration = Duration::from_secs(60);

impl Heartbeat {
    /// For the node with this boot id.
    pub fn new(store: Store, clock: Clock, node: String, beat: Beat) -> Self {
        Self { store, clock, node, beat, told: Arc::default() }
    }

    /// Says so once.
    pub async fn run_once(&self) -> Result<()> {
        self.store.beat(&self.node, self.clock.now(), self.beat).await?;
        self.compare_clocks().await
    }

    async fn compare_clocks(&self) -> Result<()> {
        let Some(skew) = clock_skew(&self.store, &self.clock).await? else { return Ok(()) };
        metrics::gauge!("stafette_clock_skew_seconds").set(skew.seconds());
        if skew.matters() && self.clock.is_system() {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.is_none_or(|told| told.elapsed() > AGAIN) {
                *told = Some(Instant::now());
                let ahead = skew.seconds();
                tracing::error!(
                    ahead,
                    "the clocks of this node and of the database differ, so waits end early or late: set both by NTP"
                );
            }
        }
        Ok(())
    }
}

impl Duty for Heartbeat {
    const NAME: &'static str = "heartbeat";

    async fn tick(&self) -> Result<bool> {
        self.run_once().await.map(|()| false)
    }
}

//! How far behind the work is.

use program::StreamClass;
use store::{Result, Store};

use crate::{Clock, duties::Duty};

/// Measures how long the oldest due token and message have been waiting: an answer from an index, where
/// counting a queue would read all of it.
#[derive(Clone, Debug)]
pub struct Gauges {
    store: Store,
    clock: Clock,
}

impl Gauges {
    /// Measures this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Measures once.
    pub async fn run_once(&self) -> Result<()> {
        let lag =
            |due: Option<program::Time>| due.map_or(0.0, |due| (self.clock.now() - due).as_seconds_f64().max(0.0));
        let tokens = lag(self.store.next_due(self.clock.now()).await?);
        metrics::gauge!("stafette_queue_lag_seconds", "queue" => "tokens").set(tokens);
        for (class, name) in [(StreamClass::Operational, "operational"), (StreamClass::Marketing, "marketing")] {
            let messages = lag(self.store.next_message_due(class, self.clock.now()).await?);
            metrics::gauge!("stafette_queue_lag_seconds", "queue" => name).set(messages);
        }
        Ok(())
    }
}

impl Duty for Gauges {
    const NAME: &'static str = "gauges";

    async fn tick(&self) -> Result<()> {
        self.run_once().await
    }
}

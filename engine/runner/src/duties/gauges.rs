//! Measures how far behind the work is.

use program::{Reason, StreamClass};
use store::{Result, Store};

use crate::{Calls, Clock, Wake, duties::Duty};

/// Measures how long the oldest due token and message have been waiting. An index answers this. To count a queue would
/// read all of it.
#[derive(Clone, Debug)]
pub struct Gauges {
    store: Store,
    clock: Clock,
    calls: Calls,
    wake: Wake,
}

impl Gauges {
    /// Measures this store.
    pub fn new(store: Store, clock: Clock, calls: Calls, wake: Wake) -> Self {
        Self { store, clock, calls, wake }
    }

    /// Measures once.
    pub async fn run_once(&self) -> Result<()> {
        let lag =
            |due: Option<program::Time>| due.map_or(0.0, |due| (self.clock.now() - due).as_seconds_f64().max(0.0));
        let tokens = lag(self.store.next_due(self.clock.now()).await?);
        metrics::gauge!("stafette_queue_lag_seconds", "queue" => "tokens").set(tokens);
        for class in StreamClass::ALL {
            // Counted from when it was first due, because a failed try does not make it younger.
            let messages = lag(self.store.oldest_message(class, self.clock.now()).await?);
            metrics::gauge!("stafette_queue_lag_seconds", "queue" => class.as_str()).set(messages);
            self.expire_held(class).await?;
        }
        let calls = lag(self.store.oldest_call().await?);
        metrics::gauge!("stafette_queue_lag_seconds", "queue" => "calls").set(calls);
        metrics::gauge!("stafette_calls_paused_hosts").set(self.calls.paused_hosts() as f64);
        self.expire_calls().await?;
        Ok(())
    }
}

impl Gauges {
    /// Ends calls that are queued for too long. Their host takes nothing, so nobody leases them.
    async fn expire_calls(&self) -> Result<()> {
        let mut expired = 0;
        loop {
            let some = self.store.expire_calls(self.clock.now(), self.calls.patience()).await?;
            if some == 0 {
                break;
            }
            expired += some;
        }
        if expired > 0 {
            tracing::warn!(expired, "calls were tried for too long");
            self.wake.tokens();
        }
        Ok(())
    }

    /// Ends messages that an operator holds for too long, because nobody leases them.
    async fn expire_held(&self, class: StreamClass) -> Result<()> {
        if self.store.queue_orders(class).await?.0.is_some() {
            self.store.expire_messages(class, Reason::QueueHeld, self.clock.now()).await?;
        }
        Ok(())
    }
}

impl Duty for Gauges {
    const NAME: &'static str = "gauges";

    async fn tick(&self) -> Result<bool> {
        self.run_once().await.map(|()| false)
    }
}

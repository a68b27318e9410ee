//! Takes messages and calls back that a dead or hanging node had leased. Wakes tokens for which an event came while a
//! claim had them.

use store::{Rescued, Result, Store};

use crate::{Clock, Topic, Wake, duties::Duty};

/// Gives messages back whose lease is over or whose node is dead. Applies their stream's policy to messages with an
/// unknown outcome.
#[derive(Clone, Debug)]
pub struct Rescue {
    store: Store,
    clock: Clock,
    wake: Wake,
}

/// The most that the store rescues in one call.
const MAX_BATCH: u64 = 1_000;

impl Rescue {
    /// Rescues in this store.
    pub fn new(store: Store, clock: Clock, wake: Wake) -> Self {
        Self { store, clock, wake }
    }

    /// Rescues everything that there is.
    pub async fn run_once(&self) -> Result<Rescued> {
        let mut all = Rescued::default();
        loop {
            let some = self.store.rescue(self.clock.now()).await?;
            all.requeued += some.requeued;
            all.unknown += some.unknown;
            all.resent += some.resent;
            all.skipped += some.skipped;
            if some.requeued + some.unknown < MAX_BATCH {
                break;
            }
        }
        let mut calls = 0;
        loop {
            let some = self.store.rescue_calls(self.clock.now()).await?;
            if some == 0 {
                break;
            }
            calls += some;
        }
        if calls > 0 {
            tracing::warn!(calls, "calls of a dead node are made again");
            self.wake.wake(Topic::Calls);
        }
        if all != Rescued::default() {
            tracing::warn!(?all, "messages of a dead node, or with an unknown outcome, were dealt with");
            metrics::counter!("stafette_messages_rescued_total").increment(all.requeued + all.unknown);
            self.wake.all_messages();
        }
        Ok(all)
    }
}

impl Duty for Rescue {
    const NAME: &'static str = "rescue";

    async fn tick(&self) -> Result<bool> {
        let rescued = self.run_once().await;
        // Whatever becomes of it, what a dead node has is not kept from going on.
        if self.store.overlooked(self.clock.now()).await? > 0 {
            self.wake.tokens();
        }
        rescued.map(|_| false)
    }
}

//! Tells crowds of waiting tokens about events. If too many tokens of one contact wait, ingest leaves them to this
//! duty.

use std::{sync::Arc, time::Duration};

use store::{CrowdsAt, Result, Store};
use tokio::sync::Mutex;

use crate::{Clock, Wake, duties::Duty};

/// How long they wait at most for the first batch: one small read an idle node.
pub(crate) const CROWDS: Duration = Duration::from_secs(2);

/// Wakes crowds, batch by batch.
#[derive(Clone, Debug)]
pub struct Crowds {
    store: Store,
    clock: Clock,
    wake: Wake,
    at: Arc<Mutex<CrowdsAt>>,
}

impl Crowds {
    /// Wakes those in this store.
    pub fn new(store: Store, clock: Clock, wake: Wake) -> Self {
        Self { store, clock, wake, at: Arc::default() }
    }

    /// One batch of each crowd. Whether there were any.
    pub async fn run_once(&self) -> Result<bool> {
        let woken = self.store.wake_crowds(self.clock.now(), &mut *self.at.lock().await).await?;
        if woken > Some(0) {
            self.wake.tokens();
        }
        Ok(woken.is_some())
    }
}

impl Duty for Crowds {
    const NAME: &'static str = "crowds";

    async fn tick(&self) -> Result<bool> {
        self.run_once().await
    }
}

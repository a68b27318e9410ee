//! Tells the other nodes that this one lives.

use std::time::Duration;

use store::{Result, Store};

use crate::{Clock, duties::Duty};

/// Says that this node lives. When it stops saying so, others take its messages over.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    store: Store,
    clock: Clock,
    node: String,
    ttl: Duration,
}

impl Heartbeat {
    /// For the node with this boot id; others believe it for `ttl`.
    pub fn new(store: Store, clock: Clock, node: String, ttl: Duration) -> Self {
        Self { store, clock, node, ttl }
    }

    /// Says so once.
    pub async fn run_once(&self) -> Result<()> {
        self.store.heartbeat(&self.node, self.clock.now(), self.ttl).await
    }
}

impl Duty for Heartbeat {
    const NAME: &'static str = "heartbeat";

    async fn tick(&self) -> Result<()> {
        self.run_once().await
    }
}

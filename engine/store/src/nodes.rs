//! Nodes (machines), and what a dead one left behind.

use std::time::Duration;

use program::Time;

use crate::{Result, Store};

/// What [`Store::rescue`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Leased but not begun: queued again.
    pub requeued: u64,
    /// Begun, so their outcome is unknown; `resent` and `skipped` are parts of it.
    pub unknown: u64,
    /// Unknown, queued again by their stream's policy.
    pub resent: u64,
    /// Unknown, counted as sent by their stream's policy.
    pub skipped: u64,
}

impl Store {
    /// Says that this node (its boot id) lives, for `ttl` from now.
    pub async fn heartbeat(&self, node: &str, now: Time, ttl: Duration) -> Result<()> {
        let _ = (node, now, ttl);
        todo!()
    }

    /// Says that this node has stopped. What it still leases can be rescued at once.
    pub async fn leave(&self, node: &str) -> Result<()> {
        let _ = node;
        todo!()
    }

    /// Forgets all nodes: for SQLite at start, when nobody else can be alive.
    pub async fn forget_nodes(&self) -> Result<()> {
        todo!()
    }

    /// The boot ids that are alive.
    pub async fn live_nodes(&self, now: Time) -> Result<Vec<String>> {
        let _ = now;
        todo!()
    }

    /// Takes messages away from nodes that are dead or whose lease is over; at most 1,000 a call.
    pub async fn rescue(&self, now: Time) -> Result<Rescued> {
        let _ = now;
        todo!()
    }
}

//! Nodes (machines), and what a dead one left behind.

use std::time::Duration;

use program::{MessageId, Reason, Time};

use crate::{
    MessageStatus, Result, Store,
    args::Args,
    lane::{self, MAIL},
    outbox::{Blame, life, settle::apply},
    sql,
};

/// The most messages of one rescue.
const MAX_RESCUE: i64 = 1_000;

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
        let ttl = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 2);
        let args = Args::new().text(node.to_owned()).int(self.lease_now(now)).int(ttl);
        self.db.execute(&sql::node_beat, args).await.map(drop)
    }

    /// Says that this node has stopped. What it still leases can be rescued at once.
    pub async fn leave(&self, node: &str) -> Result<()> {
        self.db.execute(&sql::node_leave, Args::new().text(node.to_owned())).await.map(drop)
    }

    /// Forgets all nodes: for SQLite at start, when nobody else can be alive.
    pub async fn forget_nodes(&self) -> Result<()> {
        self.db.execute(&sql::node_forget, Args::new()).await.map(drop)
    }

    /// The boot ids that are alive.
    pub async fn live_nodes(&self, now: Time) -> Result<Vec<String>> {
        let rows = self.db.fetch(&sql::node_live, Args::new().int(self.lease_now(now))).await?;
        rows.iter().map(|row| row.read("node").text("id")).collect()
    }

    /// Takes messages away from nodes that are dead or whose lease is over; at most 1,000 a call.
    pub async fn rescue(&self, now: Time) -> Result<Rescued> {
        let mut tx = self.db.begin().await?;
        let abandoned = lane::abandoned::<MessageId>(&mut tx, &MAIL, self.lease_now(now), MAX_RESCUE).await?;
        if abandoned.is_empty() {
            tx.rollback().await?;
            return Ok(Rescued::default());
        }
        let lives = life::read(&mut tx, &abandoned).await?;
        let begun = lives.iter().filter(|life| life.handing).count();
        let change = |life: &life::Life| match life.handing {
            true => life.after_unknown(Reason::StoppedAmid, now, &self.bounds),
            false => life.after(Blame::House, Reason::StoppedBefore, now, &self.bounds),
        };
        let changed = apply(&mut tx, now, &lives.iter().map(change).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        let unknown = begun as u64;
        let count = |state| changed.iter().filter(|changed| changed.state == state).count() as u64;
        let queued = count(MessageStatus::Queued);
        let requeued = abandoned.len() as u64 - unknown;
        let skipped = count(MessageStatus::Skipped);
        Ok(Rescued { requeued, unknown, resent: queued.saturating_sub(requeued), skipped })
    }
}

//! Nodes (machines), and what a dead node left behind.

use std::time::Duration;

use program::{MessageId, Reason, StreamClass, Time};

use crate::{
    Dialect, MessageStatus, Result, Store,
    args::Args,
    bucket,
    db::whole,
    lane::{self, MAIL},
    outbox::{Blame, change::apply, life},
    row::Row,
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

/// How a node says that it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// How long the others believe it.
    pub ttl: Duration,
    /// How often it says so.
    pub every: Duration,
    /// It moves tokens.
    pub advances: bool,
    /// It hands messages over.
    pub dispatches: bool,
}

impl Store {
    /// Says that this node (its boot id) lives, for `ttl` from now. What is due is not shared out by this.
    pub async fn heartbeat(&self, node: &str, now: Time, ttl: Duration) -> Result<()> {
        self.say(node, now, Beat { ttl, every: ttl, advances: true, dispatches: true }).await.map(drop)
    }

    /// The same, and shares out what is due among the nodes that live, as far as they do that work: from now on this store
    /// prefers the buckets that are the node's. One that has missed two heartbeats has none.
    pub async fn beat(&self, node: &str, now: Time, beat: Beat) -> Result<()> {
        let (mut advance, mut dispatch) = (Vec::new(), Vec::new());
        for row in self.say(node, now, beat).await? {
            let mut row = row.read("node");
            let other = row.text("id")?;
            let (advances, dispatches): (bool, bool) = (row.get("advances")?, row.get("dispatches")?);
            if other == node {
                continue;
            }
            if advances {
                advance.push(other.clone());
            }
            if dispatches {
                dispatch.push(other);
            }
        }
        self.dues.tokens.share(&bucket::own(node, &advance));
        let own = bucket::own(node, &dispatch);
        StreamClass::ALL.into_iter().for_each(|class| self.dues.messages[class].share(&own));
        Ok(())
    }

    /// Whether all that is due is this node's, since there is no other.
    pub fn has_all_buckets(&self) -> bool {
        self.dues.tokens.has_all() && StreamClass::ALL.into_iter().all(|class| self.dues.messages[class].has_all())
    }

    /// Gives who shares the work; none where there is nobody to share it with.
    async fn say(&self, node: &str, now: Time, beat: Beat) -> Result<Vec<Row>> {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
        let args = Args::new().text(node.to_owned()).int(self.lease_now(now)).int(millis(beat.ttl));
        let args = args.bool(beat.advances).bool(beat.dispatches);
        match self.dialect() {
            Dialect::Sqlite => self.db.execute(&sql::node_beat, args).await.map(|_| Vec::new()),
            Dialect::Postgres => {
                // Two are missed when the third is due; half of one for what a heartbeat takes.
                let silent = beat.every.mul_f64(2.5);
                let args = args.int(millis(beat.ttl) - millis(silent));
                let rows = whole!(self.db, |tx| tx.fetch(&sql::node_beat, args.clone()).await)?;
                self.db.health.wrote();
                Ok(rows)
            }
        }
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
        whole!(self.db, |tx| {
            let abandoned = lane::abandoned::<MessageId>(tx, &MAIL, self.lease_now(now), MAX_RESCUE).await?;
            if abandoned.is_empty() {
                return Ok(Rescued::default());
            }
            let lives = life::read(tx, &abandoned).await?;
            let begun = lives.iter().filter(|life| life.handing).count();
            let change = |life: &life::Life| match life.handing {
                true => life.after_unknown(Reason::StoppedAmid, now, &self.bounds),
                false => life.after(Blame::House, Reason::StoppedBefore, now, &self.bounds),
            };
            let changed = apply(tx, now, &lives.iter().map(change).collect::<Vec<_>>()).await?;
            let unknown = begun as u64;
            let count = |state| changed.iter().filter(|changed| changed.state == state).count() as u64;
            let queued = count(MessageStatus::Queued);
            let requeued = abandoned.len() as u64 - unknown;
            let skipped = count(MessageStatus::Skipped);
            Ok(Rescued { requeued, unknown, resent: queued.saturating_sub(requeued), skipped })
        })
    }
}

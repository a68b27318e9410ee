//! Calls are leased host by host. A slow host does not delay other hosts.

use std::time::Duration;

use program::{CallId, ProgramId, Reason, Time, TokenId, WorkspaceId};

use super::{
    CallStatus,
    change::{Change, apply, go_on},
};
use crate::{
    Result, Store,
    args::{self, Args},
    backoff::Backoff,
    claim,
    db::{Tx, whole},
    lane::{self, CALLS},
    programs::holding,
    sql,
};

/// The most calls that one run of rescue or of expiry handles.
const MAX_BATCH: i64 = 500;

/// A call that is leased to this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedCall {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its id.
    pub id: CallId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it.
    pub seq: u32,
    /// Which attempt this is, from 1; the fence.
    pub attempt: u32,
    /// The URL.
    pub url: String,
    /// Its host, with the port.
    pub host: String,
    /// The body.
    pub body: String,
    /// Attempts before this one that failed because of the other side.
    pub tries: u32,
    /// When it was due.
    pub due_at: Time,
    /// Since when it is tried.
    pub since: Time,
}

/// The hosts with queued calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueHosts {
    /// In order of their names, with the due time of each host's first call.
    pub hosts: Vec<(String, Time)>,
    /// When the queue was last flushed. Known only if there is a host.
    pub flushed_at: Option<Time>,
}

/// A leased call that is set aside, because its program is on hold.
struct Aside {
    id: CallId,
    attempt: u32,
    program: (WorkspaceId, ProgramId),
}

/// What one transaction leased.
struct Lease {
    leased: Vec<LeasedCall>,
    /// How many were set aside instead.
    aside: usize,
}

/// A call that was queued for too long.
struct Overdue {
    workspace: WorkspaceId,
    id: CallId,
    why: Reason,
}

impl Store {
    /// The hosts after `after` that have queued calls, at most `most`. None while an operator holds the queue.
    pub async fn call_hosts(&self, after: &str, most: u32) -> Result<DueHosts> {
        let args = Args::new().text(after.to_owned()).int(i64::from(most));
        let mut due = DueHosts::default();
        for row in self.db.fetch(&sql::call_hosts, args).await? {
            let mut row = row.read("call");
            due.hosts.push((row.text("host")?, row.time("due_at")?));
            due.flushed_at = row.opt_time("flushed_at")?;
        }
        Ok(due)
    }

    /// Leases due calls to this node (its boot id) until `until`. Each host comes with its limit, and its earliest due
    /// calls go first. Each leased call has one attempt more. Calls of a paused or stopped program are set aside
    /// instead. While an operator holds the queue, nothing is leased.
    pub async fn lease_calls(
        &self,
        now: Time,
        until: Time,
        node: &str,
        hosts: &[(String, u32)],
    ) -> Result<Vec<LeasedCall>> {
        let worth = |lease: &Lease| !lease.leased.is_empty() || lease.aside > 0;
        whole!(self.db, |tx| lease(tx, now, until, node, hosts).await, worth).map(|lease| lease.leased)
    }

    /// Queues calls again whose lease by this node ends at `until`. That lease failed and may have been committed all
    /// the same, so nobody makes its calls. Returns how many.
    pub async fn give_back_calls(&self, node: &str, until: Time, now: Time) -> Result<u64> {
        whole!(self.db, |tx| give_back(tx, node, (until, now)).await, |n| *n > 0)
    }

    /// Takes calls from nodes that are dead or whose lease is over, and queues them again; returns how many. The other
    /// side may have got such a call already. It can recognise the second one.
    pub async fn rescue_calls(&self, now: Time) -> Result<u64> {
        let since = self.lease_now(now);
        whole!(self.db, |tx| rescue(tx, since, now).await, |n| *n > 0)
    }

    /// Fails calls that nobody leased for longer than `patience`: their host takes nothing, or an operator holds the
    /// queue. Returns how many; call again until it is 0.
    pub async fn expire_calls(&self, now: Time, patience: Duration) -> Result<u64> {
        whole!(self.db, |tx| expire(tx, now, patience).await, |n| *n > 0)
    }

    /// Since when the oldest queued call is tried.
    pub async fn oldest_call(&self) -> Result<Option<Time>> {
        let rows = self.db.fetch(&sql::call_oldest, Args::new()).await?;
        rows.first().map(|row| row.read("call").time("queued_at")).transpose()
    }

    /// Queues failed calls again, with the same body and id; returns how many. Their tokens went on when the calls
    /// failed, and stay where they are.
    pub async fn replay_calls(&self, workspace: WorkspaceId, ids: &[CallId], now: Time) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let mut ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        ids.sort_unstable();
        ids.dedup();
        let args = Args::new().time(now).uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids);
        self.db.execute(&sql::call_replay, args).await
    }
}

async fn give_back(tx: &mut Tx, node: &str, (until, now): (Time, Time)) -> Result<u64> {
    let taken = lane::leased_until(tx, &CALLS, node, until).await?;
    back(tx, &taken, now).await
}

async fn rescue(tx: &mut Tx, since: Option<i64>, now: Time) -> Result<u64> {
    let abandoned = lane::abandoned(tx, &CALLS, since, MAX_BATCH).await?;
    back(tx, &abandoned, now).await
}

/// Queues calls again that this node could not finish; returns how many.
async fn back(tx: &mut Tx, taken: &[(CallId, u32)], now: Time) -> Result<u64> {
    let change = |(id, attempt): &(CallId, u32)| {
        let pause = Backoff { id: id.uuid(), attempt: *attempt, tries: 0 }.short_pause();
        Change::again(*id, *attempt, now + pause, Reason::StoppedBefore)
    };
    let given = apply(tx, now, &taken.iter().map(change).collect::<Vec<_>>()).await?;
    Ok(given.len() as u64)
}

async fn lease(tx: &mut Tx, now: Time, until: Time, node: &str, hosts: &[(String, u32)]) -> Result<Lease> {
    let (mut leased, mut aside) = (Vec::new(), Vec::new());
    for (host, most) in hosts {
        let args = Args::new().text(host.clone()).time(now).text(node.to_owned()).time(until).int(i64::from(*most));
        for row in claim::calls(tx, args).await? {
            let mut row = row.read("call");
            let call = LeasedCall {
                id: row.id("id")?,
                workspace: row.id("workspace")?,
                token: row.id("token")?,
                seq: row.number("seq")?,
                attempt: row.number("attempt")?,
                url: row.text("url")?,
                host: row.text("host")?,
                body: row.text("body")?,
                tries: row.number("tries")?,
                due_at: row.time("due_at")?,
                since: row.time("resumed_at")?,
            };
            let program = row.id("program")?;
            match row.opt_text("holds")? {
                Some(_) => aside.push(Aside { id: call.id, attempt: call.attempt, program: (call.workspace, program) }),
                None => leased.push(call),
            }
        }
    }
    if !aside.is_empty() {
        let holding = holding(tx, aside.iter().map(|call| call.program)).await?;
        // If the program goes on by now, its calls are queued again.
        let change = |call: &Aside| match holding.contains_key(&call.program) {
            true => Change::to(call.id, call.attempt, CallStatus::Held).because(Reason::OnHold),
            false => Change::to(call.id, call.attempt, CallStatus::Queued),
        };
        apply(tx, now, &aside.iter().map(change).collect::<Vec<_>>()).await?;
    }
    leased.sort_by_key(|call: &LeasedCall| (call.due_at, call.id));
    Ok(Lease { leased, aside: aside.len() })
}

async fn expire(tx: &mut Tx, now: Time, patience: Duration) -> Result<u64> {
    let mut overdue = Vec::new();
    for row in claim::overdue_calls(tx, Args::new().time(now - patience).int(MAX_BATCH)).await? {
        let mut row = row.read("call");
        let (workspace, id) = (row.id("workspace")?, row.id("id")?);
        let reason = row.opt_reason("reason")?;
        let held = row.opt_time("held_at")?.map(|_| Reason::QueueHeld);
        let last = reason.or(held).unwrap_or(Reason::NONE);
        let why = Reason::CalledInVain { hours: patience.as_secs() / 3_600, last: last.into() };
        overdue.push(Overdue { workspace, id, why });
    }
    if overdue.is_empty() {
        return Ok(0);
    }
    overdue.sort_unstable_by_key(|call| (call.workspace, call.id));
    let args = Args::new()
        .time(now)
        .uuids(overdue.iter().map(|call| call.workspace.uuid()))
        .uuids(overdue.iter().map(|call| call.id.uuid()))
        .texts(overdue.iter().map(|call| args::reason(&call.why)));
    let ended = tx.fetch(&sql::call_expire, args).await?;
    go_on(tx, now, &ended).await?;
    Ok(ended.len() as u64)
}

//! What both lanes of the outbox, mail and calls, have in common: leases, rows that a program holds, and queues that an
//! operator holds. Their statements are the same texts for two tables.

use program::{ProgramId, Reason, Time, WorkspaceId};
use uuid::Uuid;

use crate::{
    Result,
    args::{self, Args},
    claim,
    db::Tx,
    row::Row,
    sql::{self, Statement},
};

/// A lane: its table and its statements.
pub(crate) struct Lane {
    table: &'static str,
    abandoned: &'static Statement,
    leased_until: &'static Statement,
    list_held: &'static Statement,
    release: &'static Statement,
    /// The queued rows, see `queues.rs`.
    pub(crate) waiting: &'static Statement,
    pub(crate) set_held: &'static Statement,
    pub(crate) flushed: &'static Statement,
}

pub(crate) static MAIL: Lane = Lane {
    table: "message",
    abandoned: claim::ABANDONED_MESSAGES,
    leased_until: &sql::message_leased_until,
    list_held: &sql::message_list_held,
    release: &sql::message_release,
    waiting: &sql::message_waiting,
    set_held: &sql::message_set_held,
    flushed: &sql::message_flushed,
};

pub(crate) static CALLS: Lane = Lane {
    table: "call",
    abandoned: claim::ABANDONED_CALLS,
    leased_until: &sql::call_leased_until,
    list_held: &sql::call_list_held,
    release: &sql::call_release,
    waiting: &sql::call_waiting,
    set_held: &sql::call_set_held,
    flushed: &sql::call_flushed,
};

/// A held row that is released.
pub(crate) struct Released {
    pub(crate) id: Uuid,
    /// Its new state.
    pub(crate) state: &'static str,
    pub(crate) due_at: i64,
    pub(crate) reason: Option<Reason>,
    pub(crate) settled_at: Option<i64>,
}

/// Changes in the order of their rows, so that two settlements cannot deadlock. One per attempt: a row may come with a
/// former attempt, too, which is fenced off.
pub(crate) fn in_order<C, Id: Ord>(changes: &[C], fence: impl Fn(&C) -> (Id, u32)) -> Vec<&C> {
    let mut changes: Vec<&C> = changes.iter().collect();
    changes.sort_by_key(|change| fence(change));
    changes.dedup_by_key(|change| fence(change));
    changes
}

/// Ids and attempts of rows that dead nodes lease, or whose lease is over. They are locked; rows that others hold are
/// skipped.
pub(crate) async fn abandoned<Id: From<Uuid>>(
    tx: &mut Tx,
    lane: &Lane,
    now: Option<i64>,
    most: i64,
) -> Result<Vec<(Id, u32)>> {
    fences(tx, lane, lane.abandoned, Args::new().int(now).int(most)).await
}

/// Ids and attempts of rows whose lease by this node ends at `until`.
pub(crate) async fn leased_until<Id: From<Uuid>>(
    tx: &mut Tx,
    lane: &Lane,
    node: &str,
    until: Time,
) -> Result<Vec<(Id, u32)>> {
    fences(tx, lane, lane.leased_until, Args::new().text(node.to_owned()).time(until)).await
}

async fn fences<Id: From<Uuid>>(
    tx: &mut Tx,
    lane: &Lane,
    statement: &'static Statement,
    args: Args,
) -> Result<Vec<(Id, u32)>> {
    let mut found = Vec::new();
    for row in tx.fetch(statement, args).await? {
        let mut row = row.read(lane.table);
        found.push((row.id("id")?, row.number("attempt")?));
    }
    Ok(found)
}

/// The rows that a program holds, with the times when they were due, the earliest first.
pub(crate) async fn held(
    tx: &mut Tx,
    lane: &Lane,
    (workspace, program): (WorkspaceId, ProgramId),
    most: i64,
) -> Result<Vec<(Uuid, i64)>> {
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).int(most);
    let mut found = Vec::new();
    for row in tx.fetch(lane.list_held, args).await? {
        let mut row = row.read(lane.table);
        found.push((row.get("id")?, row.int("due_at")?));
    }
    Ok(found)
}

/// Releases held rows, and says what became of them.
pub(crate) async fn release(
    tx: &mut Tx,
    lane: &Lane,
    workspace: WorkspaceId,
    released: &[Released],
    now: Time,
) -> Result<Vec<Row>> {
    if released.is_empty() {
        return Ok(Vec::new());
    }
    let args = Args::new()
        .time(now)
        .uuids(released.iter().map(|_| workspace.uuid()))
        .uuids(released.iter().map(|one| one.id))
        .texts(released.iter().map(|one| one.state.to_owned()))
        .ints(released.iter().map(|one| one.due_at))
        .texts(released.iter().map(|one| one.reason.as_ref().map(args::reason)))
        .ints(released.iter().map(|one| one.settled_at));
    tx.fetch(lane.release, args).await
}

//! Writes to leased calls, and to the tokens that wait for them. Both are in one transaction, call rows before tokens.

use std::collections::{HashMap, HashSet};

use program::{CallId, NodeId, Reason, Time, TokenId, WorkspaceId};

use super::CallStatus;
use crate::{
    Result,
    args::{self, Args, storable},
    db::Tx,
    lane,
    row::Row,
    sql,
    words::Word as _,
};

/// What is written to one leased call.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) id: CallId,
    /// The fence.
    pub(super) attempt: u32,
    pub(super) state: CallStatus,
    pub(super) status: Option<u16>,
    pub(super) answer: Option<String>,
    pub(super) reason: Option<Reason>,
    pub(super) due_at: Option<Time>,
    pub(super) settled_at: Option<Time>,
    /// Whether the attempt failed because of the other side.
    pub(super) tried: bool,
}

impl Change {
    pub(super) fn to(id: CallId, attempt: u32, state: CallStatus) -> Self {
        let (status, answer, reason, due_at, settled_at) = (None, None, None, None, None);
        Self { id, attempt, state, status, answer, reason, due_at, settled_at, tried: false }
    }

    pub(super) fn because(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    pub(super) fn again(id: CallId, attempt: u32, due_at: Time, reason: Reason) -> Self {
        Self { due_at: Some(due_at), reason: Some(reason), ..Self::to(id, attempt, CallStatus::Queued) }
    }
}

/// The new state of each call that was changed, by its id and the attempt that was changed.
pub(crate) type Settled = HashMap<(CallId, u32), CallStatus>;

/// Writes changes to calls that are still leased under the same attempt.
pub(super) async fn apply(tx: &mut Tx, now: Time, changes: &[Change]) -> Result<Settled> {
    if changes.is_empty() {
        return Ok(Settled::new());
    }
    let changes = lane::in_order(changes, |change| (change.id, change.attempt));
    // Answers come from other people's servers and may hold what a database cannot store.
    let clean = |text: &Option<String>| text.as_deref().map(storable);
    let millis = |time: Option<Time>| time.map(|time| time.timestamp_millis());
    let args = Args::new()
        .uuids(changes.iter().map(|change| change.id.uuid()))
        .ints(changes.iter().map(|change| i64::from(change.attempt)))
        .texts(changes.iter().map(|change| change.state.word().to_owned()))
        .ints(changes.iter().map(|change| change.status.map(i64::from)))
        .texts(changes.iter().map(|change| clean(&change.answer)))
        .texts(changes.iter().map(|change| change.reason.as_ref().map(args::reason)))
        .ints(changes.iter().map(|change| millis(change.due_at)))
        .ints(changes.iter().map(|change| millis(change.settled_at)))
        .ints(changes.iter().map(|change| i64::from(change.tried)));
    let rows = tx.fetch(&sql::call_settle, args).await?;
    go_on(tx, now, &rows).await
}

/// Makes tokens due whose calls are over, skipped ones too: nobody answers those.
pub(crate) async fn go_on(tx: &mut Tx, now: Time, rows: &[Row]) -> Result<Settled> {
    let mut settled = Settled::with_capacity(rows.len());
    let mut over: Vec<(WorkspaceId, TokenId, u32, NodeId)> = Vec::new();
    for row in rows {
        let mut row = row.read("call");
        let (id, attempt) = (row.id("id")?, row.number("attempt")?);
        let (workspace, token) = (row.id("workspace")?, row.id("token")?);
        let (seq, node, state) = (row.number("seq")?, row.name("node")?, row.word("state")?);
        settled.insert((id, attempt), state);
        if matches!(state, CallStatus::Answered | CallStatus::Failed | CallStatus::Skipped) {
            over.push((workspace, token, seq, node));
        }
    }
    if over.is_empty() {
        return Ok(settled);
    }
    // The last call of a token decides. In the order of tokens, so that two settlements cannot deadlock.
    over.sort_unstable_by(|a, b| (a.0, a.1, b.2).cmp(&(b.0, b.1, a.2)));
    let mut seen = HashSet::new();
    over.retain(|(workspace, token, ..)| seen.insert((*workspace, *token)));
    let args = Args::new()
        .time(now)
        .uuids(over.iter().map(|(workspace, ..)| workspace.uuid()))
        .uuids(over.iter().map(|(_, token, ..)| token.uuid()))
        .ints(over.iter().map(|(_, _, seq, _)| i64::from(*seq)))
        .texts(over.iter().map(|(.., node)| node.to_string()));
    tx.execute(&sql::call_token, args).await?;
    Ok(settled)
}

//! What becomes of leased calls, and of the tokens that wait for them: in one transaction, call rows before tokens.

use std::{collections::HashSet, time::Duration};

use program::{CallId, NodeId, Reason, Time, TokenId, WorkspaceId};

use super::{CallStatus, LeasedCall};
use crate::{
    Error, Result, Store,
    args::{self, Args, storable},
    backoff::Backoff,
    db::{Tx, whole},
    lane,
    limits::MOST_CALLS,
    row::Row,
    sql,
    words::Word as _,
};

/// The most calls that one transaction settles.
const MAX_SETTLE: usize = 1_000;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleCall {
    /// Which call, as it was leased.
    pub call: LeasedCall,
    /// What became of it.
    pub end: CallEnd,
    /// Status code of the answer, if there was one.
    pub status: Option<u16>,
    /// How the answer began.
    pub answer: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The server took it.
    Answered,
    /// To be tried again: the server, or the way to it, did not take it now.
    Retry {
        /// Why.
        reason: Reason,
        /// Not before so long, as the server asks.
        after: Option<Duration>,
    },
    /// Not to be tried again by itself; a dead letter.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// What is written to one leased call.
#[derive(Clone, Debug)]
pub(super) struct Change {
    id: CallId,
    /// The fence.
    attempt: u32,
    state: CallStatus,
    status: Option<u16>,
    answer: Option<String>,
    reason: Option<Reason>,
    due_at: Option<Time>,
    settled_at: Option<Time>,
    /// Whether the other side failed it.
    tried: bool,
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

    /// What follows an attempt.
    fn after(settle: &SettleCall, now: Time, patience: Duration) -> Self {
        let call = &settle.call;
        let over = |state, reason| Self { reason, settled_at: Some(now), ..Self::to(call.id, call.attempt, state) };
        let change = match &settle.end {
            CallEnd::Answered => over(CallStatus::Answered, None),
            CallEnd::Failed { reason } => over(CallStatus::Failed, Some(reason.clone())),
            CallEnd::Retry { reason, after } => {
                let backoff = Backoff { id: call.id.uuid(), attempt: call.attempt, tries: call.tries.into() };
                let due_at = now + backoff.pause().max(after.unwrap_or_default());
                let (times, last) = (u64::from(call.tries) + 1, reason.clone());
                if times >= MOST_CALLS {
                    over(CallStatus::Failed, Some(Reason::CalledTooOften { times, last: last.into() }))
                } else if due_at > call.since + patience {
                    let hours = patience.as_secs() / 3_600;
                    over(CallStatus::Failed, Some(Reason::CalledInVain { hours, last: last.into() }))
                } else {
                    Self::again(call.id, call.attempt, due_at, last)
                }
            }
        };
        let tried = settle.end != CallEnd::Answered;
        Self { status: settle.status, answer: settle.answer.clone(), tried, ..change }
    }
}

impl Store {
    /// Settles leased calls, at most 1,000, and makes the tokens due that waited for those which are over; says what each
    /// is now. Fenced by (id, attempt): what is others' by now is absent. Calls are tried for as long as `patience`.
    pub async fn settle_calls(
        &self,
        now: Time,
        patience: Duration,
        settlements: &[SettleCall],
    ) -> Result<Vec<(CallId, CallStatus)>> {
        if settlements.len() > MAX_SETTLE {
            let why = format!("at most {MAX_SETTLE} settlements in one call");
            return Err(Error::Invalid { field: "settlements", why });
        }
        let changes: Vec<_> = settlements.iter().map(|settle| Change::after(settle, now, patience)).collect();
        let _small = self.db.small();
        whole!(self.db, |tx| apply(tx, now, &changes).await)
    }
}

/// Writes changes to calls that are still leased under the same attempt; says which, and what they are now.
pub(super) async fn apply(tx: &mut Tx, now: Time, changes: &[Change]) -> Result<Vec<(CallId, CallStatus)>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let changes = lane::in_order(changes, |change| change.id);
    // Answers come from other people's servers.
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

/// Makes the tokens due that waited for those of these calls which are over.
pub(super) async fn go_on(tx: &mut Tx, now: Time, rows: &[Row]) -> Result<Vec<(CallId, CallStatus)>> {
    let mut settled = Vec::with_capacity(rows.len());
    let mut over: Vec<(WorkspaceId, TokenId, u32, NodeId)> = Vec::new();
    for row in rows {
        let mut row = row.read("call");
        let (id, workspace, token) = (row.id("id")?, row.id("workspace")?, row.id("token")?);
        let (seq, node, state) = (row.number("seq")?, row.name("node")?, row.word("state")?);
        settled.push((id, state));
        if matches!(state, CallStatus::Answered | CallStatus::Failed) {
            over.push((workspace, token, seq, node));
        }
    }
    if over.is_empty() {
        return Ok(settled);
    }
    // Of a token's calls the last one counts. In the order of tokens, so that no two settlements wait for each other.
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

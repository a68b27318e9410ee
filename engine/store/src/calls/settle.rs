//! Settles calls: what follows each attempt, and when the next attempt is.

use std::{collections::HashMap, time::Duration};

use program::{CallId, Reason, Time};

use super::{
    CallStatus, LeasedCall,
    change::{Change, apply},
};
use crate::{Error, Result, Store, backoff::Backoff, db::whole, limits::MOST_CALLS};

/// The most calls that one transaction settles.
const MAX_SETTLE: usize = 1_000;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleCall {
    /// The call, as it was leased.
    pub call: LeasedCall,
    /// What became of it.
    pub end: CallEnd,
    /// Status code of the answer, if there was one.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The server took it.
    Answered,
    /// To be retried: the server, or the way to it, did not take it now.
    Retry {
        /// Why.
        reason: Reason,
        /// The earliest time of the retry, if the server named one.
        after: Option<Duration>,
    },
    /// Not retried automatically; a dead letter.
    Failed {
        /// Why.
        reason: Reason,
    },
}

impl Store {
    /// Settles leased calls, at most 1,000, and makes tokens due whose calls are over. Returns what each call is now, by
    /// its id and attempt. Both are the fence: an attempt whose call somebody else has by now is absent. Calls are tried
    /// for as long as `patience`.
    pub async fn settle_calls(
        &self,
        now: Time,
        patience: Duration,
        settlements: &[SettleCall],
    ) -> Result<HashMap<(CallId, u32), CallStatus>> {
        if settlements.len() > MAX_SETTLE {
            let why = format!("at most {MAX_SETTLE} settlements in one call");
            return Err(Error::Invalid { field: "settlements", why });
        }
        let changes: Vec<_> = settlements.iter().map(|settle| after(settle, now, patience)).collect();
        let _small = self.db.small();
        whole!(self.db, |tx| apply(tx, now, &changes).await)
    }
}

/// What follows an attempt.
fn after(settle: &SettleCall, now: Time, patience: Duration) -> Change {
    let call = &settle.call;
    let over = |state, reason| Change { reason, settled_at: Some(now), ..Change::to(call.id, call.attempt, state) };
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
                Change::again(call.id, call.attempt, due_at, last)
            }
        }
    };
    let tried = settle.end != CallEnd::Answered;
    Change { status: settle.status, answer: settle.answer.clone(), tried, ..change }
}

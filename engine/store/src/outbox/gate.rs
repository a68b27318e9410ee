//! The one gate before DATA. Whether a message may leave is asked in the transaction of its mark, or of its delivery to
//! the inbox. `sql/parts/gate.sql` finds what forbids it. What then becomes of the message is decided here.

use program::{MessageId, Reason, Time};

use super::{
    aside::set_aside,
    change::{Change, apply},
    life::{self, Blame, Life},
    refusal::Refusal,
};
use crate::{MessageStatus, Result, db::Tx, limits::Bounds};

/// Writes what a refusal means to messages that were neither marked nor put into the inbox. Messages that other nodes
/// have by now are left alone.
pub(super) async fn refuse(tx: &mut Tx, now: Time, bounds: &Bounds, marks: &[(MessageId, u32)]) -> Result<()> {
    if marks.is_empty() {
        return Ok(());
    }
    let lives = life::read(tx, marks).await?;
    let of = |refusal| lives.iter().filter(move |life| life.refusal == refusal);
    let program: Vec<_> = of(Some(Refusal::Program)).collect();
    let ours: Vec<_> = program.iter().map(|life| (life.id, life.attempt, (life.workspace, life.program))).collect();
    let held = set_aside(tx, now, &ours).await?;
    let free = program.into_iter().filter(|life| !held.contains(&life.id)).chain(of(None));
    let mut changes: Vec<_> = free.map(|life| life.after(Blame::House, Reason::NONE, now, bounds)).collect();
    changes.extend(lives.iter().filter_map(|life| refused(life, now)));
    apply(tx, now, &changes).await.map(drop)
}

/// What follows a refusal that is no pause.
fn refused(life: &Life, now: Time) -> Option<Change> {
    let to = |state| Change::to(life.id, life.attempt, state);
    let end = |state, reason: Reason| Change { reason: Some(reason), settled_at: Some(now), ..to(state) };
    let last = || Box::new(life.last.clone().unwrap_or(Reason::NONE));
    Some(match life.refusal? {
        Refusal::Program => return None,
        // It keeps its place in the queue, because `due_at` stays.
        Refusal::Queue => Change { reason: Some(Reason::QueueHeld), ..to(MessageStatus::Queued) },
        Refusal::Consent => end(MessageStatus::Blocked, Reason::NoOptIn),
        Refusal::HandOvers => end(MessageStatus::Failed, Reason::TooOften { times: life.hand_overs, last: last() }),
        Refusal::Unknowns => end(MessageStatus::Failed, Reason::TooUnsure { times: life.unknowns, last: last() }),
    })
}

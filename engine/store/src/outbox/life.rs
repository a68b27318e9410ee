//! Decides what follows an attempt, however it ended: a reply, a cut, a dead node, a database that was away, a relay
//! that takes nothing. Every way back into the queue goes through [`Life::next`], which knows the message's whole life.

use std::collections::HashMap;

use program::{MessageId, ProgramId, Reason, Stream, StreamClass, Time, UnknownOutcome, WorkspaceId};

use super::{
    change::{Change, fences},
    refusal::Refusal,
};
use crate::{
    MessageStatus, Result,
    backoff::Backoff,
    db::Tx,
    lane::{self, MAIL},
    limits::{Bounds, MOST_HAND_OVERS, MOST_UNKNOWNS},
    sql,
};

/// Hand-overs that an operator's replay adds.
pub(crate) const REPLAY_GRANTS: u64 = 3;

/// Whose fault a failed attempt was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The server did not want this mail now. Retried with growing pauses.
    Mail,
    /// Ours: a node ended, or the database was away. Nothing of the mail was sent and nothing is known about it.
    /// Retried soon.
    House,
    /// The server takes nothing at all. The mail waits for it, and this counts as no attempt.
    Relay {
        /// Not before this time, so that other mails are tried first. None: it keeps its place.
        again: Option<Time>,
    },
}

/// What is known of a leased message.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) id: MessageId,
    pub(crate) attempt: u32,
    pub(crate) workspace: WorkspaceId,
    pub(crate) program: ProgramId,
    pub(crate) class: StreamClass,
    /// Since when it is tried.
    pub(crate) since: Time,
    /// Attempts before this one that failed because of this mail.
    pub(crate) tries: u64,
    pub(crate) hand_overs: u64,
    pub(crate) unknowns: u64,
    /// Hand-overs that operators granted and that are not used yet. They are allowed beyond the bounds.
    pub(crate) extra: u64,
    /// When they were last granted. For rows from before this was stored: when the message is due.
    pub(crate) granted_at: Time,
    /// DATA of this attempt has begun. Its mark has used up a granted hand-over.
    pub(crate) handing: bool,
    /// The reason of its state.
    pub(crate) last: Option<Reason>,
    /// The stream's policy for unknown outcomes.
    pub(crate) policy: UnknownOutcome,
    /// Why the gate refuses it, if it does.
    pub(crate) refusal: Option<Refusal>,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another attempt.
    Again {
        /// When. None: as it was due before.
        due_at: Option<Time>,
        flags: i64,
    },
    /// None: a dead letter.
    End { reason: Reason, flags: i64 },
}

/// Bits of `flags` in the statement that settles.
const TRIED: i64 = 1;
const SPENT: i64 = 2;
const PARKED: i64 = 4;
pub(super) const GATED: i64 = 8;

impl Life {
    /// THE function: what follows such an attempt. `unknown`: its outcome is unknown.
    pub(crate) fn next(&self, blame: Blame, unknown: bool, last: &Reason, now: Time, bounds: &Bounds) -> Next {
        // Attempts use up what an operator granted. Waiting does not.
        let spent = blame == Blame::Mail && self.extra > 0 && !self.handing;
        let granted = self.extra > u64::from(spent);
        let (due_at, flags) = match blame {
            Blame::Mail => (Some(now + self.backoff().pause()), if spent { TRIED | SPENT } else { TRIED }),
            Blame::House => (Some(now + self.backoff().short_pause()), 0),
            Blame::Relay { again } => (again, if again.is_some() { PARKED } else { 0 }),
        };
        let unknowns = self.unknowns + u64::from(unknown);
        let last = last.clone();
        let since = if granted { self.granted_at.max(self.since) } else { self.since };
        let end = if !granted && unknowns >= MOST_UNKNOWNS {
            Reason::TooUnsure { times: unknowns, last: last.into() }
        } else if !granted && self.hand_overs >= MOST_HAND_OVERS {
            Reason::TooOften { times: self.hand_overs, last: last.into() }
        } else if let Some(over) = bounds.over(self.class, since, due_at.unwrap_or(now), last) {
            over
        } else {
            return Next::Again { due_at, flags };
        };
        Next::End { reason: end, flags: flags & SPENT }
    }

    /// The change after an attempt that may be retried.
    pub(crate) fn after(&self, blame: Blame, why: Reason, now: Time, bounds: &Bounds) -> Change {
        let next = self.next(blame, false, &why, now, bounds);
        self.change(next, why, now)
    }

    /// The change after an unknown outcome. The stream decides whether the mail is handed over again, but never how
    /// soon.
    pub(crate) fn after_unknown(&self, seen: Reason, now: Time, bounds: &Bounds) -> Change {
        let to = |state, reason: Reason| Change {
            reason: Some(reason),
            settled_at: Some(now),
            ..Change::to(self.id, self.attempt, state)
        };
        let change = match self.policy {
            UnknownOutcome::Resend => {
                let next = self.next(Blame::Mail, true, &seen, now, bounds);
                self.change(next, Reason::Resent { seen: seen.into() }, now)
            }
            UnknownOutcome::Hold => to(MessageStatus::Unknown, Reason::Kept { seen: seen.into() }),
            UnknownOutcome::Skip => to(MessageStatus::Skipped, Reason::Counted { seen: seen.into() }),
        };
        Change { unknown_at: Some(now), ..change }
    }

    fn change(&self, next: Next, why: Reason, now: Time) -> Change {
        let to = |state| Change::to(self.id, self.attempt, state);
        match next {
            Next::Again { due_at, flags } => {
                let reason = (!why.is_none()).then_some(why);
                Change { due_at, reason, flags, ..to(MessageStatus::Queued) }
            }
            Next::End { reason, flags } => {
                Change { reason: Some(reason), settled_at: Some(now), flags, ..to(MessageStatus::Failed) }
            }
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff { id: self.id.uuid(), attempt: self.attempt, tries: self.tries }
    }
}

/// The stream's policy for unknown outcomes. If the body cannot be read any more, the default applies: it must not
/// keep the message from going on.
fn policy(body: Option<&str>) -> UnknownOutcome {
    let stream = body.and_then(|body| serde_json::from_str::<Stream>(body).ok());
    stream.map(|stream| stream.unknown_outcome).unwrap_or_default()
}

/// The lives of these messages, as far as they are still leased under these attempts.
pub(crate) async fn read(tx: &mut Tx, of: &[(MessageId, u32)]) -> Result<Vec<Life>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let mut of = of.to_vec();
    of.sort_unstable();
    let mut lives = Vec::with_capacity(of.len());
    for row in tx.fetch(&sql::message_life, fences(&of)).await? {
        let mut row = row.read("message");
        lives.push(Life {
            id: row.id("id")?,
            attempt: row.number("attempt")?,
            workspace: row.id("workspace")?,
            program: row.id("program")?,
            class: row.word("class")?,
            since: row.time("queued_at")?,
            tries: row.number("tries")?,
            hand_overs: row.number("hand_overs")?,
            unknowns: row.number("unknowns")?,
            extra: row.number("extra")?,
            granted_at: row.time("granted_at")?,
            handing: row.get("handing")?,
            last: row.opt_reason("reason")?,
            policy: policy(row.opt_text("body")?.as_deref()),
            refusal: Refusal::read(row.opt_text("refusal")?.as_deref()),
        });
    }
    Ok(lives)
}

/// The same by id and attempt.
pub(crate) async fn by_fence(tx: &mut Tx, of: &[(MessageId, u32)]) -> Result<HashMap<(MessageId, u32), Life>> {
    Ok(read(tx, of).await?.into_iter().map(|life| ((life.id, life.attempt), life)).collect())
}

/// The messages whose lease by this node ends at `until` and that nobody hands over.
pub(super) async fn leased_until(tx: &mut Tx, node: &str, until: Time) -> Result<Vec<Life>> {
    let taken = lane::leased_until(tx, &MAIL, node, until).await?;
    let mut lives = read(tx, &taken).await?;
    lives.retain(|life| !life.handing);
    Ok(lives)
}

#[cfg(test)]
mod tests;

//! Writes marks, settlements, and what an operator decides.

use std::collections::{HashMap, HashSet};

use program::{MessageId, Time, WorkspaceId};
use uuid::Uuid;

use super::{
    Resolution, Settle, Settlement,
    change::{Change, Changed, apply, fences},
    life::{self, Life},
};
use crate::{
    MessageStatus, Result,
    args::Args,
    counts::Counts,
    db::{Db, Tx, whole},
    limits::Bounds,
    page::{ROOM, fitting},
    pieces::{self, Of},
    row::Row,
    spelling::email_key,
    sql,
};

/// The most marks and settlements of one call.
pub(super) const MAX_SETTLE: usize = 1_000;

fn fence(settle: &Settle) -> (MessageId, u32) {
    (settle.id, settle.attempt)
}

/// The change that a settlement makes. None if the message is not leased by this node any more.
fn change(settle: &Settle, lives: &HashMap<(MessageId, u32), Life>, now: Time, bounds: &Bounds) -> Option<Change> {
    let to = |state| Change::to(settle.id, settle.attempt, state);
    Some(match &settle.outcome {
        Settlement::Sent { reply, subject } => Change {
            reply: Some(reply.clone()),
            subject: Some(subject.clone()),
            settled_at: Some(now),
            ..to(MessageStatus::Sent)
        },
        Settlement::Retry { blame, reason } => lives.get(&fence(settle))?.after(*blame, reason.clone(), now, bounds),
        Settlement::Failed { reason } => {
            Change { reason: Some(reason.clone()), settled_at: Some(now), ..to(MessageStatus::Failed) }
        }
        Settlement::Unknown { reason } => lives.get(&fence(settle))?.after_unknown(reason.clone(), now, bounds),
        Settlement::Inbox { subject, .. } => Change {
            subject: Some(subject.clone()),
            settled_at: Some(now),
            flags: life::GATED,
            ..to(MessageStatus::Sent)
        },
    })
}

pub(crate) fn sorted(ids: &[MessageId]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

pub(super) async fn mark(tx: &mut Tx, marks: &[(MessageId, u32)]) -> Result<HashSet<(MessageId, u32)>> {
    if marks.is_empty() {
        return Ok(HashSet::new());
    }
    let mut marks = marks.to_vec();
    marks.sort_unstable();
    let rows = tx.fetch(&sql::message_mark, fences(&marks)).await?;
    let fence = |row: &Row| {
        let mut row = row.read("message");
        Ok((row.id("id")?, row.number("attempt")?))
    };
    rows.iter().map(fence).collect()
}

pub(super) async fn settle(
    tx: &mut Tx,
    now: Time,
    bounds: &Bounds,
    settlements: &[Settle],
) -> Result<HashMap<(MessageId, u32), MessageStatus>> {
    // Only messages that may be retried need their life. All others are settled by one statement.
    let open = |settle: &&Settle| matches!(settle.outcome, Settlement::Retry { .. } | Settlement::Unknown { .. });
    let open: Vec<_> = settlements.iter().filter(open).map(fence).collect();
    let lives = life::by_fence(tx, &open).await?;
    let changes: Vec<_> = settlements.iter().filter_map(|settle| change(settle, &lives, now, bounds)).collect();
    let changed = apply(tx, now, &changes).await?;
    deliver(tx, now, settlements, &changed).await?;
    Ok(changed.into_iter().map(|changed| ((changed.id, changed.attempt), changed.state)).collect())
}

/// Puts settled mails into the inbox. In parts, because a statement holds its rows several times in memory.
async fn deliver(tx: &mut Tx, now: Time, settlements: &[Settle], changed: &[Changed]) -> Result<()> {
    let changed: HashMap<_, &Changed> =
        changed.iter().map(|changed| ((changed.id, changed.attempt), changed)).collect();
    let mails: Vec<_> = settlements
        .iter()
        .filter_map(|settle| match (&settle.outcome, changed.get(&fence(settle))) {
            (Settlement::Inbox { raw, subject, sender }, Some(changed)) => Some((*changed, raw, subject, sender)),
            _ => None,
        })
        .collect();
    let (dialect, mut mails) = (tx.dialect(), &mails[..]);
    while !mails.is_empty() {
        let fits = fitting(mails.iter().map(|(_, raw, ..)| pieces::first(dialect, raw).len()), ROOM);
        let (part, rest) = mails.split_at(fits);
        let args = Args::new()
            .time(now)
            .uuids(part.iter().map(|(changed, ..)| changed.workspace.uuid()))
            .uuids(part.iter().map(|(changed, ..)| changed.id.uuid()))
            .texts(part.iter().map(|(.., sender)| (*sender).clone()))
            .texts(part.iter().map(|(changed, ..)| changed.recipient.clone()))
            .texts(part.iter().map(|(changed, ..)| email_key(&changed.recipient)))
            .texts(part.iter().map(|(_, _, subject, _)| (*subject).clone()))
            .ints(part.iter().map(|(_, raw, ..)| raw.len() as i64))
            .large(part.iter().map(|(_, raw, ..)| pieces::first(dialect, raw).to_vec()));
        let new = tx.fetch(&sql::inbox_insert, args).await?;
        let new: HashSet<MessageId> = new.iter().map(|row| row.read("inbox_mail").id("id")).collect::<Result<_>>()?;
        for (changed, raw, ..) in part.iter().filter(|(changed, ..)| new.contains(&changed.id)) {
            let of = Of { workspace: changed.workspace, owner: changed.id.uuid(), position: 0 };
            pieces::write(tx, of, raw).await?;
        }
        mails = rest;
    }
    Ok(())
}

pub(super) async fn resolve(
    db: &Db,
    workspace: WorkspaceId,
    resolution: Resolution,
    now: Time,
    args: Args,
) -> Result<u64> {
    whole!(db, |tx| {
        let rows = tx.fetch(&sql::message_resolve, args.clone()).await?;
        let mut counts = Counts::default();
        if resolution == Resolution::Skip {
            for row in &rows {
                let mut row = row.read("message");
                counts.add(workspace, row.id("program")?, &row.name("node")?, "sent", 1);
            }
        }
        counts.write(tx, now).await?;
        Ok(rows.len() as u64)
    })
}

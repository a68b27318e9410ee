//! The transaction of a lease.

use std::collections::{BTreeMap, BTreeSet};

use program::{EventId, MessageId, ProgramId, Reason, Time, WorkspaceId};
use uuid::Uuid;

use super::{
    Leased,
    aside::set_aside,
    change::{Change, apply},
};
use crate::{
    MessageStatus, Result,
    args::Args,
    claim,
    db::{Db, Tx},
    due::Due,
    limits::Bounds,
    row::{Column, Reader, Row},
    within::{contacts_within, events_within},
};

/// What one transaction took.
#[derive(Debug, Default)]
pub(super) struct Lease {
    pub(super) leased: Vec<Leased>,
    /// How many were set aside instead, or have ended.
    pub(super) held: usize,
    /// This many messages need more room than there is, so none of them was leased.
    pub(super) too_many: u32,
}

/// What is to be leased.
pub(super) struct Wanted<'a> {
    pub(super) due: &'a Due,
    /// The first parameters of the statement.
    pub(super) args: Args,
    pub(super) limit: u32,
    /// The most bytes of contacts and events.
    pub(super) room: usize,
}

/// `then` is the clock for a mail's age; `now` is the lease's.
pub(super) async fn lease(db: &Db, now: Time, wanted: Wanted<'_>, (bounds, then): (&Bounds, Time)) -> Result<Lease> {
    let Wanted { due, args, limit, mut room } = wanted;
    let _small = db.small();
    let mut tx = db.begin().await?;
    let (rows, _open) = claim::messages(&mut tx, due, now, (args, limit)).await?;
    if rows.is_empty() {
        tx.rollback().await?;
        return Ok(Lease::default());
    }
    let [due_at, contact, joins] = ["due_at", "contact", "joined"].map(|name| Column::of(&rows, name));
    let held = hold(&mut tx, now, &rows).await?;
    let (mut contacts, mut events): (Vec<_>, Vec<(WorkspaceId, EventId)>) = Default::default();
    let mut all_joined = Vec::with_capacity(rows.len());
    for whole in &rows {
        let mut row = whole.read("message");
        let (_, workspace) = (row.id::<MessageId>("id")?, row.id("workspace")?);
        let mut row = row.at(contact);
        contacts.push((workspace, row.id("contact")?));
        events.push((workspace, row.id("event")?));
        let joined = joined(whole.read("message").at(joins))?;
        events.extend(joined.values().map(|event| (workspace, *event)));
        all_joined.push(joined);
    }
    let too_many = Lease { too_many: u32::try_from(rows.len()).unwrap_or(u32::MAX), ..Lease::default() };
    let Some(contacts) = contacts_within(&mut tx, contacts.into_iter(), &mut room).await? else {
        tx.rollback().await?;
        return Ok(too_many);
    };
    let Some(events) = events_within(&mut tx, events.into_iter(), &mut room).await? else {
        tx.rollback().await?;
        return Ok(too_many);
    };

    let mut leased = Vec::with_capacity(rows.len());
    let mut ended = Vec::new();
    for (row, joined) in rows.iter().zip(all_joined) {
        let mut rest = row.read("message").at(due_at);
        let mut row = row.read("message");
        let id = row.id("id")?;
        if held.contains(&id) {
            continue;
        }
        let workspace = row.id("workspace")?;
        let token = row.id("token")?;
        let seq = row.number("seq")?;
        let attempt = row.number("attempt")?;
        let stream = row.name("stream")?;
        let stream_version = row.id("stream_version")?;
        let contact = contacts.get(&row.id("contact")?);
        let event = events.get(&row.id("event")?);
        let end = |reason: Reason| Change {
            reason: Some(reason),
            settled_at: Some(now),
            ..Change::to(id, attempt, MessageStatus::Failed)
        };
        let (Some(contact), Some(event)) = (contact, event) else {
            // It ends here. Otherwise it would come back with every lease and delay the rest.
            ended.push(end(Reason::Orphaned));
            continue;
        };
        let (purpose, recipient, message_id) = (row.json("purpose")?, row.text("recipient")?, row.text("message_id")?);
        let (queued_at, since) = (row.time("queued_at")?, row.time("resumed_at")?);
        let (due_at, tries) = (rest.time("due_at")?, rest.number("tries")?);
        // After a replay the age counts from it: before it, the message may have waited while no node could send it.
        let tried_since = rest.opt_time("granted_at")?.map_or(since, |granted| granted.max(since));
        let last = rest.opt_reason("reason")?.unwrap_or(Reason::NONE);
        if let Some(reason) = bounds.over(rest.word("class")?, tried_since, then, last) {
            ended.push(end(reason));
            continue;
        }
        leased.push(Leased {
            workspace,
            id,
            token,
            seq,
            attempt,
            stream,
            stream_version,
            contact: contact.clone(),
            event: event.clone(),
            joined: joined
                .into_iter()
                .filter_map(|(name, id)| Some((name, events.get(&id)?.data.clone().into())))
                .collect(),
            purpose,
            recipient,
            message_id,
            queued_at,
            since,
            due_at,
            tries,
        });
    }
    apply(&mut tx, now, &ended).await?;
    tx.commit().await?;
    leased.sort_by_key(|message| (message.queued_at, message.id));
    Ok(Lease { leased, held: held.len() + ended.len(), too_many: 0 })
}

/// The events that had joined the token, by name.
fn joined(mut row: Reader<'_>) -> Result<BTreeMap<String, EventId>> {
    let joined: Option<BTreeMap<String, Uuid>> = row.opt_json("joined")?;
    Ok(joined.unwrap_or_default().into_iter().map(|(name, event)| (name, event.into())).collect())
}

/// Sets messages aside whose program is on hold. Their attempt is used up, because it is the fence.
async fn hold(tx: &mut Tx, now: Time, rows: &[Row]) -> Result<BTreeSet<MessageId>> {
    let (attempt, program) = (Column::of(rows, "attempt"), Column::of(rows, "program"));
    let mut ours = Vec::new();
    for row in rows {
        let mut head = row.read("message");
        let (id, workspace) = (head.id("id")?, head.id("workspace")?);
        let attempt = head.at(attempt).number("attempt")?;
        let mut rest = row.read("message").at(program);
        let program: ProgramId = rest.id("program")?;
        if rest.opt_text("holds")?.is_some() {
            ours.push((id, attempt, (workspace, program)));
        }
    }
    set_aside(tx, now, &ours).await
}

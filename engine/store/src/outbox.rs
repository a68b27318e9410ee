//! Messages are leased, marked and settled.
//!
//! ```text
//! queued -> leased -> handing_over -> sent | queued (retry) | failed | unknown
//! leased -> held -> queued | skipped, while and after the program is paused or stopped
//! unknown -> queued (resend) | skipped (counted as sent), by the stream's policy or by hand
//! failed -> queued, by an operator's replay
//! blocked and failed may be the first state too
//! ```
//!
//! Every way back to `queued` is bounded. `life` decides what follows an attempt, and knows the message's whole life.
//! An operator's decision or a resumed program does not reset that life. The mark is the only door to DATA: it counts
//! the hand-over and asks `gate`.

use std::collections::{HashMap, HashSet};

use program::{
    EventId, MessageId, Object, Purpose, Reason, StreamClass, StreamName, Time, TokenId, VersionId, WorkspaceId,
};

use crate::{
    Attachment, Contact, Error, EventData, MessageStatus, Result, Store,
    args::Args,
    db::whole,
    pieces::{self, Of},
    sql,
    words::Word as _,
};

pub(crate) mod aside;
pub(crate) mod change;
mod gate;
mod lease;
pub(crate) mod life;
mod refusal;
mod settle;

pub use life::Blame;

/// The most messages of one lease.
const MAX_LEASE: u32 = 500;

/// A message that this node may hand over.
#[derive(Clone, Debug, PartialEq)]
pub struct Leased {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its id.
    pub id: MessageId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it.
    pub seq: u32,
    /// Which attempt this is, from 1; the fence.
    pub attempt: u32,
    /// Which stream writes it.
    pub stream: StreamName,
    /// Which version of the stream.
    pub stream_version: VersionId,
    /// The recipient.
    pub contact: Contact,
    /// The event that started the token.
    pub event: EventData,
    /// The data of the events that had joined the token, by name.
    pub joined: Object,
    /// What the mail asks of the contact.
    pub purpose: Purpose,
    /// Mail address.
    pub recipient: String,
    /// Message-ID header, without angle brackets.
    pub message_id: String,
    /// When it was due.
    pub due_at: Time,
    /// Attempts before this one that failed because of this mail.
    pub tries: u32,
    /// When it was queued first.
    pub queued_at: Time,
    /// Since when it is tried: since it was queued, or since its program was last resumed.
    pub since: Time,
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settle {
    /// Which message.
    pub id: MessageId,
    /// Which attempt; the fence.
    pub attempt: u32,
    /// What became of it.
    pub outcome: Settlement,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Accepted.
    Sent {
        /// The server's reply.
        reply: String,
        /// The subject as rendered.
        subject: String,
    },
    /// To be tried again.
    Retry {
        /// Whose fault it was. Together with the message's whole life this decides when it is retried, and whether at
        /// all.
        blame: Blame,
        /// Why.
        reason: Reason,
    },
    /// Refused for good; a dead letter.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// Cut between DATA and the reply.
    Unknown {
        /// What was seen.
        reason: Reason,
    },
    /// Into the built-in inbox: stored and marked sent in the same transaction.
    Inbox {
        /// The mail.
        raw: Vec<u8>,
        /// The subject as rendered.
        subject: String,
        /// Its sender.
        sender: String,
    },
}

/// What [`Store::settle`] wrote. Each is named with its attempt: a message may come with a former attempt, too, which is
/// fenced off. What was fenced off is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Now `handing_over`: these may be handed over.
    pub marked: HashSet<(MessageId, u32)>,
    /// Settled messages with their new states.
    pub settled: HashMap<(MessageId, u32), MessageStatus>,
}

/// What an operator decides on a message whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Hand it over again under the same Message-ID.
    Resend,
    /// Count it as sent.
    Skip,
}

impl Store {
    /// Leases at most `limit` (1 to 500) due messages of a class to this node (its boot id) until `until`. Each leased
    /// message has one attempt more. Messages of a paused or stopped program are set aside instead. A message without
    /// stream version is never queued, so never leased.
    pub async fn lease_messages(
        &self,
        now: Time,
        until: Time,
        node: &str,
        class: StreamClass,
        limit: u32,
    ) -> Result<Vec<Leased>> {
        self.lease_messages_within(usize::MAX, now, until, node, class, limit).await
    }

    /// The same for at most `most` bytes of contacts and events. If they are larger, the lease is tried again with half
    /// as many messages. A single message is leased whatever its size.
    pub async fn lease_messages_within(
        &self,
        most: usize,
        now: Time,
        until: Time,
        node: &str,
        class: StreamClass,
        limit: u32,
    ) -> Result<Vec<Leased>> {
        let mut limit = limit.clamp(1, MAX_LEASE);
        loop {
            let args = Args::new().text(class.word().to_owned()).time(now).text(node.to_owned()).time(until);
            let room = if limit > 1 { most } else { usize::MAX };
            // The earlier of two clocks decides what is too old, so that one wrong clock does not end all mail.
            let bounds = (&self.bounds, self.lease_time(now).min(now));
            let wanted = lease::Wanted { due: &self.dues.messages[class], args, limit, room };
            let lease = lease::lease(&self.db, now, wanted, bounds).await?;
            let lease::Lease { leased, held, too_many } = lease;
            if too_many > 0 {
                limit = (too_many / 2).max(1);
                continue;
            }
            // If a whole lease was only set aside, there may be messages after it that can be sent.
            if !leased.is_empty() || held < limit as usize {
                return Ok(leased);
            }
        }
    }

    /// Queues messages again whose lease by this node ends at `until`. That lease failed and may have been committed
    /// all the same, so nobody hands them over. Returns how many.
    pub async fn give_back_messages(&self, node: &str, until: Time, now: Time) -> Result<u64> {
        whole!(self.db, |tx| {
            let taken = life::leased_until(tx, node, until).await?;
            let back = |life: &life::Life| life.after(Blame::House, Reason::NONE, now, &self.bounds);
            let given = change::apply(tx, now, &taken.iter().map(back).collect::<Vec<_>>()).await?;
            Ok(given.len() as u64)
        })
    }

    /// The size of the files that came with an event, names included; 0 if there are none.
    pub async fn attachments_size(&self, workspace: WorkspaceId, event: EventId) -> Result<u64> {
        let args = Args::new().uuid(workspace.uuid()).uuid(event.uuid());
        let rows = self.db.fetch(&sql::attachment_size, args).await?;
        rows.first().map_or(Ok(0), |row| row.read("attachment").number("size"))
    }

    /// The files that came with an event, in their order.
    pub async fn attachments(&self, workspace: WorkspaceId, event: EventId) -> Result<Vec<Attachment>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(event.uuid());
        let mut attachments = Vec::new();
        for row in self.db.fetch(&sql::attachment_list, args).await? {
            let mut row = row.read("attachment");
            let of = Of { workspace, owner: event.uuid(), position: row.int("position")? };
            let (filename, content_type) = (row.text("filename")?, row.text("content_type")?);
            let (first, rest) = (row.get("bytes")?, row.number("rest")?);
            let bytes = pieces::read(&self.db, of, first, rest).await?;
            attachments.push(Attachment { filename, content_type, bytes });
        }
        Ok(attachments)
    }

    /// Marks leased messages as being handed over and settles others, in one transaction; at most 1,000 of both. Both
    /// are fenced by (id, attempt). A message that is in both lists is marked first, then settled. A message that the
    /// gate refuses is neither marked nor put into the inbox: it is set aside with its program, blocked, or ended.
    pub async fn settle(&self, now: Time, marks: &[(MessageId, u32)], settlements: &[Settle]) -> Result<Settled> {
        if marks.len() + settlements.len() > settle::MAX_SETTLE {
            let why = format!("at most {} marks and settlements in one call", settle::MAX_SETTLE);
            return Err(Error::Invalid { field: "settlements", why });
        }
        // A mail server waits for this. So on SQLite large writers keep away meanwhile.
        let _small = self.db.small();
        whole!(self.db, |tx| {
            let marked = settle::mark(tx, marks).await?;
            let refused: Vec<_> = marks.iter().filter(|mark| !marked.contains(mark)).copied().collect();
            gate::refuse(tx, now, &self.bounds, &refused).await?;
            let settled = settle::settle(tx, now, &self.bounds, settlements).await?;
            // The inbox has no mark, so a pause stops the message here.
            let inbox = settlements.iter().filter(|settle| matches!(settle.outcome, Settlement::Inbox { .. }));
            let refused = inbox.map(|settle| (settle.id, settle.attempt)).filter(|fence| !settled.contains_key(fence));
            gate::refuse(tx, now, &self.bounds, &refused.collect::<Vec<_>>()).await?;
            Ok(Settled { marked, settled })
        })
    }

    /// When the next message of a class is due; in the past if one is due now.
    pub async fn next_message_due(&self, class: StreamClass, now: Time) -> Result<Option<Time>> {
        let args = Args::new().text(class.word().to_owned());
        self.dues.messages[class].first_due(&self.db, &sql::message_next_due, args, now).await
    }

    /// Queues failed messages again; returns how many. Each keeps its version of the stream. A message without one,
    /// because there was no such stream, gets the current version. Each may be handed over three times more than its
    /// bounds allow. See also [`Store::mend_messages`].
    pub async fn replay_messages(&self, workspace: WorkspaceId, ids: &[MessageId], now: Time) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        Ok(self.requeue(workspace, ids, false, now).await?.len() as u64)
    }

    /// Queues failed messages again, on request with the current version of the stream. Returns which.
    pub(crate) async fn requeue(
        &self,
        workspace: WorkspaceId,
        ids: &[MessageId],
        current: bool,
        now: Time,
    ) -> Result<HashSet<MessageId>> {
        let ids = settle::sorted(ids);
        let args = Args::new().time(now).bool(current).int(life::REPLAY_GRANTS.cast_signed());
        let args = args.uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids);
        whole!(self.db, |tx| {
            let rows = tx.fetch(&sql::message_replay, args.clone()).await?;
            rows.iter().map(|row| row.read("message").id("id")).collect()
        })
    }

    /// Decides on messages whose outcome is unknown; returns how many. A message that is sent again gets the same
    /// additional hand-overs as by a replay.
    pub async fn resolve_unknown(
        &self,
        workspace: WorkspaceId,
        ids: &[MessageId],
        resolution: Resolution,
        now: Time,
    ) -> Result<u64> {
        let (state, reason) = match resolution {
            Resolution::Resend => (MessageStatus::Queued, None),
            Resolution::Skip => (MessageStatus::Skipped, Some(Reason::CountedByHand.to_stored())),
        };
        let settled_at = (resolution == Resolution::Skip).then(|| now.timestamp_millis());
        let ids = settle::sorted(ids);
        let args = Args::new()
            .text(state.word().to_owned())
            .time(now)
            .text(reason)
            .int(settled_at)
            .int(if resolution == Resolution::Resend { life::REPLAY_GRANTS.cast_signed() } else { 0 })
            .uuids(ids.iter().map(|_| workspace.uuid()))
            .uuids(ids);
        settle::resolve(&self.db, workspace, resolution, now, args).await
    }
}

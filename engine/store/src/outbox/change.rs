//! Writes to leased messages. Everything that ends a lease uses this write: settlements, the gate, pauses, rescue.

use program::{MessageId, NodeId, ProgramId, Reason, Time, WorkspaceId};

use crate::{
    MessageStatus, Result,
    args::{self, Args, storable},
    counts::Counts,
    db::Tx,
    lane, sql,
    words::Word as _,
};

/// What is written to one leased message.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: MessageId,
    /// The fence.
    pub(crate) attempt: u32,
    pub(crate) state: MessageStatus,
    pub(crate) reason: Option<Reason>,
    pub(crate) reply: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) due_at: Option<Time>,
    pub(crate) settled_at: Option<Time>,
    pub(crate) unknown_at: Option<Time>,
    /// Bits for the statement, see `life`.
    pub(crate) flags: i64,
}

/// A message that was changed.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(super) id: MessageId,
    pub(super) attempt: u32,
    pub(super) workspace: WorkspaceId,
    pub(super) program: ProgramId,
    pub(super) node: NodeId,
    pub(super) recipient: String,
    pub(crate) state: MessageStatus,
}

impl Change {
    pub(crate) fn to(id: MessageId, attempt: u32, state: MessageStatus) -> Self {
        let (reason, reply, subject) = (None, None, None);
        let (due_at, settled_at, unknown_at) = (None, None, None);
        Self { id, attempt, state, reason, reply, subject, due_at, settled_at, unknown_at, flags: 0 }
    }
}

/// Message ids with the attempts of their leases, as parameters.
pub(super) fn fences(of: &[(MessageId, u32)]) -> Args {
    Args::new().uuids(of.iter().map(|(id, _)| id.uuid())).ints(of.iter().map(|(_, attempt)| i64::from(*attempt)))
}

/// Writes changes to messages that are still leased under the same attempt; returns which.
pub(crate) async fn apply(tx: &mut Tx, now: Time, changes: &[Change]) -> Result<Vec<Changed>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let changes = lane::in_order(changes, |change| (change.id, change.attempt));
    // Replies come from other people's servers and may hold what a database cannot store.
    let clean = |text: &Option<String>| text.as_deref().map(storable);
    let millis = |time: Option<Time>| time.map(|time| time.timestamp_millis());
    let args = Args::new()
        .uuids(changes.iter().map(|change| change.id.uuid()))
        .ints(changes.iter().map(|change| i64::from(change.attempt)))
        .texts(changes.iter().map(|change| change.state.word().to_owned()))
        .texts(changes.iter().map(|change| change.reason.as_ref().map(args::reason)))
        .texts(changes.iter().map(|change| clean(&change.reply)))
        .texts(changes.iter().map(|change| clean(&change.subject)))
        .ints(changes.iter().map(|change| millis(change.due_at)))
        .ints(changes.iter().map(|change| millis(change.settled_at)))
        .ints(changes.iter().map(|change| millis(change.unknown_at)))
        .ints(changes.iter().map(|change| change.flags));
    let mut changed = Vec::with_capacity(changes.len());
    let mut counts = Counts::default();
    for row in tx.fetch(&sql::message_settle, args).await? {
        let mut row = row.read("message");
        let one = Changed {
            id: row.id("id")?,
            attempt: row.number("attempt")?,
            workspace: row.id("workspace")?,
            program: row.id("program")?,
            node: row.name("node")?,
            recipient: row.text("recipient")?,
            state: row.word("state")?,
        };
        if matches!(one.state, MessageStatus::Sent | MessageStatus::Skipped) {
            counts.add(one.workspace, one.program, &one.node, "sent", 1);
        }
        changed.push(one);
    }
    counts.write(tx, now).await?;
    Ok(changed)
}

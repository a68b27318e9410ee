//! Raw batched writes for `stafette bench`: the same rows in the same batches, without the logic, so
//! that a figure of the engine is a ratio to what the database can do.

use program::{
    ContactId, EventId, EventType, MessageId, NodeId, Object, ProgramId, Time, TokenId, VersionId, WorkspaceId,
};

use crate::{Result, Store};

/// An event, its contact and its token, ready to be written.
#[derive(Clone, Debug)]
pub struct RawEvent {
    /// The event.
    pub id: EventId,
    /// Whose; not looked up.
    pub contact: ContactId,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// The caller's own id of it.
    pub key: String,
    /// The token, if it starts one.
    pub token: Option<(TokenId, ProgramId, VersionId, NodeId)>,
}

impl Store {
    /// Writes events and tokens in one transaction; says how many events were new.
    pub async fn raw_ingest(&self, workspace: WorkspaceId, now: Time, events: &[RawEvent]) -> Result<u64> {
        let _ = (workspace, now, events);
        todo!()
    }

    /// Selects at most `limit` due tokens, finishes them with one step and one message each, in one
    /// transaction; says how many.
    pub async fn raw_advance(&self, now: Time, limit: u32, id: &(dyn Fn() -> MessageId + Sync)) -> Result<u64> {
        let _ = (now, limit, id);
        todo!()
    }
}

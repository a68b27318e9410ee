//! What happens right now, over all nodes.

use program::{ContactId, MessageId, NodeId, ProgramId, Time, TokenId, TraceStep, WorkspaceId};

use crate::{MessageStatus, Result, Store};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedItem {
    /// When.
    pub at: Time,
    /// In which program.
    pub program: ProgramId,
    /// To which token.
    pub token: TokenId,
    /// To whom.
    pub contact: ContactId,
    /// What.
    pub kind: FeedKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedKind {
    /// A step was taken.
    Step(TraceStep),
    /// A message came to an end.
    Message {
        /// Which.
        id: MessageId,
        /// At which node.
        node: NodeId,
        /// To which end.
        status: MessageStatus,
    },
}

impl Store {
    /// What happened after `since`, first things first; at most `limit` steps and as many messages.
    /// Other nodes may still commit earlier times: ask with some overlap and drop what was seen.
    pub async fn feed(&self, workspace: WorkspaceId, since: Time, limit: u32) -> Result<Vec<FeedItem>> {
        let _ = (workspace, since, limit);
        todo!()
    }
}

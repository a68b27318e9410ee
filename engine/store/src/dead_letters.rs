//! What went wrong and waits for an operator.

use program::{ContactId, MessageId, NodeId, ProgramId, Time, TokenId, WorkspaceId};

use crate::{Page, Paging, Result, Store};

/// Something that went wrong and waits for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is.
    pub kind: DeadLetterKind,
    /// In which program.
    pub program: ProgramId,
    /// At which node.
    pub node: NodeId,
    /// Whose.
    pub contact: ContactId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Time,
}

/// What a dead letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterKind {
    /// A failed token; see [`Store::replay_tokens`].
    Token(TokenId),
    /// A failed message; see [`Store::replay_messages`].
    Message(MessageId),
    /// A message whose outcome is unknown; see [`Store::resolve_unknown`].
    Unknown(MessageId),
}

impl Store {
    /// Failed tokens, failed messages and messages whose outcome is unknown, in one list.
    pub async fn dead_letters(&self, workspace: WorkspaceId, paging: &Paging) -> Result<Page<DeadLetter>> {
        let _ = (workspace, paging);
        todo!()
    }
}

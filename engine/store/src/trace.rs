//! Tokens as people read them, and their trace.

use program::{ContactId, EventId, NodeId, ProgramId, Time, TokenId, TraceStep, VersionId, WorkspaceId};

use crate::{Page, Paging, Result, Store};

/// One contact's place in one program version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// Whose.
    pub contact: ContactId,
    /// The event that started it.
    pub event: EventId,
    /// At which node it stands, or stood last.
    pub node: NodeId,
    /// Steps taken so far.
    pub seq: u32,
    /// What it does.
    pub status: TokenStatus,
    /// When it is stepped next, if it is `Ready`.
    pub due_at: Option<Time>,
    /// How often it was put off since it last moved.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// When it started.
    pub created_at: Time,
    /// When it was last written.
    pub updated_at: Time,
}

/// What a token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenStatus {
    /// Waits for its time, or for its turn.
    Ready,
    /// Its run is over.
    Done,
    /// A dead letter.
    Failed,
}

/// Which tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// In this state.
    pub status: Option<TokenStatus>,
    /// In this program.
    pub program: Option<ProgramId>,
    /// At this node.
    pub node: Option<NodeId>,
    /// Of this contact.
    pub contact: Option<ContactId>,
}

impl Store {
    /// Tokens.
    pub async fn tokens(&self, workspace: WorkspaceId, filter: &TokenFilter, paging: &Paging) -> Result<Page<Token>> {
        let _ = (workspace, filter, paging);
        todo!()
    }

    /// One token.
    pub async fn token(&self, workspace: WorkspaceId, id: TokenId) -> Result<Token> {
        let _ = (workspace, id);
        todo!()
    }

    /// The steps of a token, first step first. A program has no cycle, so they are few.
    pub async fn trace(&self, workspace: WorkspaceId, token: TokenId) -> Result<Vec<TraceStep>> {
        let _ = (workspace, token);
        todo!()
    }
}

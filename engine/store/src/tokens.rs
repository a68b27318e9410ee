//! Tokens move: claim, load, write, commit, in one transaction.

use std::collections::HashMap;

use program::{
    ContactId, CountFact, EventId, MessageId, NodeId, Place, ProgramId, Purpose, StreamClass, StreamId, StreamName,
    Time, TokenId, TraceStep, VersionId, WorkspaceId,
};

use crate::{Contact, EventData, Result, Store};

/// A token whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueToken {
    /// Whose tenant.
    pub workspace: WorkspaceId,
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
    /// Where it stands.
    pub place: Place,
    /// How often it was put off by [`TokenState::Ready`] without a step since it last moved.
    pub attempts: u32,
    /// Since when it is due.
    pub due_at: Time,
}

/// Due tokens, held by an open transaction that nobody else can claim from. Dropped, it rolls back.
#[derive(Debug)]
pub struct Claim {
    tokens: Vec<DueToken>,
}

/// What a batch needs to know.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The contacts of all claimed tokens.
    pub contacts: HashMap<ContactId, Contact>,
    /// The starting events of all claimed tokens.
    pub events: HashMap<EventId, EventData>,
    /// The counts asked for; 0 included.
    pub counts: HashMap<(ContactId, CountFact), u64>,
}

/// A stream's current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHead {
    /// The stream.
    pub id: StreamId,
    /// Its current version.
    pub version: VersionId,
    /// Who may be written to.
    pub class: StreamClass,
}

/// What became of one claimed token.
#[derive(Clone, Debug)]
pub struct TokenWrite {
    /// Which token.
    pub token: TokenId,
    /// Its `seq` as claimed; the fence.
    pub seen_seq: u32,
    /// Where it stands now.
    pub place: Place,
    /// What becomes of it.
    pub state: TokenState,
    /// The steps it took.
    pub steps: Vec<TraceStep>,
    /// The mails it asks for.
    pub messages: Vec<NewMessage>,
}

/// What becomes of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// Stepped again then: its wait is over, or it is tried again.
    Ready {
        /// When.
        due_at: Time,
    },
    /// Its run is over.
    Done,
    /// Parked as a dead letter.
    Failed {
        /// What went wrong and what to do.
        error: String,
    },
}

/// One mail for the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it; one message per step.
    pub seq: u32,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// At which node.
    pub node: NodeId,
    /// Which stream writes it.
    pub stream: StreamName,
    /// Which version of the stream; none if the stream is missing.
    pub stream_version: Option<VersionId>,
    /// Which sending pool.
    pub class: StreamClass,
    /// To whom.
    pub contact: ContactId,
    /// The event that started the token.
    pub event: EventId,
    /// Mail address.
    pub recipient: String,
    /// Message-ID header, without angle brackets.
    pub message_id: String,
    /// What the mail asks of the contact.
    pub purpose: Purpose,
    /// Whether it may go out.
    pub state: MessageState,
    /// Not before this.
    pub due_at: Time,
}

/// How a message starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// To be handed over.
    Queued,
    /// Not sent, on purpose: no opt-in, no address.
    Blocked {
        /// Why.
        reason: String,
    },
    /// Cannot be sent; a dead letter.
    Failed {
        /// Why.
        reason: String,
    },
}

impl Store {
    /// Claims at most `limit` (1 to 500) due tokens of all workspaces, longest due first.
    pub async fn claim(&self, now: Time, limit: u32) -> Result<Claim> {
        let _ = (now, limit);
        todo!()
    }

    /// Claims these tokens, as far as they are due and free: to bisect a batch that failed.
    pub async fn claim_exactly(&self, now: Time, ids: &[TokenId]) -> Result<Claim> {
        let _ = (now, ids);
        todo!()
    }

    /// When the next token is due; in the past if one is due now.
    pub async fn next_due(&self) -> Result<Option<Time>> {
        todo!()
    }

    /// Makes failed tokens ready again at their place; says how many.
    pub async fn replay_tokens(&self, workspace: WorkspaceId, ids: &[TokenId], now: Time) -> Result<u64> {
        let _ = (workspace, ids, now);
        todo!()
    }
}

impl Claim {
    /// The claimed tokens, longest due first.
    pub fn tokens(&self) -> &[DueToken] {
        &self.tokens
    }

    /// Contacts and events of all claimed tokens, and these counts: events after `now - within`, up to `now`.
    pub async fn facts(&mut self, counts: &[(ContactId, CountFact)], now: Time) -> Result<Loaded> {
        let _ = (counts, now);
        todo!()
    }

    /// The current versions of these streams; unknown names are absent.
    pub async fn streams(
        &mut self,
        workspace: WorkspaceId,
        names: &[StreamName],
    ) -> Result<HashMap<StreamName, StreamHead>> {
        let _ = (workspace, names);
        todo!()
    }

    /// Writes tokens, trace, messages and counters, and commits. A token whose `seq` has changed since
    /// gives [`Error::Conflict`](crate::Error::Conflict), and nothing is written.
    pub async fn commit(self, writes: Vec<TokenWrite>) -> Result<()> {
        let _ = writes;
        todo!()
    }

    /// Lets go.
    pub async fn rollback(self) -> Result<()> {
        todo!()
    }
}

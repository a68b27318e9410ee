//! Dead letters: what failed and waits for an operator.

use program::{CallId, ContactId, EventId, MessageId, NodeId, ProgramId, Reason, Time, TokenId, WorkspaceId};

use crate::{
    Page, Paging, Result, Store,
    args::Args,
    page::{self, Cursor},
    row::Row,
    sql,
};

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
    pub reason: Reason,
    /// Since when.
    pub at: Time,
    /// Whether its program, or a message's stream, has another version now than the one that it failed by.
    pub newer: bool,
    /// The token: itself, or the one that asked for the message or call.
    pub token: TokenId,
    /// The event that started its token.
    pub event: Option<EventId>,
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
    /// A failed call; see [`Store::replay_calls`].
    Call(CallId),
}

/// Which dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// Only these.
    pub only: Option<DeadLetters>,
    /// Of this program.
    pub program: Option<ProgramId>,
    /// Of this contact.
    pub contact: Option<ContactId>,
}

/// One kind of dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetters {
    /// Failed tokens.
    Tokens,
    /// Failed messages.
    Messages,
    /// Messages whose outcome is unknown.
    Unknown,
    /// Failed calls.
    Calls,
}

impl Store {
    /// Failed tokens, failed messages, messages whose outcome is unknown and failed calls, in one list.
    pub async fn dead_letters(
        &self,
        workspace: WorkspaceId,
        filter: &DeadLetterFilter,
        paging: &Paging,
    ) -> Result<Page<DeadLetter>> {
        // As the statement calls them: by a message's state.
        let only = filter.only.map(|only| match only {
            DeadLetters::Tokens => "token".to_owned(),
            DeadLetters::Messages => "failed".to_owned(),
            DeadLetters::Unknown => "unknown".to_owned(),
            DeadLetters::Calls => "call".to_owned(),
        });
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(paging.before()?)
            .int(paging.fetch())
            .text(only)
            .uuid(filter.program.map(|program| program.uuid()))
            .uuid(filter.contact.map(|contact| contact.uuid()));
        let rows = self.db.fetch(&sql::dead_letters, args).await?;
        page::collect(&rows, paging, read, |letter| Cursor::Id(letter.kind.id()))
    }
}

impl DeadLetterKind {
    fn id(self) -> uuid::Uuid {
        match self {
            Self::Token(id) => id.uuid(),
            Self::Message(id) | Self::Unknown(id) => id.uuid(),
            Self::Call(id) => id.uuid(),
        }
    }
}

fn read(row: &Row) -> Result<DeadLetter> {
    let mut row = row.read("token, message or call");
    let id: uuid::Uuid = row.get("id")?;
    let kind = match row.text("kind")?.as_str() {
        "token" => DeadLetterKind::Token(TokenId(id)),
        "unknown" => DeadLetterKind::Unknown(MessageId(id)),
        "call" => DeadLetterKind::Call(CallId(id)),
        _ => DeadLetterKind::Message(MessageId(id)),
    };
    Ok(DeadLetter {
        kind,
        program: row.id("program")?,
        node: row.name("node")?,
        contact: row.id("contact")?,
        reason: row.opt_reason("reason")?.unwrap_or(Reason::NONE),
        at: row.time("at")?,
        newer: row.get("newer")?,
        event: row.opt_id("event")?,
        token: row.id("token")?,
    })
}

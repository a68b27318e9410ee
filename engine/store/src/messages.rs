//! Messages as people read them.

use program::{
    ContactId, EventId, MessageId, NodeId, ProgramId, Purpose, StreamClass, StreamName, Time, TokenId, VersionId,
    WorkspaceId,
};

use crate::{Page, Paging, Result, Store};

/// One mail to one contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it.
    pub seq: u32,
    /// In which program.
    pub program: ProgramId,
    /// In which version.
    pub version: VersionId,
    /// At which node.
    pub node: NodeId,
    /// Which stream writes it.
    pub stream: StreamName,
    /// Which version of the stream; none if the stream was missing.
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
    /// How far it is.
    pub status: MessageStatus,
    /// Why it is not sent, or not yet.
    pub reason: Option<String>,
    /// The subject as rendered, once sent.
    pub subject: Option<String>,
    /// The server's words, once sent.
    pub reply: Option<String>,
    /// Attempts so far.
    pub attempt: u32,
    /// Not before this, while queued.
    pub due_at: Time,
    /// When it was queued first.
    pub queued_at: Time,
    /// When it came to its state, if that is an end.
    pub settled_at: Option<Time>,
    /// When its outcome was last unknown; stays for ever.
    pub unknown_at: Option<Time>,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageStatus {
    /// To be handed over.
    Queued,
    /// A node has it.
    Leased,
    /// A node is handing it over.
    HandingOver,
    /// Handed over.
    Sent,
    /// Refused for good; a dead letter.
    Failed,
    /// Nobody knows whether it went out.
    Unknown,
    /// Not sent, on purpose.
    Blocked,
    /// Unknown, and counted as sent.
    Skipped,
}

/// Which messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// In this state.
    pub status: Option<MessageStatus>,
    /// Of this program.
    pub program: Option<ProgramId>,
    /// To this contact.
    pub contact: Option<ContactId>,
    /// Of this stream.
    pub stream: Option<StreamName>,
    /// Whose outcome is or was unknown.
    pub outcome_unknown: bool,
}

impl Store {
    /// Messages.
    pub async fn messages(
        &self,
        workspace: WorkspaceId,
        filter: &MessageFilter,
        paging: &Paging,
    ) -> Result<Page<Message>> {
        let _ = (workspace, filter, paging);
        todo!()
    }

    /// One message.
    pub async fn message(&self, workspace: WorkspaceId, id: MessageId) -> Result<Message> {
        let _ = (workspace, id);
        todo!()
    }
}

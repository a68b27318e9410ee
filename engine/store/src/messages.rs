//! Messages as people read them: lists and details.

use program::{
    ContactId, EventId, MessageId, NodeId, ProgramId, Purpose, Reason, StreamClass, StreamName, Time, TokenId,
    VersionId, WorkspaceId,
};

use crate::{
    Error, Page, Paging, Result, Store,
    args::Args,
    page::{self, Cursor},
    row::Row,
    sql,
    words::{Word as _, words},
};

/// One mail to one contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The token that asked for it.
    pub token: TokenId,
    /// The step that asked for it.
    pub seq: u32,
    /// Which of the step's effects it is.
    pub n: u32,
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
    pub reason: Option<Reason>,
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
    /// How often it was handed over, in its whole life.
    pub hand_overs: u32,
    /// How often the outcome of that was unknown.
    pub unknowns: u32,
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
    /// Not sent any more: unknown, and counted as sent; or held by a pause for too long, and not counted.
    Skipped,
    /// Set aside, because its program is paused or stopped.
    Held,
}

words! {
    // `handing_over` is what a leased row with `handing` is called; the column never holds it.
    MessageStatus: Queued "queued", Leased "leased", HandingOver "handing_over", Sent "sent", Failed "failed",
        Unknown "unknown", Blocked "blocked", Skipped "skipped", Held "held";
}

/// Which messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// In this state.
    pub status: Option<MessageStatus>,
    /// Of this program.
    pub program: Option<ProgramId>,
    /// That this node asked for.
    pub node: Option<NodeId>,
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
        // A message that is being handed over is a leased one that was marked.
        let (state, handing) = match filter.status {
            Some(MessageStatus::Leased) => (Some(MessageStatus::Leased), Some(false)),
            Some(MessageStatus::HandingOver) => (Some(MessageStatus::Leased), Some(true)),
            status => (status, None),
        };
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(paging.before()?)
            .int(paging.fetch())
            .text(state.map(|state| state.word().to_owned()))
            .bool(handing)
            .uuid(filter.program.map(|program| program.uuid()))
            .text(filter.stream.as_ref().map(|stream| stream.to_string()))
            .text(filter.node.as_ref().map(|node| node.to_string()));
        let contact = filter.contact.map(|contact| contact.uuid());
        let rows = match (filter.outcome_unknown, contact) {
            (true, contact) => self.db.fetch_list(&sql::message_list_unknown, args.uuid(contact)).await?,
            (false, Some(contact)) => self.db.fetch_list(&sql::message_list_of_contact, args.uuid(contact)).await?,
            (false, None) => self.db.fetch_list(&sql::message_list, args).await?,
        };
        page::collect(&rows, paging, read, |message| Cursor::Id(message.id.uuid()))
    }

    /// One message.
    pub async fn message(&self, workspace: WorkspaceId, id: MessageId) -> Result<Message> {
        let mut messages = self.messages_by_id(workspace, &[id]).await?;
        messages.pop().ok_or(Error::NotFound { what: "message" })
    }

    /// Messages by id, in no order; unknown ids are absent.
    pub(crate) async fn messages_by_id(&self, workspace: WorkspaceId, ids: &[MessageId]) -> Result<Vec<Message>> {
        let args = Args::new().uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids.iter().map(|id| id.uuid()));
        self.db.fetch(&sql::message_by_id, args).await?.iter().map(read).collect()
    }
}

fn read(row: &Row) -> Result<Message> {
    let mut row = row.read("message");
    let mut message = Message {
        id: row.id("id")?,
        token: row.id("token")?,
        seq: row.number("seq")?,
        n: 0,
        program: row.id("program")?,
        version: row.id("version")?,
        node: row.name("node")?,
        stream: row.name("stream")?,
        stream_version: row.opt_id("stream_version")?,
        class: row.word("class")?,
        contact: row.id("contact")?,
        event: row.id("event")?,
        recipient: row.text("recipient")?,
        message_id: row.text("message_id")?,
        purpose: row.json("purpose")?,
        status: row.word("state")?,
        reason: None,
        subject: None,
        reply: None,
        attempt: 0,
        due_at: Time::UNIX_EPOCH,
        queued_at: Time::UNIX_EPOCH,
        settled_at: None,
        unknown_at: None,
        hand_overs: 0,
        unknowns: 0,
    };
    if row.get::<bool>("handing")? && message.status == MessageStatus::Leased {
        message.status = MessageStatus::HandingOver;
    }
    message.reason = row.opt_reason("reason")?;
    message.subject = row.opt_text("subject")?;
    message.reply = row.opt_text("reply")?;
    message.attempt = row.number("attempt")?;
    message.due_at = row.time("due_at")?;
    message.queued_at = row.time("queued_at")?;
    message.settled_at = row.opt_time("settled_at")?;
    message.unknown_at = row.opt_time("unknown_at")?;
    message.hand_overs = row.number("hand_overs")?;
    message.unknowns = row.number("unknowns")?;
    message.n = row.number("n")?;
    Ok(message)
}

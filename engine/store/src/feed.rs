//! The live feed: what happens now, on all nodes.

use program::{ContactId, MessageId, NodeId, ProgramId, Time, TokenId, TraceStep, WorkspaceId};

use crate::{MessageStatus, Result, Store, args::Args, sql, trace};

/// The most steps, and the most messages, of one call.
const MAX_FEED: u32 = 1_000;

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
        let args = || Args::new().uuid(workspace.uuid()).time(since).int(i64::from(limit.clamp(1, MAX_FEED)));
        let mut items = Vec::new();
        for row in self.db.fetch(&sql::trace_feed, args()).await? {
            let mut row = row.read("trace");
            let token = row.id("token")?;
            let step = trace::step(&mut row)?;
            let (program, contact) = (row.id("program")?, row.id("contact")?);
            items.push(FeedItem { at: step.at, program, token, contact, kind: FeedKind::Step(step) });
        }
        for row in self.db.fetch(&sql::message_feed, args()).await? {
            let mut row = row.read("message");
            let id = row.id("id")?;
            let at = row.time("settled_at")?;
            let (program, token, contact) = (row.id("program")?, row.id("token")?, row.id("contact")?);
            let kind = FeedKind::Message { id, node: row.name("node")?, status: row.word("state")? };
            items.push(FeedItem { at, program, token, contact, kind });
        }
        items.sort_by_key(|item| item.at);
        Ok(items)
    }
}

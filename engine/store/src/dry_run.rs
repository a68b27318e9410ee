//! Reads what a dry run needs: events as they came in, and what a program did with them.

use program::{ContactId, EventId, EventType, NodeId, Object, Port, ProgramId, Time, WorkspaceId};
use uuid::Uuid;

use crate::{Contact, Result, Store, args::Args, contacts, page::ROOM, sql};

/// A span of time, from its first moment up to, but without, its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First moment.
    pub from: Time,
    /// The moment after the last.
    pub to: Time,
}

/// An event that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct PastEvent {
    /// Its id; ids grow with the time of coming in.
    pub id: EventId,
    /// Whose.
    pub contact: ContactId,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// When it came in.
    pub received_at: Time,
}

/// A mail that a program asked for, whatever became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastMail {
    /// Id of the message.
    pub id: Uuid,
    /// To whom.
    pub contact: ContactId,
    /// Which node asked.
    pub node: NodeId,
    /// When.
    pub at: Time,
}

/// How many tokens left a node by a port.
#[derive(Clone, Debug, PartialEq)]
pub struct PastBranch {
    /// Which node.
    pub node: NodeId,
    /// By which port.
    pub port: Port,
    /// How many.
    pub n: u64,
}

/// The smallest UUIDv7 of a millisecond.
fn first_id(at: Time) -> Uuid {
    Uuid::from_u128(u128::from(at.timestamp_millis().max(0).cast_unsigned()) << 80)
}

/// When a UUIDv7 was drawn.
fn drawn(id: Uuid) -> Time {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or_default();
    Time::from_timestamp_millis(millis).unwrap_or_default()
}

impl Span {
    /// The ids of this span that stand behind the last one read.
    fn args(self, workspace: WorkspaceId, after: Option<Uuid>) -> Args {
        Args::new().uuid(workspace.uuid()).uuid(after.unwrap_or_else(|| first_id(self.from))).uuid(first_id(self.to))
    }
}

impl Store {
    /// How many events of these types came in, counted up to `most`.
    pub async fn count_past_events(
        &self,
        workspace: WorkspaceId,
        span: Span,
        types: &[EventType],
        most: u32,
    ) -> Result<u64> {
        let args =
            span.args(workspace, None).int(i64::from(most)).texts(types.iter().map(|name| name.as_str().to_owned()));
        let rows = self.db.fetch(&sql::dry_run_count, args).await?;
        rows.first().map_or(Ok(0), |row| row.read("event").number("count"))
    }

    /// Further events of these types, in the order in which they came in: at most `limit`, fewer where they are large, none
    /// only behind the last one.
    pub async fn past_events(
        &self,
        workspace: WorkspaceId,
        span: Span,
        types: &[EventType],
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<PastEvent>> {
        let args = span.args(workspace, after.map(EventId::uuid)).int(i64::from(limit));
        let args = args.texts(types.iter().map(|name| name.as_str().to_owned()));
        let rows = self.db.fetch_page(&sql::dry_run_event, args, ROOM).await?;
        let read = |row: &crate::row::Row| {
            let mut row = row.read("event");
            Ok(PastEvent {
                id: row.id("id")?,
                contact: row.id("contact")?,
                event: row.name("type")?,
                data: row.json("data")?,
                received_at: row.time("received_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// A page of the mails that a program asked for, in the order in which it did.
    pub async fn past_mails(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        span: Span,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<PastMail>> {
        let args = span.args(workspace, after).uuid(program.uuid()).int(i64::from(limit));
        let rows = self.db.fetch(&sql::dry_run_message, args).await?;
        let read = |row: &crate::row::Row| {
            let mut row = row.read("message");
            let id = row.get::<Uuid>("id")?;
            Ok(PastMail { id, contact: row.id("contact")?, node: row.name("node")?, at: drawn(id) })
        };
        rows.iter().map(read).collect()
    }

    /// Which way the tokens of a program went.
    pub async fn past_branches(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        span: Span,
    ) -> Result<Vec<PastBranch>> {
        let args = Args::new().uuid(workspace.uuid()).time(span.from).time(span.to).uuid(program.uuid());
        let rows = self.db.fetch(&sql::dry_run_branch, args).await?;
        let read = |row: &crate::row::Row| {
            let mut row = row.read("trace");
            Ok(PastBranch { node: row.name("node")?, port: Port::new(row.text("detail")?), n: row.number("count")? })
        };
        rows.iter().map(read).collect()
    }

    /// What is to be kept of contacts by id, in no order; unknown ids are absent. One is in memory at a time: each may be
    /// large.
    pub async fn contacts_by_id<T>(
        &self,
        workspace: WorkspaceId,
        ids: &[ContactId],
        keep: impl Fn(Contact) -> T,
    ) -> Result<Vec<T>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let args = Args::new().uuids(ids.iter().map(|_| workspace.uuid())).uuids(ids.iter().map(|id| id.uuid()));
        let read = |row: crate::row::Row| contacts::read(&row).map(&keep);
        self.db.fetch_kept(&sql::contact_by_id, args, usize::MAX, read).await?.into_iter().collect()
    }
}

//! What an installation knows, for authors of programs: live definitions, and a bounded look at recent data. Only what
//! is derived from a row is kept, because any row may be a megabyte.

use program::{ContactId, EventType, Object, Program, Stream, WorkspaceId};

use crate::{Result, Store, args::Args, contacts, page::ROOM, row::Row, sql, streams};

/// The most streams that are shown.
const STREAMS: i64 = 500;

impl Store {
    /// A part of each live program, in its current version.
    pub async fn live_programs<T>(&self, workspace: WorkspaceId, keep: impl Fn(Program) -> T) -> Result<Vec<T>> {
        let read = |row: Row| row.read("program_version").from("body").json("body").map(&keep);
        let args = Args::new().uuid(workspace.uuid());
        self.db.fetch_kept(&sql::program_live, args, usize::MAX, read).await?.into_iter().collect()
    }

    /// A part of each of the newest streams, 500 at most, in its current version.
    pub async fn newest_streams<T>(&self, workspace: WorkspaceId, keep: impl Fn(Stream) -> T) -> Result<Vec<T>> {
        let read = |row: Row| streams::read(&row).map(|(_, stream)| keep(stream));
        let args = Args::new().uuid(workspace.uuid()).uuid(uuid::Uuid::max()).int(STREAMS);
        self.db.fetch_kept(&sql::stream_list, args, usize::MAX, read).await?.into_iter().collect()
    }

    /// Shows types, contacts and payloads of the newest events of all types; fewer if they are large. This is one read
    /// of a range of the primary key. The newest events of one type would cost a read of all events.
    pub async fn newest_events(
        &self,
        workspace: WorkspaceId,
        most: u32,
        mut look: impl FnMut(EventType, ContactId, Object),
    ) -> Result<()> {
        let read = |row: Row| {
            let mut row = row.read("event").from("contact");
            let contact = row.id("contact")?;
            look(row.name("type")?, contact, row.json("data")?);
            Ok(())
        };
        let args = Args::new().uuid(workspace.uuid()).int(i64::from(most));
        self.db.fetch_kept(&sql::event_newest, args, ROOM, read).await?.into_iter().collect()
    }

    /// Shows the attributes of the newest contacts; fewer if they are large.
    pub async fn newest_contacts(&self, workspace: WorkspaceId, most: u32, mut look: impl FnMut(Object)) -> Result<()> {
        let read = |row: Row| contacts::read(&row).map(|contact| look(contact.attributes));
        let args = Args::new().uuid(workspace.uuid()).uuid(uuid::Uuid::max()).int(i64::from(most)).bool(None::<bool>);
        self.db.fetch_kept(&sql::contact_list, args, ROOM, read).await?.into_iter().collect()
    }
}

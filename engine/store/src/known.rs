//! What an installation knows, for whoever writes programs: definitions that are live, and a bounded look at what
//! came in lately.

use program::{EventType, Object, Program, Stream, WorkspaceId};

use crate::{Result, Store, args::Args, page::ROOM, sql, streams};

/// The most streams that are told.
const STREAMS: i64 = 500;

impl Store {
    /// The programs that are live, each in its current version.
    pub async fn live_programs(&self, workspace: WorkspaceId) -> Result<Vec<Program>> {
        let rows = self.db.fetch(&sql::program_live, Args::new().uuid(workspace.uuid())).await?;
        rows.iter().map(|row| row.read("program_version").skip(2).json("body")).collect()
    }

    /// The newest streams, 500 at most, each in its current version.
    pub async fn newest_streams(&self, workspace: WorkspaceId) -> Result<Vec<Stream>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(uuid::Uuid::max()).int(STREAMS);
        let rows = self.db.fetch(&sql::stream_list, args).await?;
        rows.iter().map(|row| streams::read(row).map(|(_, stream)| stream)).collect()
    }

    /// Types and payloads of the newest events of all types, fewer where they are large. One read of a range of the
    /// primary key, however many there are: the newest of one type would cost a look at all.
    pub async fn newest_events(&self, workspace: WorkspaceId, most: u32) -> Result<Vec<(EventType, Object)>> {
        let args = Args::new().uuid(workspace.uuid()).int(i64::from(most));
        let rows = self.db.fetch_page(&sql::event_newest, args, ROOM).await?;
        rows.iter()
            .map(|row| {
                let mut row = row.read("event").skip(1);
                Ok((row.name("type")?, row.json("data")?))
            })
            .collect()
    }
}

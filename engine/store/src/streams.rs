//! Mail streams and their versions; export of all definitions.

use program::{Program, Stream, StreamClass, StreamId, StreamName, Time, WorkspaceId};

use crate::{
    Error, FreshIds, Page, Paging, Put, Result, Store, VersionSummary,
    args::Args,
    page::{self, Cursor},
    programs::{self, json, lock},
    row::Row,
    sql,
    words::Word as _,
};

/// A stream in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSummary {
    /// Its id.
    pub id: StreamId,
    /// Its name.
    pub name: StreamName,
    /// Title of the current version.
    pub title: String,
    /// Who may be written to.
    pub class: StreamClass,
    /// The current version.
    pub current: VersionSummary,
    /// When it was made.
    pub created_at: Time,
    /// When it was last put.
    pub updated_at: Time,
}

/// All definitions of a workspace: of programs the latest versions, of streams the current ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    /// Programs, by name.
    pub programs: Vec<Program>,
    /// Streams, by name.
    pub streams: Vec<Stream>,
}

impl Store {
    /// Stores a stream: a new immutable version, current at once, if it differs from the current one.
    /// Its class is fixed: another one gives `Error::Conflict`.
    pub async fn put_stream(
        &self,
        workspace: WorkspaceId,
        fresh: FreshIds,
        stream: &Stream,
        now: Time,
    ) -> Result<Put<StreamId>> {
        let mut tx = self.db.begin().await?;
        lock(&mut tx, workspace).await?;
        let args = Args::new().uuid(workspace.uuid()).text(stream.name.to_string());
        let stored = tx.fetch(&sql::stream_by_name, args).await?.first().map(read).transpose()?;
        let (id, number) = match stored {
            Some((summary, current)) if current == *stream => {
                let (version, number) = (summary.current.id, summary.current.number);
                return Ok(Put { id: summary.id, version, number, changed: false });
            }
            Some((summary, _)) if summary.class != stream.class => {
                let why = format!(
                    "\"{}\" is {} and stays so; give the other one a name of its own",
                    stream.name,
                    summary.class.word()
                );
                return Err(Error::Conflict { what: "stream class", why });
            }
            Some((summary, _)) => (summary.id, summary.current.number + 1),
            None => (StreamId(fresh.id), 1),
        };
        let version = fresh.version;
        let head = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        if number == 1 {
            let args = head.text(stream.name.to_string()).text(stream.class.word().to_owned());
            tx.execute(&sql::stream_insert, args.uuid(version.uuid()).time(now)).await?;
        } else {
            tx.execute(&sql::stream_set_current, head.uuid(version.uuid()).time(now)).await?;
        }
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(version.uuid())
            .uuid(id.uuid())
            .int(i64::from(number))
            .text(json(stream)?)
            .time(now);
        tx.execute(&sql::stream_version_insert, args).await?;
        tx.commit().await?;
        Ok(Put { id, version, number, changed: true })
    }

    /// All streams.
    pub async fn streams(&self, workspace: WorkspaceId, paging: &Paging) -> Result<Page<StreamSummary>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(paging.before()?).int(paging.fetch());
        let rows = self.db.fetch_page(&sql::stream_list, args, page::ROOM).await?;
        let summary = |row: &Row| read(row).map(|(summary, _)| summary);
        page::collect(&rows, paging, summary, |stream| Cursor::Id(stream.id.uuid()))
    }

    /// One stream, by its name, with its current version.
    pub async fn stream(&self, workspace: WorkspaceId, name: &StreamName) -> Result<(StreamSummary, Stream)> {
        let args = Args::new().uuid(workspace.uuid()).text(name.to_string());
        let rows = self.db.fetch(&sql::stream_by_name, args).await?;
        read(rows.first().ok_or(Error::NotFound { what: "stream" })?)
    }

    /// The versions of a stream.
    pub async fn stream_versions(
        &self,
        workspace: WorkspaceId,
        id: StreamId,
        paging: &Paging,
    ) -> Result<Page<VersionSummary>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).int(paging.below()?).int(paging.fetch());
        let rows = self.db.fetch(&sql::stream_version_list, args).await?;
        let read = |row: &Row| {
            let mut row = row.read("stream_version");
            let (id, number, created_at) = (row.id("id")?, row.number("number")?, row.time("created_at")?);
            Ok(VersionSummary { id, number, created_at, published_at: Some(created_at) })
        };
        page::collect(&rows, paging, read, |version| Cursor::Text(version.number.to_string()))
    }

    /// All definitions.
    pub async fn export(&self, workspace: WorkspaceId) -> Result<Export> {
        let mut export = Export::default();
        let all = |page: i64| Args::new().uuid(workspace.uuid()).uuid(uuid::Uuid::max()).int(page);
        for row in self.db.fetch(&sql::program_list, all(i64::MAX).int(None::<i64>)).await? {
            // What is only a draft may be unfinished, and a file that `import` refuses is worth nothing.
            if programs::summary(&row)?.latest.number > 0 {
                export.programs.push(programs::body(&row)?);
            }
        }
        for row in self.db.fetch(&sql::stream_list, all(i64::MAX)).await? {
            export.streams.push(read(&row)?.1);
        }
        export.programs.sort_by(|a, b| a.name.cmp(&b.name));
        export.streams.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(export)
    }
}

pub(crate) fn read(row: &Row) -> Result<(StreamSummary, Stream)> {
    let mut row = row.read("stream");
    let id = row.id("id")?;
    let name = row.name("name")?;
    let class = row.word("class")?;
    let created_at = row.time("created_at")?;
    let updated_at = row.time("updated_at")?;
    let (version, number, made) = (row.id("version")?, row.number("number")?, row.time("created_at")?);
    let current = VersionSummary { id: version, number, created_at: made, published_at: Some(made) };
    let stream: Stream = row.json("body")?;
    let title = stream.title.clone();
    Ok((StreamSummary { id, name, title, class, current, created_at, updated_at }, stream))
}

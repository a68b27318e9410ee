//! Mail streams and their versions; export of all definitions.

use program::{Program, Stream, StreamClass, StreamId, StreamName, Time, VersionId, WorkspaceId};

use crate::{
    Act, Error, FreshIds, Page, Paging, Publishing, Put, Result, Store, VersionSummary,
    args::Args,
    db::{Tx, whole},
    documents::{self, Made, Settled, follow, settle},
    page::{self, Cursor},
    programs,
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
    /// Whether it was put away.
    pub archived: bool,
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
    /// Stores a stream: a new immutable version, live at once, if it differs from the live one.
    /// Its class is fixed: another one gives `Error::Conflict`. A draft that nobody has edited follows the new version;
    /// an edited one is kept.
    pub async fn put_stream(&self, act: Act<'_>, fresh: FreshIds, stream: &Stream) -> Result<Put<StreamId>> {
        whole!(self.db, |tx| put(tx, act, fresh, stream).await)
    }

    /// Makes the draft of this revision the live version. The caller has checked it.
    pub async fn publish_stream(
        &self,
        act: Act<'_>,
        id: StreamId,
        revision: u64,
        fresh: VersionId,
    ) -> Result<Publishing<Put<StreamId>>> {
        let worth = |done: &_| matches!(done, Publishing::Published(_));
        whole!(self.db, |tx| publish(tx, act, id, revision, fresh).await, worth)
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
            let (summary, stream) = read(&row)?;
            if summary.current.number > 0 {
                export.streams.push(stream);
            }
        }
        export.programs.sort_by(|a, b| a.name.cmp(&b.name));
        export.streams.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(export)
    }
}

async fn put(tx: &mut Tx, act: Act<'_>, fresh: FreshIds, stream: &Stream) -> Result<Put<StreamId>> {
    documents::lock(tx, act.workspace).await?;
    let args = Args::new().uuid(act.workspace.uuid()).text(stream.name.to_string());
    let Some((stored, live)) = tx.fetch(&sql::stream_by_name, args).await?.first().map(read).transpose()? else {
        let put = Put { id: StreamId(fresh.id), version: fresh.version, number: 1, changed: true };
        Made { document: put.id, id: put.version, number: put.number, act }.begin(tx, stream).await?;
        return Ok(put);
    };
    let id = stored.id;
    documents::publishable::<Stream>(stored.name.as_str(), stored.archived)?;
    if live == *stream && stored.current.number > 0 {
        return Ok(Put { id, version: stored.current.id, number: stored.current.number, changed: false });
    }
    if stored.current.number > 0 {
        keeps_class(&live, stream)?;
    } else if stored.class != stream.class {
        let args = Args::new().uuid(act.workspace.uuid()).uuid(id.uuid()).text(stream.class.word().to_owned());
        tx.execute(&sql::stream_set_class, args).await?;
    }
    let put = Put { id, version: fresh.version, number: stored.current.number + 1, changed: true };
    Made { document: id, id: put.version, number: put.number, act }.add(tx, stream).await?;
    follow(tx, act, id, put.number, (&live, stream)).await?;
    Ok(put)
}

async fn publish(
    tx: &mut Tx,
    act: Act<'_>,
    id: StreamId,
    revision: u64,
    fresh: VersionId,
) -> Result<Publishing<Put<StreamId>>> {
    documents::lock(tx, act.workspace).await?;
    match settle(tx, act, id, revision, fresh).await? {
        Settled::Stale(head) => Ok(Publishing::Stale(head)),
        Settled::Version { id: version, number, body, was, .. } => {
            if let Some(was) = was {
                keeps_class(&was, &body)?;
            }
            Ok(Publishing::Published(Put { id, version, number, changed: version == fresh }))
        }
    }
}

/// The class of a stream is that of its first version, for ever.
fn keeps_class(was: &Stream, is: &Stream) -> Result<()> {
    if was.class == is.class {
        return Ok(());
    }
    let (name, class) = (&is.name, was.class.word());
    let why = format!("\"{name}\" is {class} and stays so; give the other one a name of its own");
    Err(Error::Conflict { what: "stream class", why })
}

pub(crate) fn read(row: &Row) -> Result<(StreamSummary, Stream)> {
    let mut row = row.read("stream");
    let id = row.id("id")?;
    let name = row.name("name")?;
    let class = row.word("class")?;
    let created_at = row.time("created_at")?;
    let updated_at = row.time("updated_at")?;
    let archived = row.opt_time("archived_at")?.is_some();
    let (version, number, made) = (row.id("version")?, row.number("number")?, row.time("created_at")?);
    let current = VersionSummary { id: version, number, created_at: made, published_at: Some(made) };
    let stream: Stream = row.json("body")?;
    let title = stream.title.clone();
    Ok((StreamSummary { id, name, title, class, current, created_at, updated_at, archived }, stream))
}

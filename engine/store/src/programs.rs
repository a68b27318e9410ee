//! Programs and their versions.

use std::collections::{BTreeSet, HashMap};

use program::{EventType, Program, ProgramId, ProgramName, StreamName, Time, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::{
    Error, Page, Paging, Result, Store, TokenStatus,
    args::Args,
    db::Tx,
    page::{self, Cursor},
    row::{Reader, Row},
    sql,
    words::{Word as _, words},
};

/// Ids for what a put may have to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshIds {
    /// For the program or stream, if it is new.
    pub id: Uuid,
    /// For the version, if it differs from the latest.
    pub version: VersionId,
}

/// What a put led to; `Id` is the program's or the stream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put<Id> {
    /// The program or stream.
    pub id: Id,
    /// The version that holds what was put.
    pub version: VersionId,
    /// Its number, from 1.
    pub number: u32,
    /// Whether anything was written.
    pub changed: bool,
}

/// What a program does with events and with those inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgramState {
    /// Never published.
    Draft,
    /// Its entries start tokens.
    Live,
    /// Its entries start tokens, and all that falls due is held: no step, no mail.
    Paused,
    /// No entry starts a token; those under way go on.
    Finishing,
    /// No entry starts a token, and those inside were taken out, which can be taken back.
    Stopped,
    /// Put away: no entry starts a token, and lists may leave it out.
    Archived,
}

words! {
    ProgramState: Draft "draft", Live "live", Paused "paused", Finishing "finishing", Stopped "stopped",
        Archived "archived";
}

/// A program in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramSummary {
    /// Its id.
    pub id: ProgramId,
    /// Its name.
    pub name: ProgramName,
    /// Title of the latest version.
    pub title: String,
    /// Description of the latest version.
    pub description: String,
    /// What it does with events and with those inside.
    pub state: ProgramState,
    /// The published version, if any.
    pub current: Option<VersionSummary>,
    /// The latest version.
    pub latest: VersionSummary,
    /// When it was made.
    pub created_at: Time,
    /// When it was last put, published or paused.
    pub updated_at: Time,
}

/// A version of a program or stream, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionSummary {
    /// Its id.
    pub id: VersionId,
    /// Its number, from 1.
    pub number: u32,
    /// When it was made.
    pub created_at: Time,
    /// When it was first published, if it was. Streams publish at once.
    pub published_at: Option<Time>,
}

/// A version of a program in the list of them, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramVersion {
    /// Its id.
    pub id: VersionId,
    /// Its number, from 1.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Who made it, if that is known.
    pub author: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it was first published, if it was.
    pub published_at: Option<Time>,
}

impl Store {
    /// Makes a version that is there the current one, and the program live unless somebody paused, finished or
    /// stopped it. An archived one gives `Error::Conflict`.
    pub async fn publish(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        version: VersionId,
        now: Time,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        lock(&mut tx, workspace).await?;
        let args = Args::new().uuid(workspace.uuid()).uuid(version.uuid());
        let rows = tx.fetch(&sql::program_version_get, args).await?;
        let mut row = rows.first().ok_or(Error::NotFound { what: "program version" })?.read("program_version").skip(1);
        if row.id::<ProgramId>("program")? != program {
            return Err(Error::NotFound { what: "program version" });
        }
        let body: Program = row.json("body")?;
        let (stored, _) = find(&mut tx, workspace, program).await?;
        if let Err(error) = publishable(&stored) {
            return Err(tx.fail(error).await);
        }
        make_current(&mut tx, workspace, program, version, (&body, now)).await?;
        tx.commit().await
    }

    /// Puts a program away: no event enters it any more; those inside go on in their versions, but for what a pause
    /// or a stop has set aside, which stays there.
    pub async fn archive_program(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<()> {
        self.change_state(workspace, program, now, |_| Ok(ProgramState::Archived)).await
    }

    /// Takes a program out of the archive, paused, so that nobody enters before somebody says so; one that was
    /// never published is a draft again. One that is not archived stays as it is.
    pub async fn unarchive_program(&self, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<()> {
        self.change_state(workspace, program, now, |stored| {
            Ok(match (stored.state, &stored.current) {
                (ProgramState::Archived, Some(_)) => ProgramState::Paused,
                (ProgramState::Archived, None) => ProgramState::Draft,
                (state, _) => state,
            })
        })
        .await
    }

    pub(crate) async fn change_state(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        now: Time,
        next: impl Fn(&ProgramSummary) -> Result<ProgramState>,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        lock(&mut tx, workspace).await?;
        let stored = find(&mut tx, workspace, program).await?.0;
        let state = next(&stored)?;
        put_state(&mut tx, workspace, &stored, state, now).await?;
        tx.commit().await
    }

    /// All programs, or those that are archived, or those that are not.
    pub async fn programs(
        &self,
        workspace: WorkspaceId,
        archived: Option<bool>,
        paging: &Paging,
    ) -> Result<Page<ProgramSummary>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(paging.before()?).int(paging.fetch());
        let args = args.int(archived.map(i64::from));
        let rows = self.db.fetch_page(&sql::program_list, args, page::ROOM).await?;
        page::collect(&rows, paging, summary, |program| Cursor::Id(program.id.uuid()))
    }

    /// One program.
    pub async fn program(&self, workspace: WorkspaceId, id: ProgramId) -> Result<ProgramSummary> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        let rows = self.db.fetch(&sql::program_by_id, args).await?;
        summary(rows.first().ok_or(Error::NotFound { what: "program" })?)
    }

    /// One program, by its name.
    pub async fn program_by_name(&self, workspace: WorkspaceId, name: &ProgramName) -> Result<ProgramSummary> {
        let args = Args::new().uuid(workspace.uuid()).text(name.to_string());
        let rows = self.db.fetch(&sql::program_by_name, args).await?;
        summary(rows.first().ok_or(Error::NotFound { what: "program" })?)
    }

    /// The versions of a program.
    pub async fn program_versions(
        &self,
        workspace: WorkspaceId,
        id: ProgramId,
        paging: &Paging,
    ) -> Result<Page<ProgramVersion>> {
        let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).int(paging.below()?).int(paging.fetch());
        let rows = self.db.fetch_page(&sql::program_version_list, args, page::ROOM).await?;
        page::collect(&rows, paging, listed, |version| Cursor::Text(version.number.to_string()))
    }

    /// A version of a program. Immutable, so callers may cache it.
    pub async fn version_program(&self, workspace: WorkspaceId, version: VersionId) -> Result<Program> {
        let args = Args::new().uuid(workspace.uuid()).uuid(version.uuid());
        let rows = self.db.fetch(&sql::program_version_get, args).await?;
        let row = rows.first().ok_or(Error::NotFound { what: "program version" })?;
        row.read("program_version").skip(2).json("body")
    }
}

/// The event types that start tokens of a program, each once.
pub(crate) fn entries(program: &Program) -> BTreeSet<EventType> {
    program.entry_events().cloned().collect()
}

/// Definitions change one after the other.
pub(crate) async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    let rows = tx.fetch(&sql::workspace_lock, Args::new().uuid(workspace.uuid())).await?;
    if rows.is_empty() { Err(Error::NotFound { what: "workspace" }) } else { Ok(()) }
}

pub(crate) fn json<T: serde::Serialize>(definition: &T) -> Result<String> {
    serde_json::to_string(definition).map_err(|error| Error::Invalid { field: "definition", why: error.to_string() })
}

/// Writes a state, if it is another one.
pub(crate) async fn put_state(
    tx: &mut Tx,
    workspace: WorkspaceId,
    stored: &ProgramSummary,
    state: ProgramState,
    now: Time,
) -> Result<()> {
    if stored.state == state {
        return Ok(());
    }
    let args = Args::new().uuid(workspace.uuid()).uuid(stored.id.uuid()).text(state.word().to_owned()).time(now);
    tx.execute(&sql::program_set_state, args).await?;
    tx.execute(&sql::routing_bump, Args::new().uuid(workspace.uuid())).await.map(drop)
}

/// A program and the body of its latest version.
pub(crate) async fn find(tx: &mut Tx, workspace: WorkspaceId, id: ProgramId) -> Result<(ProgramSummary, Program)> {
    let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
    let rows = tx.fetch(&sql::program_by_id, args).await?;
    let row = rows.first().ok_or(Error::NotFound { what: "program" })?;
    Ok((summary(row)?, body(row)?))
}

/// A version about to be written.
pub(crate) struct Made<'a> {
    pub(crate) program: ProgramId,
    pub(crate) id: VersionId,
    pub(crate) number: u32,
    pub(crate) author: Option<&'a str>,
    pub(crate) now: Time,
}

impl Made<'_> {
    /// The first version of a new program.
    pub(crate) async fn begin(self, tx: &mut Tx, workspace: WorkspaceId, body: &Program) -> Result<()> {
        let head = Args::new().uuid(workspace.uuid()).uuid(self.program.uuid());
        let args = head.text(body.name.to_string()).uuid(self.id.uuid()).time(self.now);
        tx.execute(&sql::program_insert, args).await?;
        self.write(tx, workspace, body).await
    }

    /// A further version.
    pub(crate) async fn add(self, tx: &mut Tx, workspace: WorkspaceId, body: &Program) -> Result<()> {
        let head = Args::new().uuid(workspace.uuid()).uuid(self.program.uuid());
        tx.execute(&sql::program_set_latest, head.uuid(self.id.uuid()).time(self.now)).await?;
        self.write(tx, workspace, body).await
    }

    async fn write(self, tx: &mut Tx, workspace: WorkspaceId, body: &Program) -> Result<()> {
        let args = Args::new()
            .uuid(workspace.uuid())
            .uuid(self.id.uuid())
            .uuid(self.program.uuid())
            .int(i64::from(self.number))
            .text(json(body)?)
            .time(self.now)
            .text(self.author.map(str::to_owned));
        tx.execute(&sql::program_version_insert, args).await.map(drop)
    }
}

/// Refuses to publish what was put away: whoever did so decides when it comes back. Every way to publish asks this.
pub(crate) fn publishable(program: &ProgramSummary) -> Result<()> {
    if program.state != ProgramState::Archived {
        return Ok(());
    }
    let why = format!("\"{}\" is archived; take it out of the archive first, then publish", program.name);
    Err(Error::Conflict { what: "program state", why })
}

/// Publishes: from the commit on, events enter this version. The caller has asked [`publishable`].
pub(crate) async fn make_current(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ProgramId,
    version: VersionId,
    (program, now): (&Program, Time),
) -> Result<()> {
    let wanted: BTreeSet<&StreamName> =
        program.nodes.values().filter_map(|node| node.kind.as_kind().stream()).collect();
    let args = Args::new().uuid(workspace.uuid()).texts(wanted.iter().map(|name| name.to_string()));
    let mut known: BTreeSet<StreamName> = BTreeSet::new();
    for row in tx.fetch(&sql::stream_head, args).await? {
        known.insert(row.read("stream").skip(1).name("name")?);
    }
    let missing: Vec<_> = wanted.into_iter().filter(|name| !known.contains(*name)).map(StreamName::as_str).collect();
    if !missing.is_empty() {
        let why = format!("no mail stream is called {}; put it first", missing.join(", "));
        return Err(Error::Invalid { field: "stream", why });
    }
    let events = entries(program).into_iter().map(|event| event.as_str().to_owned());
    let args = Args::new().uuid(workspace.uuid()).time(now).texts(events);
    tx.execute(&sql::event_type_register, args).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(version.uuid()).time(now);
    tx.execute(&sql::program_version_published, args).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).uuid(version.uuid()).time(now);
    tx.execute(&sql::program_publish, args).await?;
    tx.execute(&sql::routing_bump, Args::new().uuid(workspace.uuid())).await.map(drop)
}

fn listed(row: &Row) -> Result<ProgramVersion> {
    // The rest of the body is read over.
    #[derive(serde::Deserialize)]
    struct Head {
        title: String,
    }
    let mut row = row.read("program_version");
    let VersionSummary { id, number, created_at, published_at } = version(&mut row)?;
    let author = row.opt_text("author")?;
    let Head { title } = row.json("body")?;
    Ok(ProgramVersion { id, number, title, author, created_at, published_at })
}

fn version(row: &mut Reader<'_>) -> Result<VersionSummary> {
    Ok(VersionSummary {
        id: row.id("id")?,
        number: row.number("number")?,
        created_at: row.time("created_at")?,
        published_at: row.opt_time("published_at")?,
    })
}

pub(crate) fn summary(row: &Row) -> Result<ProgramSummary> {
    let mut row = row.read("program");
    let id = row.id("id")?;
    let name = row.name("name")?;
    let state = row.word("state")?;
    let created_at = row.time("created_at")?;
    let updated_at = row.time("updated_at")?;
    // Four columns of the current version, all empty where there is none.
    let current = match row.opt_id("current")? {
        Some(id) => Some(VersionSummary {
            id,
            number: row.number("number")?,
            created_at: row.time("created_at")?,
            published_at: row.opt_time("published_at")?,
        }),
        None => {
            row = row.skip(3);
            None
        }
    };
    let latest = version(&mut row)?;
    let program: Program = row.json("body")?;
    let (title, description) = (program.title, program.description);
    Ok(ProgramSummary { id, name, title, description, state, current, latest, created_at, updated_at })
}

/// The latest version, which is the last column of every summary.
pub(crate) fn body(row: &Row) -> Result<Program> {
    row.read("program_version").skip(13).json("body")
}

/// Which of these programs hold, and what their tokens become. They go on doing so until this transaction ends.
pub(crate) async fn holding(
    tx: &mut Tx,
    programs: impl Iterator<Item = (WorkspaceId, ProgramId)>,
) -> Result<HashMap<(WorkspaceId, ProgramId), TokenStatus>> {
    let programs: BTreeSet<_> = programs.collect();
    if programs.is_empty() {
        return Ok(HashMap::new());
    }
    let args = Args::new()
        .uuids(programs.iter().map(|(workspace, _)| workspace.uuid()))
        .uuids(programs.iter().map(|(_, program)| program.uuid()));
    let rows = tx.fetch(&sql::program_holding, args).await?;
    let read = |row: &Row| {
        let mut row = row.read("program");
        Ok(((row.id("workspace")?, row.id("id")?), row.word("holds")?))
    };
    rows.iter().map(read).collect()
}

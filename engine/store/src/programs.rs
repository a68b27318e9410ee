//! Programs and their versions.

use std::collections::{BTreeSet, HashMap};

use crate::{
    Error, Page, Paging, Result, Store, TokenStatus,
    args::Args,
    awaits,
    db::{Tx, whole},
    documents,
    page::{self, Cursor},
    row::{Reader, Row},
    sql,
    words::{Word as _, words},
};
use program::{EventType, Program, ProgramId, ProgramName, StreamName, Time, VersionId, WorkspaceId};

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
        whole!(self.db, |tx| {
            documents::lock(tx, workspace).await?;
            let args = Args::new().uuid(workspace.uuid()).uuid(version.uuid());
            let rows = tx.fetch(&sql::PROGRAM.version_get, args).await?;
            let row = rows.first().ok_or(Error::NotFound { what: "program version" })?;
            let mut row = row.read("program_version").from("program");
            if row.id::<ProgramId>("program")? != program {
                return Err(Error::NotFound { what: "program version" });
            }
            let body: Program = row.json("body")?;
            let (stored, _) = find(tx, workspace, program).await?;
            documents::publishable::<Program>(stored.name.as_str(), stored.state == ProgramState::Archived)?;
            make_current(tx, workspace, now, Current { id: program, version, program: &body }).await
        })
    }

    pub(crate) async fn change_state(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        now: Time,
        next: impl Fn(&ProgramSummary) -> Result<ProgramState>,
    ) -> Result<()> {
        whole!(self.db, |tx| {
            documents::lock(tx, workspace).await?;
            let stored = find(tx, workspace, program).await?.0;
            let state = next(&stored)?;
            put_state(tx, workspace, &stored, state, now).await
        })
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
}

/// The event types that start tokens of a program, each once.
pub(crate) fn entries(program: &Program) -> BTreeSet<EventType> {
    program.entry_events().cloned().collect()
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

/// A version that goes live.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current<'a> {
    pub(crate) id: ProgramId,
    pub(crate) version: VersionId,
    pub(crate) program: &'a Program,
}

/// Publishes: from the commit on, events enter this version. The caller has asked [`documents::publishable`].
pub(crate) async fn make_current(tx: &mut Tx, workspace: WorkspaceId, now: Time, current: Current<'_>) -> Result<()> {
    let Current { id, version, program } = current;
    let wanted: BTreeSet<&StreamName> =
        program.nodes.values().filter_map(|node| node.kind.as_kind().stream()).collect();
    let args = Args::new().uuid(workspace.uuid()).texts(wanted.iter().map(|name| name.to_string()));
    let mut known: BTreeSet<StreamName> = BTreeSet::new();
    for row in tx.fetch(&sql::stream_head, args).await? {
        known.insert(row.read("stream").from("name").name("name")?);
    }
    let missing: Vec<_> = wanted.into_iter().filter(|name| !known.contains(*name)).map(StreamName::as_str).collect();
    if !missing.is_empty() {
        let why = format!("no mail stream is called {}; put it first", missing.join(", "));
        return Err(Error::Invalid { field: "stream", why });
    }
    awaits::expect(tx, workspace, program).await?;
    let awaited = program.awaited_events().into_iter().cloned();
    let events = entries(program).into_iter().chain(awaited).collect::<BTreeSet<EventType>>();
    let events = events.into_iter().map(|event| event.as_str().to_owned());
    let args = Args::new().uuid(workspace.uuid()).time(now).texts(events);
    tx.execute(&sql::event_type_register, args).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(version.uuid()).time(now);
    tx.execute(&sql::program_version_published, args).await?;
    let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid()).uuid(version.uuid()).time(now);
    tx.execute(&sql::program_publish, args).await?;
    tx.execute(&sql::routing_bump, Args::new().uuid(workspace.uuid())).await.map(drop)
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
    let current = (row.opt_id("current")?, row.opt_number("number")?, row.opt_time("created_at")?);
    let published_at = row.opt_time("published_at")?;
    let current = match current {
        (Some(id), Some(number), Some(created_at)) => Some(VersionSummary { id, number, created_at, published_at }),
        _ => None,
    };
    let latest = version(&mut row)?;
    let program: Program = row.json("body")?;
    let (title, description) = (program.title, program.description);
    Ok(ProgramSummary { id, name, title, description, state, current, latest, created_at, updated_at })
}

/// The latest version, which is the last column of every summary.
pub(crate) fn body(row: &Row) -> Result<Program> {
    row.read("program_version").from("body").json("body")
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

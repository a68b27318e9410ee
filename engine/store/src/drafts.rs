//! Drafts: what somebody edits beside the versions. A revision keeps two editors from overwriting each other.

use program::{Program, ProgramId, ProgramName, Time, VersionId, WorkspaceId};

use crate::{
    Error, FreshIds, ProgramSummary, Result, Store,
    args::Args,
    db::Tx,
    programs::{self, Made},
    row::Row,
    sql,
};

/// A draft; the latest version where none was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Of which program.
    pub id: ProgramId,
    /// What it holds.
    pub program: Program,
    /// Which state of it, and whose.
    pub head: DraftHead,
    /// Number of the version that it began as; none where there was none.
    pub base: Option<u32>,
    /// Number of the latest version; none where there is none.
    pub latest: Option<u32>,
    /// Whether it differs from the current version, or there is none.
    pub changed: bool,
}

/// The state of a draft, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftHead {
    /// Counts the saves; 0 where none was saved.
    pub revision: u64,
    /// When it was saved.
    pub saved_at: Time,
    /// Who saved it, if that is known.
    pub saved_by: Option<String>,
}

/// What became of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// It is the draft now.
    Saved(DraftHead),
    /// Nothing was written: somebody saved this since.
    Stale(DraftHead),
}

/// How a save expects to find the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Not there; otherwise `Error::Conflict`.
    Absent,
    /// With a draft of this revision. A program that is not there has revision 0.
    Revision(u64),
}

impl Store {
    /// The draft of a program.
    pub async fn draft(&self, workspace: WorkspaceId, id: ProgramId) -> Result<Draft> {
        let args = || Args::new().uuid(workspace.uuid()).uuid(id.uuid());
        let rows = self.db.fetch(&sql::program_by_id, args()).await?;
        let row = rows.first().ok_or(Error::NotFound { what: "program" })?;
        let (summary, latest) = (programs::summary(row)?, programs::body(row)?);
        let stored = self.db.fetch(&sql::draft_get, args()).await?;
        let mut draft = read(&summary, latest, stored.first())?;
        draft.changed = match &summary.current {
            Some(current) => self.version_program(workspace, current.id).await? != draft.program,
            None => true,
        };
        Ok(draft)
    }

    /// Saves a draft under the name that it holds. A name that is not there yet becomes a program without versions.
    pub async fn save_draft(
        &self,
        workspace: WorkspaceId,
        fresh: FreshIds,
        (draft, expected): (&Program, Expected),
        author: Option<&str>,
        now: Time,
    ) -> Result<Saving> {
        let mut tx = self.db.begin().await?;
        match save(&mut tx, workspace, fresh, (draft, expected), (author, now)).await {
            Ok(saved @ Saving::Saved(_)) => tx.commit().await.map(|()| saved),
            Ok(stale) => tx.rollback().await.map(|()| stale),
            Err(error) => Err(tx.fail(error).await),
        }
    }

    /// Lets the edits go: the draft is the current version again, or the latest where none is current.
    pub async fn reset_draft(
        &self,
        workspace: WorkspaceId,
        id: ProgramId,
        author: Option<&str>,
        now: Time,
    ) -> Result<DraftHead> {
        let mut tx = self.db.begin().await?;
        programs::lock(&mut tx, workspace).await?;
        let (summary, latest) = programs::find(&mut tx, workspace, id).await?;
        let body = match &summary.current {
            Some(current) if current.id != summary.latest.id => version(&mut tx, workspace, current.id).await?,
            _ => latest,
        };
        let back = summary.current.as_ref().unwrap_or(&summary.latest).number;
        if back == 0 {
            let why = "the program has no version yet that it could go back to".into();
            return Err(tx.fail(Error::Conflict { what: "draft", why }).await);
        }
        let stored = load(&mut tx, workspace, id).await?;
        let head = DraftHead {
            revision: stored.map_or(0, |row| row.head.revision) + 1,
            saved_at: now,
            saved_by: author.map(str::to_owned),
        };
        write(&mut tx, workspace, id, &body, (&head, Some(back))).await?;
        tx.commit().await?;
        Ok(head)
    }
}

async fn save(
    tx: &mut Tx,
    workspace: WorkspaceId,
    fresh: FreshIds,
    (draft, expected): (&Program, Expected),
    (author, now): (Option<&str>, Time),
) -> Result<Saving> {
    programs::lock(tx, workspace).await?;
    let args = Args::new().uuid(workspace.uuid()).text(draft.name.to_string());
    let rows = tx.fetch(&sql::program_by_name, args).await?;
    let Some(row) = rows.first() else {
        if matches!(expected, Expected::Revision(1..)) {
            return Err(Error::NotFound { what: "program" });
        }
        let id = ProgramId(fresh.id);
        Made { program: id, id: fresh.version, number: 0, author, now }.begin(tx, workspace, draft).await?;
        let head = DraftHead { revision: 1, saved_at: now, saved_by: author.map(str::to_owned) };
        write(tx, workspace, id, draft, (&head, None)).await?;
        return Ok(Saving::Saved(head));
    };
    let Expected::Revision(expected) = expected else { return Err(taken(&draft.name)) };
    let summary = programs::summary(row)?;
    let latest = (summary.latest.number > 0).then_some(summary.latest.number);
    let stored = load(tx, workspace, summary.id).await?;
    let (head, base) = match stored {
        Some(stored) => (stored.head, stored.base),
        None => (DraftHead { revision: 0, saved_at: summary.latest.created_at, saved_by: None }, latest),
    };
    if head.revision != expected {
        return Ok(Saving::Stale(head));
    }
    let head = DraftHead { revision: expected + 1, saved_at: now, saved_by: author.map(str::to_owned) };
    write(tx, workspace, summary.id, draft, (&head, base)).await?;
    let head_of = |id: uuid::Uuid| Args::new().uuid(workspace.uuid()).uuid(id);
    if latest.is_none() {
        let args = head_of(summary.latest.id.uuid()).text(programs::json(draft)?);
        tx.execute(&sql::program_draft_version, args).await?;
    }
    tx.execute(&sql::program_touch, head_of(summary.id.uuid()).time(now)).await?;
    Ok(Saving::Saved(head))
}

fn taken(name: &ProgramName) -> Error {
    Error::Conflict { what: "program", why: format!("\"{name}\" is there already; take another name") }
}

/// A new version came past the draft. One that nobody has edited follows it, so that the next editor begins with what
/// is there; where there is none yet, one is made, so that an editor who is at work is told.
pub(crate) async fn follow(
    tx: &mut Tx,
    workspace: WorkspaceId,
    before: &ProgramSummary,
    (was, is): (&Program, &Program),
    (author, now): (Option<&str>, Time),
) -> Result<()> {
    let stored = load(tx, workspace, before.id).await?;
    let number = before.latest.number + 1;
    let revision = match &stored {
        Some(draft) if draft.program == *is => draft.head.revision,
        Some(draft) if before.latest.number > 0 && draft.program == *was => draft.head.revision,
        Some(_) => return Ok(()),
        None => 0,
    };
    let head = DraftHead { revision: revision + 1, saved_at: now, saved_by: author.map(str::to_owned) };
    write(tx, workspace, before.id, is, (&head, Some(number))).await
}

/// A stored draft.
pub(crate) struct Stored {
    pub(crate) program: Program,
    pub(crate) head: DraftHead,
    pub(crate) base: Option<u32>,
}

pub(crate) async fn load(tx: &mut Tx, workspace: WorkspaceId, id: ProgramId) -> Result<Option<Stored>> {
    let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
    tx.fetch(&sql::draft_get, args).await?.first().map(stored).transpose()
}

pub(crate) async fn write(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ProgramId,
    body: &Program,
    (head, base): (&DraftHead, Option<u32>),
) -> Result<()> {
    let args = Args::new()
        .uuid(workspace.uuid())
        .uuid(id.uuid())
        .text(programs::json(body)?)
        .int(i64::try_from(head.revision).unwrap_or(i64::MAX))
        .int(base.map(i64::from))
        .time(head.saved_at)
        .text(head.saved_by.clone());
    tx.execute(&sql::draft_put, args).await.map(drop)
}

/// The body of a version.
pub(crate) async fn version(tx: &mut Tx, workspace: WorkspaceId, id: VersionId) -> Result<Program> {
    let args = Args::new().uuid(workspace.uuid()).uuid(id.uuid());
    let rows = tx.fetch(&sql::program_version_get, args).await?;
    let row = rows.first().ok_or(Error::NotFound { what: "program version" })?;
    row.read("program_version").skip(2).json("body")
}

fn stored(row: &Row) -> Result<Stored> {
    let mut row = row.read("program_draft").skip(1);
    let revision = row.number("revision")?;
    let base = match row.get::<Option<i64>>("base")? {
        Some(base) => Some(u32::try_from(base).map_err(|error| row.corrupt("base", error))?),
        None => None,
    };
    let head = DraftHead { revision, saved_at: row.time("saved_at")?, saved_by: row.opt_text("saved_by")? };
    Ok(Stored { program: row.json("body")?, head, base })
}

/// What a caller is given; `changed` is theirs to find out.
pub(crate) fn read(summary: &ProgramSummary, latest: Program, row: Option<&Row>) -> Result<Draft> {
    let number = (summary.latest.number > 0).then_some(summary.latest.number);
    Ok(match row.map(stored).transpose()? {
        Some(Stored { program, head, base }) => {
            Draft { id: summary.id, program, head, base, latest: number, changed: true }
        }
        None => {
            let head = DraftHead { revision: 0, saved_at: summary.latest.created_at, saved_by: None };
            Draft { id: summary.id, program: latest, head, base: number, latest: number, changed: true }
        }
    })
}

//! Drafts: what editors change beside the versions. A revision keeps two editors from overwriting each other.

use program::{Time, VersionId, WorkspaceId};
use uuid::Uuid;

use super::{Document, DocumentId, Head, Kept as _, Made, at, find, head, json, lock, version};
use crate::{
    Act, Error, Result, Store,
    args::Args,
    db::{Tx, whole},
    row::Row,
};

/// Ids for what a save or a put may create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshIds {
    /// For the document, if it is new.
    pub id: Uuid,
    /// For the version, if it differs from the latest.
    pub version: VersionId,
}

/// A draft. If none was saved, it is the latest version.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft<D: Document> {
    /// Its document.
    pub id: D::Id,
    /// What it holds.
    pub body: D,
    /// Its revision, and who saved it.
    pub head: DraftHead,
    /// Number of the version that it began with; none if there was none.
    pub base: Option<u32>,
    /// Number of the latest version; none if there is none.
    pub latest: Option<u32>,
    /// Whether it differs from the live version, or there is none.
    pub changed: bool,
}

/// The revision of a draft, and who saved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftHead {
    /// Counts the saves; 0 if none was saved.
    pub revision: u64,
    /// When it was saved.
    pub saved_at: Time,
    /// Who saved it, if that is known.
    pub saved_by: Option<String>,
}

impl DraftHead {
    /// The head after one more save by this actor.
    pub(super) fn next(revision: u64, act: Act<'_>) -> Self {
        Self { revision: revision + 1, saved_at: act.now, saved_by: act.author.map(str::to_owned) }
    }
}

/// The result of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// It is the draft now.
    Saved(DraftHead),
    /// Nothing was written, because the draft was saved again since.
    Stale(DraftHead),
}

/// What a save expects of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It does not exist; otherwise `Error::Conflict`.
    Absent,
    /// It has a draft of this revision. A document that does not exist has revision 0.
    Revision(u64),
}

impl Store {
    /// The draft of a document.
    pub async fn draft<I: DocumentId>(&self, workspace: WorkspaceId, id: I) -> Result<Draft<I::Document>> {
        let shelf = I::Document::SHELF;
        let found: Head<I::Document> = head(self.db.fetch(&shelf.head_by_id, at(workspace, id)).await?.first())?;
        let stored = self.db.fetch(&shelf.draft_get, at(workspace, id)).await?;
        let latest = found.number();
        let (current, Stored { body, head, base }) = (found.current, or_latest(found, stored.first())?);
        let changed = match current {
            Some((current, _)) => self.version::<I::Document>(workspace, current).await? != body,
            None => true,
        };
        Ok(Draft { id, body, head, base, latest, changed })
    }

    /// Saves a draft under the name that it holds. A new name makes a document without versions.
    pub async fn save_draft<D: Document>(
        &self,
        act: Act<'_>,
        fresh: FreshIds,
        draft: &D,
        expected: Expected,
    ) -> Result<Saving> {
        let worth = |done: &_| matches!(done, Saving::Saved(_));
        whole!(self.db, |tx| save(tx, act, fresh, draft, expected).await, worth)
    }

    /// Discards the edits: the draft is the live version again, or the latest if none is live.
    pub async fn reset_draft<I: DocumentId>(&self, act: Act<'_>, id: I) -> Result<DraftHead> {
        whole!(self.db, |tx| reset(tx, act, id).await)
    }
}

pub(super) async fn save<D: Document>(
    tx: &mut Tx,
    act: Act<'_>,
    fresh: FreshIds,
    draft: &D,
    expected: Expected,
) -> Result<Saving> {
    let Act { workspace, now, .. } = act;
    lock(tx, workspace).await?;
    let args = Args::new().uuid(workspace.uuid()).text(draft.name().to_owned());
    let rows = tx.fetch(&D::SHELF.head_by_name, args).await?;
    let Some(row) = rows.first() else {
        if matches!(expected, Expected::Revision(1..)) {
            return Err(super::missing::<D>());
        }
        let id = D::Id::from(fresh.id);
        Made { document: id, id: fresh.version, number: 0, act }.begin(tx, draft).await?;
        let head = DraftHead::next(0, act);
        write(tx, workspace, id, draft, (&head, None)).await?;
        return Ok(Saving::Saved(head));
    };
    let Expected::Revision(expected) = expected else {
        let why = format!("\"{}\" is there already; take another name", draft.name());
        return Err(Error::Conflict { what: D::WHAT, why });
    };
    let found: Head<D> = head(Some(row))?;
    let (id, latest, is_new) = (D::Id::from(found.id), found.latest.0, found.number().is_none());
    let Stored { head, base, .. } = stored(tx, workspace, id, found).await?;
    if head.revision != expected {
        return Ok(Saving::Stale(head));
    }
    let head = DraftHead::next(expected, act);
    write(tx, workspace, id, draft, (&head, base)).await?;
    if is_new {
        let args = Args::new().uuid(workspace.uuid()).uuid(latest.uuid()).text(json(draft)?);
        tx.execute(&D::SHELF.version_zero, args).await?;
        if let Some((statement, beside)) = D::SET_BESIDE.zip(draft.beside()) {
            tx.execute(statement, at(workspace, id).text(beside)).await?;
        }
    }
    tx.execute(&D::SHELF.touch, at(workspace, id).time(now)).await?;
    Ok(Saving::Saved(head))
}

async fn reset<I: DocumentId>(tx: &mut Tx, act: Act<'_>, id: I) -> Result<DraftHead> {
    lock(tx, act.workspace).await?;
    let found = find(tx, act.workspace, id).await?;
    let (back, number) = found.current.unwrap_or(found.latest);
    if number == 0 {
        let why = format!("the {} has no version yet that it could go back to", I::Document::WHAT);
        return Err(Error::Conflict { what: "draft", why });
    }
    let body = if back == found.latest.0 { found.body.clone() } else { version(tx, act.workspace, back).await? };
    let head = DraftHead::next(stored(tx, act.workspace, id, found).await?.head.revision, act);
    write(tx, act.workspace, id, &body, (&head, Some(number))).await?;
    Ok(head)
}

/// A new version was made without the draft. If nobody has edited the draft, it becomes this version, so that the next
/// editor begins with it. If there is no draft, one is made, so that an editor at work is told.
pub(crate) async fn follow<I: DocumentId>(
    tx: &mut Tx,
    act: Act<'_>,
    id: I,
    number: u32,
    (was, is): (&I::Document, &I::Document),
) -> Result<()> {
    let rows = tx.fetch(&I::Document::SHELF.draft_get, at(act.workspace, id)).await?;
    let revision = match rows.first().map(read::<I::Document>).transpose()? {
        Some(draft) if draft.body == *is => draft.head.revision,
        // Before the first version only an editor can have written it.
        Some(draft) if number > 1 && draft.body == *was => draft.head.revision,
        Some(_) => return Ok(()),
        None => 0,
    };
    write(tx, act.workspace, id, is, (&DraftHead::next(revision, act), Some(number))).await
}

/// A stored draft.
pub(super) struct Stored<D> {
    pub(super) body: D,
    pub(super) head: DraftHead,
    pub(super) base: Option<u32>,
}

/// The draft of a document; the latest version if none was saved.
pub(super) async fn stored<I: DocumentId>(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: I,
    found: Head<I::Document>,
) -> Result<Stored<I::Document>> {
    or_latest(found, tx.fetch(&I::Document::SHELF.draft_get, at(workspace, id)).await?.first())
}

fn or_latest<D: Document>(found: Head<D>, row: Option<&Row>) -> Result<Stored<D>> {
    row.map_or_else(
        || {
            let head = DraftHead { revision: 0, saved_at: found.made_at, saved_by: None };
            Ok(Stored { base: found.number(), body: found.body, head })
        },
        read,
    )
}

pub(super) async fn write<I: DocumentId>(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: I,
    body: &I::Document,
    (head, base): (&DraftHead, Option<u32>),
) -> Result<()> {
    let args = at(workspace, id)
        .text(json(body)?)
        .int(i64::try_from(head.revision).unwrap_or(i64::MAX))
        .int(base.map(i64::from))
        .time(head.saved_at)
        .text(head.saved_by.clone());
    tx.execute(&I::Document::SHELF.draft_put, args).await.map(drop)
}

fn read<D: Document>(row: &Row) -> Result<Stored<D>> {
    let mut row = row.read(D::DRAFT).from("revision");
    let revision = row.number("revision")?;
    let base = row.opt_number("base")?;
    let head = DraftHead { revision, saved_at: row.time("saved_at")?, saved_by: row.opt_text("saved_by")? };
    Ok(Stored { body: row.json("body")?, head, base })
}

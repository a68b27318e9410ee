//! Archives documents: they are kept, and nothing of them goes live until they are taken out again.

use program::{Time, WorkspaceId};

use super::{Document, DocumentId, Kept as _, at, find, lock};
use crate::{
    Error, Result, Store,
    args::Args,
    db::{Tx, whole},
    sql,
};

impl Store {
    /// Archives a document. No event enters an archived program. Its tokens go on in their versions, except those that
    /// a pause or a stop has set aside: they stay there.
    pub async fn archive<I: DocumentId>(&self, workspace: WorkspaceId, id: I, now: Time) -> Result<()> {
        whole!(self.db, |tx| set(tx, (workspace, id), true, now).await)
    }

    /// Takes a document out of the archive; one that is not archived stays as it is. A program is paused then:
    /// what comes in is held until somebody resumes it. A program that was never published is a draft again.
    pub async fn unarchive<I: DocumentId>(&self, workspace: WorkspaceId, id: I, now: Time) -> Result<()> {
        whole!(self.db, |tx| set(tx, (workspace, id), false, now).await)
    }
}

async fn set<I: DocumentId>(tx: &mut Tx, (workspace, id): (WorkspaceId, I), archived: bool, now: Time) -> Result<()> {
    lock(tx, workspace).await?;
    if find(tx, workspace, id).await?.archived == archived {
        return Ok(());
    }
    tx.execute(I::Document::ARCHIVE, at(workspace, id).bool(archived).time(now)).await?;
    tx.execute(&sql::routing_bump, Args::new().uuid(workspace.uuid())).await.map(drop)
}

/// Refuses to publish an archived document: the person who archived it decides when it comes back. Every way to publish
/// asks this.
pub(crate) fn publishable<D: Document>(name: &str, archived: bool) -> Result<()> {
    if !archived {
        return Ok(());
    }
    let why = format!("\"{name}\" is archived; take it out of the archive first, then publish");
    Err(Error::Conflict { what: D::WHAT, why })
}

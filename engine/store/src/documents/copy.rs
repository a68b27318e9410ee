//! Copies of documents.

use super::{Document, DocumentId, Draft, Expected, FreshIds, Saving, drafts, find, lock};
use crate::{
    Act, Error, Result, Store,
    db::{Tx, whole},
};

impl Store {
    /// Copies the draft of a document under another name. If the name is taken, it gives `Error::Conflict`. Nothing of
    /// the copy is live.
    pub async fn duplicate<I: DocumentId>(
        &self,
        act: Act<'_>,
        from: I,
        fresh: FreshIds,
        (name, title): (&str, &str),
    ) -> Result<Draft<I::Document>> {
        whole!(self.db, |tx| copy(tx, act, from, fresh, (name, title)).await)?;
        self.draft(act.workspace, I::from(fresh.id)).await
    }
}

async fn copy<I: DocumentId>(
    tx: &mut Tx,
    act: Act<'_>,
    from: I,
    fresh: FreshIds,
    (name, title): (&str, &str),
) -> Result<()> {
    lock(tx, act.workspace).await?;
    let found = find(tx, act.workspace, from).await?;
    let draft = drafts::stored(tx, act.workspace, from, found).await?.body.named(name, title)?;
    match drafts::save(tx, act, fresh, &draft, Expected::Absent).await? {
        Saving::Saved(_) => Ok(()),
        // `Expected::Absent` is never stale.
        Saving::Stale(_) => Err(Error::NotFound { what: I::Document::WHAT }),
    }
}

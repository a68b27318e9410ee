//! Makes a version of a draft.

use program::VersionId;

use super::{
    Document as _, DocumentId, DraftHead, Made,
    archive::publishable,
    drafts::{Stored, stored, write},
    find,
};
use crate::{Act, Result, db::Tx};

/// The result.
pub(crate) enum Settled<D> {
    /// It is a version now. The rule of its kind makes it live.
    Version {
        /// Its id.
        id: VersionId,
        /// Its number.
        number: u32,
        /// The draft from now on.
        head: DraftHead,
        /// What it holds.
        body: D,
        /// The body of the latest version before, if there was one.
        was: Option<D>,
    },
    /// Nothing was written, because the draft was saved again since.
    Stale(DraftHead),
}

/// Makes a version with the id `fresh` of the draft with this revision, unless the latest version has the same body.
/// The caller holds the lock of the workspace's definitions.
pub(crate) async fn settle<I: DocumentId>(
    tx: &mut Tx,
    act: Act<'_>,
    id: I,
    revision: u64,
    fresh: VersionId,
) -> Result<Settled<I::Document>> {
    let found = find(tx, act.workspace, id).await?;
    publishable::<I::Document>(found.body.name(), found.archived)?;
    let (latest, was) = (found.latest, found.number().map(|_| found.body.clone()));
    let Stored { body, head, .. } = stored(tx, act.workspace, id, found).await?;
    if head.revision != revision {
        return Ok(Settled::Stale(head));
    }
    let (version, number) = if was.as_ref() == Some(&body) { latest } else { (fresh, latest.1 + 1) };
    if version == fresh {
        Made { document: id, id: version, number, act }.add(tx, &body).await?;
    }
    let head = DraftHead::next(revision, act);
    write(tx, act.workspace, id, &body, (&head, Some(number))).await?;
    Ok(Settled::Version { id: version, number, head, body, was })
}

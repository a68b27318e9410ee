//! What the endpoints of all kinds of documents have in common: they save drafts, compare states and make copies.

use api::documents::{Comparison, Difference, Duplicate};
use program::VersionId;
use serde::Deserialize;
use store::{Document, DocumentId, Draft, DraftHead, Error, Expected, FreshIds, Saving};

use super::error::{ApiError, ApiResult};
use crate::{App, access::Caller, audit::Trail};

/// Saves a draft, which holds the name in the path and was made of this revision.
pub async fn save<D: Document>(
    app: &App,
    caller: &Caller,
    name: &str,
    (draft, revision): (&D, u64),
) -> ApiResult<DraftHead> {
    if draft.name() != name {
        let why = format!("the {} is called {name}; duplicate it to give it another name", D::WHAT);
        return Err(ApiError::invalid(format!("{}.name", D::WHAT), "name", why));
    }
    match app.store.save_draft(caller.act(app.clock.now()), fresh(app), draft, Expected::Revision(revision)).await? {
        Saving::Stale(head) => Err(ApiError::DraftChanged(head)),
        Saving::Saved(head) => Ok(head),
    }
}

/// Copies the draft of a document under another name.
pub async fn duplicate<I: DocumentId>(
    app: &App,
    caller: &Caller,
    trail: &Trail,
    (from, form): (I, &Duplicate),
) -> ApiResult<Draft<I::Document>> {
    let act = caller.act(app.clock.now());
    trail.detail("copy", form.name.as_str());
    let copy = app.store.duplicate(act, from, fresh(app), (&form.name, &form.title)).await;
    let copy = copy.map_err(|error| match error {
        Error::Invalid { field: "name", why } => ApiError::invalid("name", "name", why),
        other => other.into(),
    })?;
    Ok(copy)
}

fn fresh(app: &App) -> FreshIds {
    FreshIds { id: app.clock.uuid(), version: VersionId(app.clock.uuid()) }
}

/// Which two states of a document.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Sides {
    /// The older one: the number of a version, or `draft`.
    #[param(example = "1")]
    from: String,
    /// The newer one, in the same way; the draft where it is left out.
    #[serde(default = "draft")]
    to: String,
}

fn draft() -> String {
    "draft".to_owned()
}

/// What differs between two states of a document.
pub async fn compare<I: DocumentId>(app: &App, caller: &Caller, id: I, sides: &Sides) -> ApiResult<Comparison> {
    let (from, to) = (side(app, caller, id, &sides.from, "from").await?, side(app, caller, id, &sides.to, "to").await?);
    let found = program::compare(&from, &to).map_err(|error| ApiError::Internal(error.to_string()))?;
    let differences = found.into_iter().map(|one| Difference { path: one.path, from: one.from, to: one.to });
    Ok(Comparison { differences: differences.collect() })
}

async fn side<I: DocumentId>(
    app: &App,
    caller: &Caller,
    id: I,
    side: &str,
    field: &'static str,
) -> ApiResult<I::Document> {
    if side == "draft" {
        return Ok(app.store.draft(caller.workspace, id).await?.body);
    }
    let why = "give the number of a version, or draft";
    let number = side.parse().map_err(|_| ApiError::invalid(field, "version", why))?;
    Ok(app.store.version_numbered(caller.workspace, id, number).await?)
}

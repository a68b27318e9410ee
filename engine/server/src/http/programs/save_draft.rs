//! Saving a draft.

use api::{documents::DraftSaved, programs::SaveDraft};
use axum::extract::State;

use crate::{
    App,
    access::Caller,
    http::{
        documents,
        error::ApiResult,
        extract::{Json, Path},
    },
};

/// Saves a draft. It may have errors; publishing refuses them. A name that is new becomes a program without versions.
///
/// A draft that somebody else has saved since the given revision is left alone: the answer is 409 `draft_changed`,
/// with `draft` telling its revision, and who saved it when.
#[utoipa::path(put, path = api::path::PROGRAM_DRAFT, tag = "programs", request_body = SaveDraft,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = DraftSaved), (status = 409, description = "`draft_changed`: somebody else saved it."),
        (status = 422, description = "This is no program, or of another name.")))]
pub async fn save_draft(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<SaveDraft>,
) -> ApiResult<axum::Json<DraftSaved>> {
    let SaveDraft { program, revision } = form;
    let head = documents::save(&app, &caller, &name, (&program, revision)).await?;
    let problems = program::check(&program);
    Ok(axum::Json(DraftSaved { revision: head.revision, saved_at: head.saved_at, problems }))
}

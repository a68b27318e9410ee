//! Letting the edits of a draft go.

use api::programs::Draft;
use axum::{Json, extract::State};

use super::draft::draft;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// Lets the edits go: the draft is the live version again, or the latest where none is live. Its revision grows, so
/// that whoever edits it is told.
#[utoipa::path(delete, path = api::path::PROGRAM_DRAFT, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Draft), (status = 404, description = "No such program."),
        (status = 409, description = "There is no version to go back to.")))]
pub async fn reset_draft(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> ApiResult<Json<Draft>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    app.store.reset_draft(caller.act(app.clock.now()), row.id).await?;
    Ok(Json(draft(app.store.draft(caller.workspace, row.id).await?)))
}

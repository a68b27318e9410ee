//! Taking a program out of the archive.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};

use super::list::summary_of;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// Takes a program out of the archive. It is paused, so that nobody enters before somebody says so; one that was never
/// published is a draft again.
#[utoipa::path(post, path = api::path::PROGRAM_UNARCHIVE, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramSummary), (status = 404, description = "No such program.")))]
pub async fn unarchive_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramSummary>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    app.store.unarchive_program(workspace, row.id, app.clock.now()).await?;
    Ok(Json(summary_of(&app, workspace, row.id).await?))
}

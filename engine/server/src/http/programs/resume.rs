//! Letting a paused program go on.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};
use store::ProgramState;

use super::list::summary;
use crate::{
    app::App,
    http::{auth::Caller, error::ApiResult, extract::Path, names},
};

/// Events start tokens in this program again.
#[utoipa::path(post, path = api::path::PROGRAM_RESUME, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramSummary), (status = 404, description = "No such program."),
        (status = 409, description = "It was never published.")))]
pub async fn resume_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramSummary>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    app.store.set_program_state(workspace, row.id, ProgramState::Live, app.clock.now()).await?;
    let row = app.store.program(workspace, row.id).await?;
    Ok(Json(summary(&app, workspace, row).await?.0))
}

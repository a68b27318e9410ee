//! Pausing a program.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};
use store::ProgramState;

use super::list::summary;
use crate::{
    app::App,
    http::{auth::Caller, error::ApiResult, extract::Path, names},
};

/// No event starts a token in this program any more; contacts inside go on.
#[utoipa::path(post, path = api::path::PROGRAM_PAUSE, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramSummary), (status = 404, description = "No such program."),
        (status = 409, description = "It was never published.")))]
pub async fn pause_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramSummary>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    app.store.set_program_state(workspace, row.id, ProgramState::Paused, app.clock.now()).await?;
    let row = app.store.program(workspace, row.id).await?;
    Ok(Json(summary(&app, workspace, row).await?.0))
}

//! Putting a program away.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};

use super::list::summary_of;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// Puts a program away: no event starts a token in it any more; contacts inside go on.
#[utoipa::path(post, path = api::path::PROGRAM_ARCHIVE, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramSummary), (status = 404, description = "No such program.")))]
pub async fn archive_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramSummary>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    app.store.archive_program(workspace, row.id, app.clock.now()).await?;
    Ok(Json(summary_of(&app, workspace, row.id).await?))
}

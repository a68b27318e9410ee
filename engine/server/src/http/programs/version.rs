//! One version of a program.

use api::programs::ProgramDetail;
use axum::{Json, extract::State};

use super::{get::held, list::summary};
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// One version of a program, by its number, with its graph.
#[utoipa::path(get, path = api::path::PROGRAM_VERSION, tag = "programs",
    params(("program" = String, Path, description = "Its name."), ("number" = u32, Path, description = "From 1.")),
    responses((status = 200, body = ProgramDetail), (status = 404, description = "No such program or version.")))]
pub async fn get_version(
    State(app): State<App>,
    caller: Caller,
    Path((name, number)): Path<(String, u32)>,
) -> ApiResult<Json<ProgramDetail>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let program = app.store.version_numbered(workspace, row.id, number).await?;
    let problems = program::check(&program);
    let held = held(&app, workspace, row.id).await?;
    let (summary, _) = summary(&app, workspace, row).await?;
    Ok(Json(ProgramDetail { summary, held, program, problems }))
}

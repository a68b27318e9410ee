//! One program.

use api::programs::ProgramDetail;
use axum::{Json, extract::State};

use super::list::summary;
use crate::{
    app::App,
    http::{auth::Caller, error::ApiResult, extract::Path, names},
};

/// One program with its graph, and what the checker finds in it.
#[utoipa::path(get, path = api::path::PROGRAM, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramDetail), (status = 404, description = "No such program.")))]
pub async fn get_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramDetail>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let (summary, program) = summary(&app, caller.workspace, row).await?;
    let problems = program::check(&program);
    Ok(Json(ProgramDetail { summary, program, problems }))
}

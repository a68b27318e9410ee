//! One program.

use api::programs::{Held, ProgramDetail};
use axum::{Json, extract::State};
use program::{ProgramId, WorkspaceId};

use super::list::summary;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
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
    let held = held(&app, caller.workspace, row.id).await?;
    let (summary, program) = summary(&app, caller.workspace, row).await?;
    let problems = program::check(&program);
    Ok(Json(ProgramDetail { summary, held, program, problems }))
}

/// What a pause or a stop has set aside in a program.
pub async fn held(app: &App, workspace: WorkspaceId, program: ProgramId) -> ApiResult<Held> {
    let store::Held { tokens, messages, ejected, calls } = app.store.held(workspace, program).await?;
    Ok(Held { tokens, messages, ejected, calls })
}

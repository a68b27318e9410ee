//! Taking a program out of the archive.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};

use super::list::change;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// Takes a program out of the archive. It is paused: what comes in is held until somebody resumes it. One that was never
/// published is a draft again.
#[utoipa::path(post, path = api::path::PROGRAM_UNARCHIVE, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramSummary), (status = 404, description = "No such program.")))]
pub async fn unarchive_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramSummary>> {
    change(&app, &caller, &name, async |store, id, now| store.unarchive(caller.workspace, id, now).await).await
}

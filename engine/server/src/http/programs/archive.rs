//! Putting a program away.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};

use super::list::change;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
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
    change(&app, &caller, &name, async |store, id, now| store.archive(caller.workspace, id, now).await).await
}

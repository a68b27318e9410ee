//! Letting a program run out.

use api::programs::ProgramSummary;
use axum::{Json, extract::State};

use super::list::change;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// No event starts a token in this program any more; contacts inside go on to their end. It is `finishing` until
/// nobody is inside.
#[utoipa::path(post, path = api::path::PROGRAM_FINISH, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = ProgramSummary), (status = 404, description = "No such program."),
        (status = 409, description = "It was never published, or it is paused, stopped or archived.")))]
pub async fn finish_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<ProgramSummary>> {
    change(&app, &caller, &name, async |store, id, now| store.finish_program(caller.workspace, id, now).await).await
}

//! Pausing a program.

use api::programs::Paused;
use axum::{Json, extract::State};

use super::list::summary_of;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// Holds a live program: events go on starting tokens, and whatever falls due stays where it is, for as long as it
/// takes. Once this answers, no mail of the program begins to go out; those whose hand-over had begun are counted.
#[utoipa::path(post, path = api::path::PROGRAM_PAUSE, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Paused), (status = 404, description = "No such program."),
        (status = 409, description = "It was never published, or it is finishing, stopped or archived.")))]
pub async fn pause_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<Paused>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let handing_over = app.store.pause_program(workspace, row.id, app.clock.now()).await?;
    Ok(Json(Paused { summary: summary_of(&app, workspace, row.id).await?, handing_over }))
}

//! Cancelling a dry run.

use axum::{extract::State, http::StatusCode};
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
        names,
    },
};

/// Cancels a dry run, or forgets its result.
#[utoipa::path(delete, path = api::path::PROGRAM_DRY_RUN, tag = "programs",
    params(("program" = String, Path, description = "Its name."), ("run" = Uuid, Path, description = "The dry run.")),
    responses((status = 204, description = "It is gone."), (status = 404, description = "No such dry run on this node.")))]
pub async fn cancel_dry_run(
    State(app): State<App>,
    caller: Caller,
    Path((name, run)): Path<(String, Uuid)>,
) -> ApiResult<StatusCode> {
    let row = names::find(&app, caller.workspace, &name).await?;
    match app.dry_runs.cancel(caller.workspace, row.id, run) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::NotFound("dry run")),
    }
}

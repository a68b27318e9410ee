//! How far a dry run is.

use api::programs::DryRun;
use axum::{Json, extract::State};
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

/// How far a dry run is, and what came of it. Only the node that took it knows it, until ten minutes after its end. One that
/// nobody asks about for a minute is given up.
#[utoipa::path(get, path = api::path::PROGRAM_DRY_RUN, tag = "programs",
    params(("program" = String, Path, description = "Its name."), ("run" = Uuid, Path, description = "The dry run.")),
    responses((status = 200, body = DryRun), (status = 404, description = "No such dry run on this node.")))]
pub async fn get_dry_run(
    State(app): State<App>,
    caller: Caller,
    Path((name, run)): Path<(String, Uuid)>,
) -> ApiResult<Json<DryRun>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let found = app.dry_runs.get(caller.workspace, row.id, run);
    found.map(Json).ok_or(ApiError::NotFound("dry run"))
}

//! Clearing a test run.

use axum::{extract::State, http::StatusCode};
use uuid::Uuid;

use super::test_runs;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// Stops a test run and deletes all that it made. A mail that is being handed over at this moment may still go out.
#[utoipa::path(delete, path = api::path::PROGRAM_TEST_RUN, tag = "programs",
    params(("program" = String, Path, description = "Its name."), ("run" = Uuid, Path, description = "The test run.")),
    responses((status = 204, description = "It is gone."), (status = 404, description = "No such test run.")))]
pub async fn clear_test_run(
    State(app): State<App>,
    caller: Caller,
    Path((name, run)): Path<(String, Uuid)>,
) -> ApiResult<StatusCode> {
    let run = test_runs::find(&app, caller.workspace, &name, run).await?;
    app.store.clear_test_run(run.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

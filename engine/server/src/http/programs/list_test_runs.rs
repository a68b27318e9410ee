//! The test runs of a program.

use api::programs::TestRunSummary;
use axum::{Json, extract::State};

use super::test_runs::summary;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// The test runs that are kept of a program, newest first.
#[utoipa::path(get, path = api::path::PROGRAM_TEST_RUNS, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Vec<TestRunSummary>), (status = 404, description = "No such program.")))]
pub async fn list_test_runs(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<Vec<TestRunSummary>>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let runs = app.store.test_runs(caller.workspace, row.id).await?;
    Ok(Json(runs.into_iter().map(summary).collect()))
}

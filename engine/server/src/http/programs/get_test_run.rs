//! One test run.

use api::programs::TestRun;
use axum::{Json, extract::State};
use uuid::Uuid;

use super::test_runs;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// A test run: where its tokens are, each of their steps with its reason, and what became of their mails.
#[utoipa::path(get, path = api::path::PROGRAM_TEST_RUN, tag = "programs",
    params(("program" = String, Path, description = "Its name."), ("run" = Uuid, Path, description = "The test run.")),
    responses((status = 200, body = TestRun), (status = 404, description = "No such test run.")))]
pub async fn get_test_run(
    State(app): State<App>,
    caller: Caller,
    Path((name, run)): Path<(String, Uuid)>,
) -> ApiResult<Json<TestRun>> {
    let run = test_runs::find(&app, caller.workspace, &name, run).await?;
    Ok(Json(test_runs::shown(&app, run).await?))
}

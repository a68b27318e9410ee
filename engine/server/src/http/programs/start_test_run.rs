//! Starting a test run.

use api::programs::{StartTestRun, TestRun};
use axum::{extract::State, http::StatusCode};

use super::test_runs::shown;
use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{Json, Path},
        names,
    },
    incoming::Rules,
    test_runs::TestRuns,
};

/// Sends an event through the real runner, to test contacts only: their mails are really sent. It reaches no other
/// program, no list, no count and no feed. The run has copies of the program, its streams and the contacts as they are
/// now, and of as much of their history as the program's conditions count; whether they entered before is not asked.
/// Five runs of a program are kept, for a week at most.
#[utoipa::path(post, path = api::path::PROGRAM_TEST_RUNS, tag = "programs", request_body = StartTestRun,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 201, body = TestRun), (status = 404, description = "No such program."),
        (status = 409, description = "`draft_changed`: somebody else saved it; or there is no live version."),
        (status = 413, description = "More than 15 MB."),
        (status = 422, description = "The draft has errors, the event does not enter or is wrong, or `not_a_test_contact`."),
        (status = 429, description = "Too many events wait to be stored.")))]
pub async fn start_test_run(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<StartTestRun>,
) -> ApiResult<(StatusCode, axum::Json<TestRun>)> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let runs = TestRuns {
        store: &app.store,
        clock: &app.clock,
        ingest: &app.ingest,
        looks: &app.looks,
        names: &app.names,
        rules: Rules::from(&app.config.ingest),
    };
    let run = runs.start((caller.workspace, &row), caller.author(), form).await?;
    Ok((StatusCode::CREATED, axum::Json(shown(&app, run).await?)))
}

//! A draft on the events of the last days.

use api::programs::{DryRun, StartDryRun};
use axum::{extract::State, http::StatusCode};

use crate::{
    App,
    access::Caller,
    drafts::without_errors,
    dry_run::{self, Task},
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
        names,
    },
};

/// Plays the events of the last days through a draft, without sending: which mails there would have been, beside
/// those that there were. It goes on after this answer; ask for it by its id, at least once a minute while it is
/// running, or cancel it. One node runs two at once at most, of 200,000 events each, and keeps the result for ten minutes
/// after its end.
#[utoipa::path(post, path = api::path::PROGRAM_DRY_RUNS, tag = "programs", request_body = StartDryRun,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 202, body = DryRun), (status = 404, description = "No such program."),
        (status = 422, description = "The draft has errors, or `too_many_events`."),
        (status = 429, description = "Two are under way already.")))]
pub async fn start_dry_run(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<StartDryRun>,
) -> ApiResult<(StatusCode, axum::Json<DryRun>)> {
    if !(1..=dry_run::MOST_DAYS).contains(&form.days) {
        let detail = format!("{} days; take 1 to {}", form.days, dry_run::MOST_DAYS);
        return Err(ApiError::invalid("days", "days", detail));
    }
    let row = names::find(&app, caller.workspace, &name).await?;
    let program = match form.program {
        Some(program) => program,
        None => app.store.draft(caller.workspace, row.id).await?.body,
    };
    without_errors(program::check(&program))?;
    let task = Task { workspace: caller.workspace, program: row.id, draft: program, days: form.days };
    let run = app.dry_runs.start(task).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(run)))
}

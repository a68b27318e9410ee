//! Copying a program.

use api::programs::{Draft, Duplicate};
use axum::{extract::State, http::StatusCode};
use program::{ProgramId, ProgramName, VersionId};
use store::{Expected, FreshIds, Saving};

use super::draft::draft;
use crate::{
    App,
    access::Caller,
    audit::Trail,
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
        names,
    },
};

/// Copies the draft of a program, as it is now, under another name. Nobody is inside, and nothing is live.
#[utoipa::path(post, path = api::path::PROGRAM_DUPLICATE, tag = "programs", request_body = Duplicate,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 201, body = Draft), (status = 404, description = "No such program."),
        (status = 409, description = "The name is taken.")))]
pub async fn duplicate_program(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(name): Path<String>,
    Json(form): Json<Duplicate>,
) -> ApiResult<(StatusCode, axum::Json<Draft>)> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let mut copy = app.store.draft(workspace, row.id).await?.body;
    copy.name = ProgramName::new(&form.name).map_err(|error| ApiError::invalid("name", "name", error.to_string()))?;
    copy.title = form.title;
    trail.detail("copy", copy.name.as_str());
    let fresh = FreshIds { id: app.clock.uuid(), version: VersionId(app.clock.uuid()) };
    match app.store.save_draft(caller.act(app.clock.now()), fresh, &copy, Expected::Absent).await? {
        Saving::Stale(head) => Err(ApiError::DraftChanged(head)),
        Saving::Saved(_) => {
            let stored = app.store.draft(workspace, ProgramId::from(fresh.id)).await?;
            Ok((StatusCode::CREATED, axum::Json(draft(stored))))
        }
    }
}

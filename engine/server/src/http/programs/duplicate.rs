//! Copying a program.

use api::{documents::Duplicate, programs::Draft};
use axum::{extract::State, http::StatusCode};

use super::draft::draft;
use crate::{
    App,
    access::Caller,
    audit::Trail,
    http::{
        documents,
        error::ApiResult,
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
    let row = names::find(&app, caller.workspace, &name).await?;
    let copy = documents::duplicate(&app, &caller, &trail, (row.id, &form)).await?;
    Ok((StatusCode::CREATED, axum::Json(draft(copy))))
}

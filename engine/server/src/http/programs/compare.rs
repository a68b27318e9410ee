//! What differs between two states of a program.

use api::documents::Comparison;
use axum::{Json, extract::State};

use crate::{
    App,
    access::Caller,
    http::{
        documents::{self, Sides},
        error::ApiResult,
        extract::{Path, Query},
        names,
    },
};

/// What differs between two versions of a program, or a version and the draft, place by place.
#[utoipa::path(get, path = api::path::PROGRAM_COMPARE, tag = "programs",
    params(("program" = String, Path, description = "Its name."), Sides),
    responses((status = 200, body = Comparison), (status = 404, description = "No such program or version."),
        (status = 422, description = "A side is neither a number nor `draft`.")))]
pub async fn compare_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(sides): Query<Sides>,
) -> ApiResult<Json<Comparison>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    Ok(Json(documents::compare(&app, &caller, row.id, &sides).await?))
}

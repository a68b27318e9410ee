//! One stream.

use api::streams::StreamDetail;
use axum::{Json, extract::State};
use program::StreamName;

use super::list::summary;
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// One stream with the texts of its current version.
#[utoipa::path(get, path = api::path::STREAM, tag = "streams",
    params(("stream" = String, Path, description = "Its name.")),
    responses((status = 200, body = StreamDetail), (status = 404, description = "No such stream.")))]
pub async fn get_stream(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<StreamDetail>> {
    let name = StreamName::new(&name).map_err(|_| ApiError::NotFound("stream"))?;
    let (row, stream) = app.store.stream(caller.workspace, &name).await?;
    Ok(Json(StreamDetail { summary: summary(row), stream }))
}

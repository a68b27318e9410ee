//! Making and changing streams.

use std::sync::Arc;

use api::programs::Saved;
use axum::{Json, extract::State};
use program::{Stream, VersionId};
use store::FreshIds;

use crate::{
    App,
    access::Caller,
    audit::Trail,
    drafts::without_errors,
    http::{
        aside::{aside, cost},
        error::{ApiError, ApiResult},
        extract::Text,
        programs::check::unreadable,
    },
};

/// Stores a stream file (YAML or JSON) under the name that it holds: a new immutable version, used at once, if it
/// differs from the current one. The class of a stream never changes.
#[utoipa::path(post, path = api::path::STREAMS, tag = "streams",
    request_body(content = String, content_type = "application/yaml", description = "The stream file."),
    responses((status = 200, body = Saved), (status = 409, description = "Another class than the stream has."),
        (status = 422, description = "The file has errors.")))]
pub async fn create_stream(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Text(text): Text,
) -> ApiResult<Json<Saved>> {
    let stream = aside(cost(&text), move || Stream::parse(&text)).await?.map_err(unreadable)?;
    let stream = Arc::new(stream);
    let problems = app.press.check(&stream).await.map_err(|error| ApiError::Internal(error.to_string()))?;
    trail.target("stream", None, stream.name.as_str());
    let problems = without_errors(problems)?;
    let fresh = FreshIds { id: app.clock.uuid(), version: VersionId(app.clock.uuid()) };
    let put = app.store.put_stream(caller.act(app.clock.now()), fresh, &stream).await?;
    trail.detail("version", put.number);
    Ok(Json(Saved { name: stream.name.to_string(), version: put.number, changed: put.changed, problems }))
}

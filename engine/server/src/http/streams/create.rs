//! Making and changing streams.

use api::programs::Saved;
use axum::{Json, extract::State};
use program::{Stream, VersionId};
use store::FreshIds;

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::ApiResult,
        extract::Text,
        programs::check::{unreadable, without_errors},
    },
};

/// Stores a stream file (YAML or JSON) under the name that it holds: a new immutable version, used at once, if it
/// differs from the current one. The class of a stream never changes.
#[utoipa::path(post, path = api::path::STREAMS, tag = "streams",
    request_body(content = String, content_type = "application/yaml", description = "The stream file."),
    responses((status = 200, body = Saved), (status = 409, description = "Another class than the stream has."),
        (status = 422, description = "The file has errors.")))]
pub async fn create_stream(State(app): State<App>, caller: Caller, Text(text): Text) -> ApiResult<Json<Saved>> {
    let stream = Stream::parse(&text).map_err(unreadable)?;
    let problems = without_errors(mail::check_stream(&stream))?;
    let fresh = FreshIds { id: app.clock.uuid(), version: VersionId(app.clock.uuid()) };
    let put = app.store.put_stream(caller.workspace, fresh, &stream, app.clock.now()).await?;
    Ok(Json(Saved { name: stream.name.to_string(), version: put.number, changed: put.changed, problems }))
}

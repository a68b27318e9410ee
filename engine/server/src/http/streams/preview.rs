//! A mail as a contact would get it, without sending it.

use api::streams::{MailPreview, PreviewMail};
use axum::extract::State;
use program::StreamName;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
    },
};

/// A mail of this stream to this contact, written as dispatch writes it and under the same limits, but neither stored
/// nor sent. What would keep it from being written or sent is told. Its links answer for no message.
#[utoipa::path(post, path = api::path::STREAM_PREVIEW, tag = "streams", request_body = PreviewMail,
    params(("stream" = String, Path, description = "Its name.")),
    responses((status = 200, body = MailPreview), (status = 404, description = "No such stream.")))]
pub async fn preview_mail(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<PreviewMail>,
) -> ApiResult<axum::Json<MailPreview>> {
    written(&app, &caller, &name, form).await.map(axum::Json)
}

/// The mail, or what keeps it from being written.
pub async fn written(app: &App, caller: &Caller, name: &str, form: PreviewMail) -> ApiResult<MailPreview> {
    let name = StreamName::new(name).map_err(|_| ApiError::NotFound("stream"))?;
    let (_, stream) = app.store.stream(caller.workspace, &name).await?;
    app.proofs().write(stream, &form).await.map_err(ApiError::Internal)
}

//! A mail as it would have gone over the wire.

use axum::{
    extract::State,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    response::IntoResponse,
};
use program::MessageId;
use uuid::Uuid;

use super::find;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// A mail as it would have gone over the wire.
#[utoipa::path(get, path = api::path::INBOX_MAIL_SOURCE, tag = "inbox",
    params(("mail" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, description = "No such mail.")))]
pub async fn get_mail_source(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> ApiResult<impl IntoResponse> {
    let (found, _turn) = find(&app, caller.workspace, MessageId(id)).await?;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, found.raw))
}

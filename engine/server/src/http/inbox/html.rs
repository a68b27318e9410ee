//! The HTML part of a mail, as a page of its own.

use axum::{
    extract::State,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    response::IntoResponse,
};
use program::MessageId;
use uuid::Uuid;

use super::{
    find,
    get::{html, parse},
};
use crate::{
    app::App,
    http::{
        auth::Caller,
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// No script, no form, no frame, no cookie: the page shows a mail that anybody's template and data wrote.
const POLICY: &str = "sandbox; default-src 'none'; img-src data: https:; style-src 'unsafe-inline'; \
                      frame-ancestors 'self'";

/// The HTML part of a mail, sandboxed.
#[utoipa::path(get, path = api::path::INBOX_MAIL_HTML, tag = "inbox",
    params(("mail" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, description = "No such mail, or it has no HTML part.")))]
pub async fn get_mail_html(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> ApiResult<impl IntoResponse> {
    let found = find(&app, caller.workspace, MessageId(id)).await?;
    let message = parse(&found.raw)?;
    let html = html(&message).ok_or(ApiError::NotFound("HTML part"))?.to_string();
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, html))
}

//! The HTML part of a mail, as a page of its own.

use axum::{
    extract::State,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    response::IntoResponse,
};
use program::MessageId;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    find,
    get::{html, parse},
};
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{Path, Query},
    },
};

/// No script, no form, no frame, no cookie: the page shows a mail that anybody's template and data wrote. And nothing
/// that is fetched from anywhere, so that whoever looks at it tells nobody.
const POLICY: &str = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// The same with pictures from elsewhere.
const WITH_IMAGES: &str = "sandbox; default-src 'none'; img-src data: https:; style-src 'unsafe-inline'; \
                           frame-ancestors 'self'";

/// How to show it.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Showing {
    /// Whether pictures are fetched from where they lie, which tells their owner that the mail is looked at. Default no.
    #[serde(default)]
    images: bool,
}

/// The HTML part of a mail, sandboxed.
#[utoipa::path(get, path = api::path::INBOX_MAIL_HTML, tag = "inbox",
    params(("mail" = Uuid, Path, description = "Its id."), Showing),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, description = "No such mail, or it has no HTML part.")))]
pub async fn get_mail_html(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(showing): Query<Showing>,
) -> ApiResult<impl IntoResponse> {
    let (found, _turn) = find(&app, caller.workspace, MessageId(id)).await?;
    let message = parse(&found.raw)?;
    let html = html(&message).ok_or(ApiError::NotFound("HTML part"))?.to_string();
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, if showing.images { WITH_IMAGES } else { POLICY }),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, html))
}

//! The HTML part of a previewed mail, as a page of its own. If the app wrote it into a frame, the
//! Content-Security-Policy of the app's page would apply to it.

use api::streams::PreviewMail;
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    response::IntoResponse,
};
use serde::Deserialize;

use super::preview::written;
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult, field},
        extract::{self, Path},
    },
};

/// No script, no form, no frame, no cookie, and nothing that is fetched from anywhere: whoever tries a draft out tells
/// nobody.
const POLICY: &str = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// What a page puts into a frame.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct PreviewForm {
    /// A `PreviewMail` as JSON.
    pub mail: String,
}

/// The HTML part of a mail that is shown and not sent, sandboxed. It takes a form, because that is how a page can fill
/// a frame without a script in it and without the contact's data in an address.
#[utoipa::path(post, path = api::path::STREAM_PREVIEW_HTML, tag = "streams",
    request_body(content = PreviewForm, content_type = "application/x-www-form-urlencoded"),
    params(("stream" = String, Path, description = "Its name.")),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, description = "No such stream."),
        (status = 422, description = "The mail cannot be written.")))]
pub async fn preview_mail_html(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    form: Result<Form<PreviewForm>, FormRejection>,
) -> ApiResult<impl IntoResponse> {
    let Form(form) = form.map_err(|error| ApiError::Request(error.body_text()))?;
    let mail: PreviewMail = extract::parse(form.mail.as_bytes())?;
    let written = written(&app, &caller, &name, mail).await?;
    let errors: Vec<_> =
        written.problems.iter().filter(|problem| problem.severity == program::Severity::Error).collect();
    if !errors.is_empty() {
        let told = errors.into_iter().map(|problem| field(problem.path(), &problem.code, problem.message.clone()));
        return Err(ApiError::Invalid(told.collect()));
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, written.html))
}

//! Signing out.

use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{AppendHeaders, IntoResponse},
};

use super::cookie::{self, Good};
use crate::{App, access::Caller, http::error::ApiResult};

/// Signs out: the session ends in the database, not only in the browser.
#[utoipa::path(delete, path = api::path::SESSION, tag = "session",
    responses((status = 204, description = "Signed out."), (status = 401, description = "Nobody is signed in.")))]
pub async fn delete_session(
    State(app): State<App>,
    _: Caller,
    session: Option<Extension<Good>>,
) -> ApiResult<impl IntoResponse> {
    if let Some(Extension(session)) = session {
        app.store.delete_session(&session.digest).await?;
        app.callers.clear();
    }
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, cookie::gone(&app)?)])))
}

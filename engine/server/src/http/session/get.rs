//! Who is signed in.

use api::access::Session;
use axum::{Json, extract::State, http::HeaderMap};

use super::cookie;
use crate::{App, access::HOME, http::error::ApiResult};

/// Who is signed in, and what the sign-in page needs to know. Answers everybody.
#[utoipa::path(get, path = api::path::SESSION, tag = "session", responses((status = 200, body = Session)))]
pub async fn get_session(State(app): State<App>, headers: HeaderMap) -> ApiResult<Json<Session>> {
    let email = cookie::session(&app, &headers).await?.map(|session| session.row.user.email);
    Ok(Json(about(&app, email).await?))
}

/// The answer for somebody, or nobody.
pub async fn about(app: &App, email: Option<String>) -> ApiResult<Session> {
    let needs_setup = email.is_none() && app.store.users(HOME).await?.is_empty();
    Ok(Session { email, needs_setup, inbox: !app.inbox.is_empty(), time_scale: app.config.work.time_scale() })
}

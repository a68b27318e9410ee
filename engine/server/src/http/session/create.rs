//! Signing in.

use std::net::SocketAddr;

use api::access::{Session, SignIn};
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, header::SET_COOKIE},
    response::{AppendHeaders, IntoResponse},
};

use super::{cookie, get};
use crate::{
    App,
    access::{Actor, HOME, password},
    audit::Trail,
    http::{
        client,
        error::{ApiError, ApiResult},
        extract::Json,
    },
};

/// Signs in; the answer sets the cookie of a new session. At most ten attempts a minute from one address, and a hundred
/// for one account from all addresses from which nobody signed in to it before.
#[utoipa::path(post, path = api::path::SESSION, tag = "session", request_body = SignIn,
    responses((status = 200, body = Session), (status = 401, description = "Address or password is wrong.")))]
pub async fn create_session(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    trail: Trail,
    Json(form): Json<SignIn>,
) -> ApiResult<impl IntoResponse> {
    let client = client::address(&app, &headers, peer);
    app.limits.by_login(client, &form.email)?;
    let workspace = HOME;
    // What is no address may be a password in the wrong field.
    if let Ok(email) = mail::check_address(&form.email) {
        trail.target("account", None, &email);
    }
    let user = app.store.user_by_email(workspace, form.email.trim()).await?;
    let hash = user.as_ref().and_then(|user| user.password.clone());
    let known = form.password.len() <= 1_024 && password::verify(form.password, hash).await?;
    let Some(user) = user.filter(|_| known) else {
        return Err(ApiError::Denied("Mail address or password is wrong."));
    };
    trail.actor(Actor::Person { id: user.id, email: user.email.clone() });
    app.limits.signed_in(client, &form.email);
    // A session that the browser still had ends here: the token changes at every sign-in.
    if let Some(old) = cookie::session(&app, &headers).await? {
        app.store.delete_session(&old.digest).await?;
    }
    let cookie = cookie::open(&app, workspace, user.id).await?;
    let session = get::about(&app, Some(user.email)).await?;
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), axum::Json(session)))
}

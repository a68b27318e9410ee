//! Making the first user.

use std::net::SocketAddr;

use api::access::{Session, Setup};
use axum::{
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{AppendHeaders, IntoResponse},
};
use program::UserId;
use store::NewUser;

use super::{cookie, get};
use crate::{
    App,
    access::{Actor, HOME, password, secret},
    audit::Trail,
    http::{
        client,
        error::{ApiError, ApiResult},
        extract::Json,
    },
};

/// Makes the first user, by the one-time link that the server prints at its start, and signs in.
#[utoipa::path(post, path = api::path::SETUP, tag = "session", request_body = Setup,
    responses((status = 201, body = Session), (status = 401, description = "The link is used, old or wrong."),
        (status = 409, description = "There is a user already."), (status = 422, description = "Address or password.")))]
pub async fn create_first_user(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    trail: Trail,
    Json(form): Json<Setup>,
) -> ApiResult<impl IntoResponse> {
    app.limits.by_login(client::address(&app, &headers, peer), "the first user")?;
    let workspace = HOME;
    if !app.store.users(workspace).await?.is_empty() {
        return Err(ApiError::Conflict("There is a user already. Sign in.".into()));
    }
    let email =
        mail::check_address(&form.email).map_err(|error| ApiError::invalid("email", "email", error.to_string()))?;
    if let Some(problem) = password::problem(&form.password) {
        return Err(ApiError::invalid("password", "password", problem));
    }
    let password = Some(password::hash(form.password).await?);
    let user = NewUser { id: UserId(app.clock.uuid()), email, password };
    if !app.store.create_first_user(workspace, &secret::digest(&form.token), &user, app.clock.now()).await? {
        let detail = "This link is used, older than a day or wrong. Start the server again for a new one.";
        return Err(ApiError::Denied(detail));
    }
    trail.target("account", Some(user.id.uuid()), &user.email);
    trail.actor(Actor::Person { id: user.id, email: user.email.clone() });
    let cookie = cookie::open(&app, workspace, user.id).await?;
    let session = get::about(&app, Some(user.email)).await?;
    Ok((StatusCode::CREATED, AppendHeaders([(SET_COOKIE, cookie)]), axum::Json(session)))
}

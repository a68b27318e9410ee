//! Whether requests can be served.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{
    app::App,
    http::error::{ApiError, ApiResult},
};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a node that is ready says.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Ready {
    /// Always `ready`.
    status: &'static str,
    /// What this process does.
    roles: Vec<&'static str>,
}

/// Whether the database answers, and what this process does.
#[utoipa::path(get, path = "/readyz", tag = "system",
    responses((status = 200, body = Ready), (status = 503, description = "The database does not answer.")))]
pub async fn get_ready(State(app): State<App>) -> ApiResult<Json<Ready>> {
    match tokio::time::timeout(PATIENCE, app.store.ping()).await {
        Ok(Ok(())) => Ok(Json(Ready { status: "ready", roles: app.config.work.role_names() })),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ApiError::Unavailable("The database did not answer within 2 seconds.".into())),
    }
}

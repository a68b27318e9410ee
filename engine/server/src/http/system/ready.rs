//! Whether requests can be served.

use std::{sync::atomic::Ordering, time::Duration};

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

/// Whether the database answers and does what is asked of it, and what this process does.
#[utoipa::path(get, path = "/readyz", tag = "system",
    responses((status = 200, body = Ready), (status = 503, description = "The database does not answer, or an operator must mend it.")))]
pub async fn get_ready(State(app): State<App>) -> ApiResult<Json<Ready>> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(ApiError::Unavailable("This node is going down; ask another.".into()));
    }
    let asked = async {
        app.store.ping().await?;
        Ok::<_, store::Error>(app.store.fault().await)
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(None)) => Ok(Json(Ready { status: "ready", roles: app.config.work.role_names() })),
        Ok(Ok(Some(why))) => Err(ApiError::Stuck(why)),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ApiError::Unavailable("The database did not answer within 2 seconds.".into())),
    }
}

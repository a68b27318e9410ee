//! Revoking an API key.

use axum::{extract::State, http::StatusCode};
use program::KeyId;
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// Revokes an API key for good. Other nodes refuse it within five seconds.
#[utoipa::path(delete, path = api::path::KEY, tag = "keys", params(("key" = Uuid, Path, description = "Its id.")),
    responses((status = 204, description = "Revoked."), (status = 404, description = "No such key.")))]
pub async fn revoke_key(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<StatusCode> {
    app.store.revoke_key(caller.workspace, KeyId(id), app.clock.now()).await?;
    app.callers.clear();
    Ok(StatusCode::NO_CONTENT)
}

//! The list of API keys.

use api::{Page, access::KeySummary};
use axum::{Json, extract::State};

use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, list},
};

/// All API keys, newest first, without their secrets.
#[utoipa::path(get, path = api::path::KEYS, tag = "keys", responses((status = 200, body = Page<KeySummary>)))]
pub async fn list_keys(State(app): State<App>, caller: Caller) -> ApiResult<Json<Page<KeySummary>>> {
    let rows = app.store.keys(caller.workspace).await?;
    Ok(Json(list::page(rows.into_iter().map(summary).collect(), None)))
}

/// One line of the list.
pub fn summary(row: store::ApiKey) -> KeySummary {
    KeySummary {
        id: row.id.uuid(),
        name: row.name,
        scopes: row.scopes,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    }
}

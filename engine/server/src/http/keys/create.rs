//! Making an API key.

use api::access::{CreatedKey, KeySummary, NewKey};
use axum::{extract::State, http::StatusCode};
use program::KeyId;

use crate::{
    App,
    access::{
        Caller,
        key::{KeyText, Scope},
    },
    audit::Trail,
    http::{
        error::{ApiError, ApiResult},
        extract::Json,
    },
};

/// Makes an API key. The answer is the only time that its text is shown.
#[utoipa::path(post, path = api::path::KEYS, tag = "keys", request_body = NewKey,
    responses((status = 201, body = CreatedKey), (status = 422, description = "Name, scopes or end are wrong.")))]
pub async fn create_key(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(form): Json<NewKey>,
) -> ApiResult<(StatusCode, axum::Json<CreatedKey>)> {
    let now = app.clock.now();
    let name = form.name.trim();
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(ApiError::invalid("name", "name", "say in 1 to 100 characters what the key is for"));
    }
    if form.scopes.is_empty() || form.scopes.iter().any(|scope| Scope::parse(scope).is_none()) {
        let known = Scope::ALL.map(Scope::name).join(", ");
        return Err(ApiError::invalid("scopes", "scopes", format!("name one or more of {known}")));
    }
    if form.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::invalid("expires_at", "expires_at", "the end must lie ahead"));
    }
    let text = KeyText::draw(KeyId(app.clock.uuid()));
    let mut scopes = form.scopes;
    scopes.sort();
    scopes.dedup();
    let key =
        store::NewKey { id: text.id, name: name.into(), scopes, digest: text.digest(), expires_at: form.expires_at };
    trail.target("key", Some(key.id.uuid()), &key.name);
    trail.detail("scopes", key.scopes.join(","));
    app.store.create_key(caller.workspace, &key, now).await?;
    let summary = KeySummary {
        id: key.id.uuid(),
        name: key.name,
        scopes: key.scopes,
        created_at: now,
        expires_at: key.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    Ok((StatusCode::CREATED, axum::Json(CreatedKey { summary, key: text.reveal() })))
}

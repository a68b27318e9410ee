//! Taking the contract of an event type away.

use axum::{extract::State, http::StatusCode};
use program::EventType;

use super::get_contract::told;
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// Takes the contract of an event type away: events may look as they like. Its versions are kept.
#[utoipa::path(delete, path = api::path::EVENT_CONTRACT, tag = "events",
    params(("event_type" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It has none any more."), (status = 404, description = "It had none.")))]
pub async fn delete_contract(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    let event = EventType::new(&name).map_err(|_| ApiError::NotFound("contract"))?;
    // One that cannot be read can be taken away.
    match told(&app, caller.workspace, &event).await {
        Ok(_) | Err(ApiError::Internal(_)) => {}
        Err(error) => return Err(error),
    }
    app.store.put_contract(caller.act(app.clock.now()), &event, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

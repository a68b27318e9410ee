//! Setting the contract of an event type.

use api::events::{EventContract, PutContract};
use axum::extract::State;
use program::EventType;

use super::get_contract::told;
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
    },
};

/// Sets the contract of an event type. It counts from the next event on, on all nodes.
///
/// With `mode` `report` an event that stands against it is taken and counted. With `refuse` it is refused as
/// `against_contract`, with the field and the reason. An event that is stored already is a duplicate, as without a contract.
/// One with more than 20,000 values where the contract looks is too large to be checked, and so stands against it. Each call makes a version; the last 50 are kept. What stood against
/// the former one is not counted any more. Programs whose expressions read a field that is not in the contract get a
/// warning.
#[utoipa::path(put, path = api::path::EVENT_CONTRACT, tag = "events", request_body = PutContract,
    params(("event_type" = String, Path, description = "Its name.")),
    responses((status = 200, body = EventContract),
        (status = 422, description = "This is no contract, its type is one of Stafette's own, or there are too many.")))]
pub async fn put_contract(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<PutContract>,
) -> ApiResult<axum::Json<EventContract>> {
    let event = EventType::new(&name).map_err(|error| ApiError::invalid("event_type", "name", error.to_string()))?;
    if event.is_own() {
        let why = "Stafette says what events of this type look like";
        return Err(ApiError::invalid("event_type", "reserved_event_type", why));
    }
    if let Some((path, why)) = form.contract.problem() {
        let at = if path.is_empty() { "contract.fields".to_owned() } else { format!("contract.fields.{path}") };
        return Err(ApiError::invalid(at, "contract", why));
    }
    app.store.put_contract(caller.act(app.clock.now()), &event, Some(&form.contract)).await?;
    told(&app, caller.workspace, &event).await.map(axum::Json)
}

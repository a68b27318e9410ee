//! The contract of an event type.

use api::events::{ContractHead, ContractViolation, EventContract};
use axum::{Json, extract::State};
use program::{EventType, WorkspaceId};
use store::{ContractVersion, ViolationRow};

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// Fields and reasons that are told.
const VIOLATIONS: u32 = 50;

/// The contract of an event type, with its versions and what stood against it.
#[utoipa::path(get, path = api::path::EVENT_CONTRACT, tag = "events",
    params(("event_type" = String, Path, description = "Its name.")),
    responses((status = 200, body = EventContract), (status = 404, description = "It has none.")))]
pub async fn get_contract(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<EventContract>> {
    let event = EventType::new(&name).map_err(|_| ApiError::NotFound("contract"))?;
    // What this node has just seen is among it.
    app.ingest.seen().settle(caller.workspace).await;
    told(&app, caller.workspace, &event).await.map(Json)
}

/// The contract as it is told.
pub async fn told(app: &App, workspace: WorkspaceId, event: &EventType) -> ApiResult<EventContract> {
    let versions = app.store.contract_history(workspace, event).await?;
    let newest = versions.first().ok_or(ApiError::NotFound("contract"))?;
    let contract = match &newest.contract {
        Ok(contract) => contract.clone().ok_or(ApiError::NotFound("contract"))?,
        Err(error) => return Err(ApiError::Internal(format!("the contract of {event} cannot be read: {error}"))),
    };
    let violations = app.store.violations(workspace, event, VIOLATIONS).await?;
    Ok(EventContract {
        kind: event.to_string(),
        version: newest.version,
        contract,
        author: newest.author.clone(),
        set_at: newest.made_at,
        violations: violations.into_iter().map(violation).collect(),
        versions: versions.into_iter().map(head).collect(),
    })
}

fn head(version: ContractVersion) -> ContractHead {
    let removed = matches!(version.contract, Ok(None));
    ContractHead { version: version.version, author: version.author, set_at: version.made_at, removed }
}

fn violation(row: ViolationRow) -> ContractViolation {
    let ViolationRow { path, code, times, reason, first_at, last_at } = row;
    ContractViolation { path, code, times, reason, first_at, last_at }
}

//! The list of events.

use api::{Page, events::EventSummary};
use axum::{Json, extract::State};
use program::{ContactId, EventType, WorkspaceId};
use serde::Deserialize;
use store::EventFilter;
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{PageQuery, Query},
        list,
        names::Contacts,
    },
};

/// Which events.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Of the contact with this id.
    contact: Option<Uuid>,
}

/// Events, newest first.
#[utoipa::path(get, path = api::path::EVENTS, tag = "events", params(Filter, PageQuery),
    responses((status = 200, body = Page<EventSummary>)))]
pub async fn list_events(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<EventSummary>>> {
    let event = filter.kind.map(|kind| EventType::new(&kind)).transpose();
    let event = event.map_err(|error| ApiError::invalid("type", "event_type", error.to_string()))?;
    let filter = EventFilter { event, contact: filter.contact.map(ContactId) };
    let found = app.store.events(caller.workspace, &filter, &page.paging()?).await?;
    let mut names = Contacts::default();
    let mut items = Vec::with_capacity(found.items.len());
    for event in found.items {
        items.push(summary(&app, caller.workspace, &mut names, &event).await?);
    }
    Ok(Json(list::page(items, found.next)))
}

/// One line of the list.
pub async fn summary(
    app: &App,
    workspace: WorkspaceId,
    names: &mut Contacts,
    event: &store::Event,
) -> ApiResult<EventSummary> {
    Ok(EventSummary {
        id: event.id.uuid(),
        kind: event.event.to_string(),
        contact_id: event.contact.uuid(),
        contact: names.name(app, workspace, event.contact).await?,
        occurred_at: event.occurred_at,
        received_at: event.received_at,
        started: event.tokens.len() as u64,
    })
}

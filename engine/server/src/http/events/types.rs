//! The known event types.

use api::{Page, events::EventTypeSummary};
use axum::{Json, extract::State};

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Query},
        list,
    },
};

/// The known event types, by name.
#[utoipa::path(get, path = api::path::EVENT_TYPES, tag = "events", params(PageQuery),
    responses((status = 200, body = Page<EventTypeSummary>)))]
pub async fn list_event_types(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<EventTypeSummary>>> {
    let found = app.store.event_types(caller.workspace, &page.paging()?).await?;
    let items = found.items.into_iter();
    let items = items.map(|row| EventTypeSummary { name: row.event.to_string(), registered_at: row.created_at });
    Ok(Json(list::page(items.collect(), found.next)))
}

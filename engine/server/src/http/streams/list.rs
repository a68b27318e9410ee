//! The list of streams.

use api::{Page, streams::StreamSummary};
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

/// Streams, newest first.
#[utoipa::path(get, path = api::path::STREAMS, tag = "streams", params(PageQuery),
    responses((status = 200, body = Page<StreamSummary>)))]
pub async fn list_streams(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<StreamSummary>>> {
    let found = app.store.streams(caller.workspace, &page.paging()?).await?;
    Ok(Json(list::page(found.items.into_iter().map(summary).collect(), found.next)))
}

/// One line of the list.
pub fn summary(row: store::StreamSummary) -> StreamSummary {
    StreamSummary {
        id: row.id.uuid(),
        name: row.name.to_string(),
        title: row.title,
        class: row.class.as_str().into(),
        version: row.current.number,
        updated_at: row.updated_at,
    }
}

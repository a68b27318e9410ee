//! One event.

use api::events::{AttachmentSummary, EventDetail};
use axum::{Json, extract::State};
use program::EventId;
use uuid::Uuid;

use super::list::summary;
use crate::{
    app::App,
    http::{auth::Caller, error::ApiResult, extract::Path, names::Contacts, tokens},
};

/// One event, with its payload, its files and the tokens that it started.
#[utoipa::path(get, path = api::path::EVENT, tag = "events", params(("event" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = EventDetail), (status = 404, description = "No such event.")))]
pub async fn get_event(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<EventDetail>> {
    let workspace = caller.workspace;
    let event = app.store.event(workspace, EventId(id)).await?;
    let mut names = Contacts::default();
    let files = app.store.attachments(workspace, event.id).await?;
    let files = files.into_iter().map(|file| AttachmentSummary {
        filename: file.filename,
        content_type: file.content_type,
        size: file.bytes.len() as u64,
    });
    let mut started = Vec::with_capacity(event.tokens.len());
    for id in &event.tokens {
        match app.store.token(workspace, *id).await {
            Ok(token) => started.push(tokens::list::summary(&app, workspace, &mut names, token).await?),
            // Finished tokens may be kept for less long than events.
            Err(store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(EventDetail {
        summary: summary(&app, workspace, &mut names, &event).await?,
        client_id: event.key,
        data: event.data,
        attachments: files.collect(),
        tokens: started,
    }))
}

//! One event.

use api::{
    events::{AttachmentSummary, EventDetail, Late},
    tokens::TokenSummary,
};
use axum::{Json, extract::State};
use program::{EventId, Reason, TokenId, WorkspaceId};
use uuid::Uuid;

use super::list::summary;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names::Contacts, tokens},
};

/// The most steps that are told of.
const MOST_LATE: usize = 50;

/// One event, with its payload, its files and the tokens that it started; also what of it came too late, and why.
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
    let names_of = app.store.passed_over(workspace, event.id).await?;
    let passed_over = (!names_of.is_empty()).then(|| Reason::PassedOver { names: names_of.join(", ") });
    let late = late(&app, workspace, &started).await?;
    Ok(Json(EventDetail {
        summary: summary(&app, workspace, &mut names, &event).await?,
        client_id: event.key,
        data: event.data,
        attachments: files.collect(),
        tokens: started,
        passed_over: passed_over.as_ref().map(Reason::to_string),
        passed_over_why: passed_over,
        late,
    }))
}

/// What of these came too late, oldest first; a bounded list.
async fn late(app: &App, workspace: WorkspaceId, tokens: &[TokenSummary]) -> ApiResult<Vec<Late>> {
    let mut late = Vec::new();
    for token in tokens {
        for step in app.store.trace(workspace, TokenId(token.id)).await? {
            if step.reason.is_late() {
                let (program, node) = (token.program.clone(), step.node.to_string());
                let (reason, why) = step.reason.told();
                late.push(Late { token: token.id, program, node, at: step.at, reason, why });
            }
        }
        if late.len() >= MOST_LATE {
            break;
        }
    }
    late.sort_by_key(|step| step.at);
    late.truncate(MOST_LATE);
    Ok(late)
}

//! What happened to a contact.

use std::collections::{HashMap, hash_map::Entry};

use api::{Page, contacts::TimelineEntry};
use axum::{Json, extract::State};
use program::{ContactId, Program, ProgramId, WorkspaceId};
use store::{TimelineItem, TimelineKind};
use uuid::Uuid;

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::ApiResult,
        extract::{PageQuery, Path, Query},
        list, messages,
    },
};

/// Events, steps and messages of one contact, newest first, with the reason of each step.
#[utoipa::path(get, path = api::path::CONTACT_TIMELINE, tag = "contacts",
    params(("contact" = Uuid, Path, description = "Its id."), PageQuery),
    responses((status = 200, body = Page<TimelineEntry>), (status = 404, description = "No such contact.")))]
pub async fn get_timeline(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<TimelineEntry>>> {
    let (workspace, id) = (caller.workspace, ContactId(id));
    let paging = page.paging()?;
    app.store.contact(workspace, id).await?;
    let found = app.store.timeline(workspace, id, &paging).await?;
    let mut programs = HashMap::new();
    let mut items = Vec::with_capacity(found.items.len());
    for item in found.items {
        items.push(entry(&app, workspace, &mut programs, item).await?);
    }
    Ok(Json(list::page(items, found.next)))
}

async fn entry(
    app: &App,
    workspace: WorkspaceId,
    programs: &mut HashMap<ProgramId, Program>,
    item: TimelineItem,
) -> ApiResult<TimelineEntry> {
    let at = item.at;
    Ok(match item.kind {
        TimelineKind::Event(event) => {
            TimelineEntry::Event { at, event_id: event.id.uuid(), kind: event.event.to_string() }
        }
        TimelineKind::Message(message) => {
            TimelineEntry::Message { at, message: messages::list::summary(app, workspace, message).await? }
        }
        TimelineKind::Step { token, program, step } => {
            let program = match programs.entry(program) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    let row = app.store.program(workspace, program).await?;
                    let version = row.current.unwrap_or(row.latest).id;
                    free.insert(app.store.version_program(workspace, version).await?)
                }
            };
            TimelineEntry::Step {
                at,
                token_id: token.uuid(),
                program: program.name.to_string(),
                program_title: program.title.clone(),
                node: program.nodes.get(&step.node).cloned(),
                step,
            }
        }
    })
}

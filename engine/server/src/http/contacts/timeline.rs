//! What happened to a contact.

use std::collections::HashMap;

use api::{Page, contacts::TimelineEntry};
use axum::{Json, extract::State};
use program::{ContactId, Node, NodeId, ProgramId, WorkspaceId};
use store::{TimelineItem, TimelineKind};
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{PageQuery, Path, Query},
        list, messages, names,
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
    let programs = programs(&app, workspace, &found.items).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for item in found.items {
        items.push(entry(&app, workspace, &programs, item).await?);
    }
    Ok(Json(list::page(items, found.next)))
}

/// What is told of a program: its name and title, and the nodes that steps were taken at.
struct Told {
    name: String,
    title: String,
    nodes: HashMap<NodeId, Node>,
}

/// The programs of these steps. One of them is in memory at a time: each may be large.
async fn programs(app: &App, workspace: WorkspaceId, items: &[TimelineItem]) -> ApiResult<HashMap<ProgramId, Told>> {
    let mut steps: HashMap<ProgramId, Vec<&NodeId>> = HashMap::new();
    for item in items {
        if let TimelineKind::Step { program, step, .. } = &item.kind {
            steps.entry(*program).or_default().push(&step.node);
        }
    }
    let mut told = HashMap::with_capacity(steps.len());
    for (id, nodes) in steps {
        let row = app.store.program(workspace, id).await?;
        let body = names::body(app, workspace, row.current.unwrap_or(row.latest).id).await?;
        let nodes = nodes.into_iter().filter_map(|node| Some((node.clone(), body.nodes.get(node)?.clone())));
        told.insert(id, Told { name: body.name.to_string(), title: body.title.clone(), nodes: nodes.collect() });
    }
    Ok(told)
}

async fn entry(
    app: &App,
    workspace: WorkspaceId,
    programs: &HashMap<ProgramId, Told>,
    item: TimelineItem,
) -> ApiResult<TimelineEntry> {
    let at = item.at;
    Ok(match item.kind {
        TimelineKind::Event(event) => {
            TimelineEntry::Event { at, event_id: event.id.uuid(), kind: event.event.to_string() }
        }
        TimelineKind::Message(message) => {
            TimelineEntry::Message { at, message: messages::list::summary(app, workspace, *message).await? }
        }
        TimelineKind::Step { token, program, step } => {
            let program = programs.get(&program).ok_or(ApiError::NotFound("program"))?;
            TimelineEntry::Step {
                at,
                token_id: token.uuid(),
                program: program.name.clone(),
                program_title: program.title.clone(),
                node: program.nodes.get(&step.node).cloned(),
                step,
            }
        }
    })
}

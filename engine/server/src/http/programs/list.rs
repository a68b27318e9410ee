//! The list of programs.

use api::{
    Page,
    programs::{ProgramState, ProgramSummary},
};
use axum::{Json, extract::State};
use program::{Program, ProgramId, Time, WorkspaceId};
use serde::Deserialize;
use store::{NodeCount, Store};

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Query},
        list, names,
    },
};

/// Which programs.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `true`: only the archived ones; `false`: all others.
    archived: Option<bool>,
}

/// Programs, newest first.
#[utoipa::path(get, path = api::path::PROGRAMS, tag = "programs", params(Filter, PageQuery),
    responses((status = 200, body = Page<ProgramSummary>)))]
pub async fn list_programs(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<ProgramSummary>>> {
    let found = app.store.programs(caller.workspace, filter.archived, &page.paging()?).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        items.push(summary(&app, caller.workspace, row).await?.0);
    }
    Ok(Json(list::page(items, found.next)))
}

/// One line of the list, and the program itself: the live version, or the newest where none is live.
pub async fn summary(
    app: &App,
    workspace: WorkspaceId,
    row: store::ProgramSummary,
) -> ApiResult<(ProgramSummary, Program)> {
    let version = row.current.as_ref().unwrap_or(&row.latest).id;
    let program = app.store.version::<Program>(workspace, version).await?;
    let counts = app.store.node_counts(workspace, row.id).await?;
    let total = |of: fn(&NodeCount) -> u64| counts.iter().map(of).sum();
    let entries = || program.nodes.iter().filter_map(|(id, node)| Some((id, node.kind.as_kind().way_in()?)));
    let mut events: Vec<_> = entries().filter_map(|(_, way)| way.event).map(ToString::to_string).collect();
    events.sort();
    events.dedup();
    let inside = total(|count| count.waiting);
    let entered = counts.iter().filter(|count| entries().any(|(id, _)| *id == count.node)).map(|count| count.entered);
    let summary = ProgramSummary {
        id: row.id.uuid(),
        name: row.name.to_string(),
        title: row.title,
        description: row.description,
        state: state(row.state, inside),
        version: row.current.map(|version| version.number),
        entry_events: events,
        entered: entered.sum(),
        inside,
        failed: total(|count| count.failed),
        updated_at: row.updated_at,
    };
    Ok((summary, program))
}

/// The line of a program as it is after something was done to it.
pub async fn summary_of(app: &App, workspace: WorkspaceId, id: ProgramId) -> ApiResult<ProgramSummary> {
    let row = app.store.program(workspace, id).await?;
    Ok(summary(app, workspace, row).await?.0)
}

/// Does something to a program that changes its state, and tells how it is then.
pub async fn change(
    app: &App,
    caller: &Caller,
    name: &str,
    act: impl AsyncFnOnce(&Store, ProgramId, Time) -> store::Result<()>,
) -> ApiResult<Json<ProgramSummary>> {
    let id = names::find(app, caller.workspace, name).await?.id;
    act(&app.store, id, app.clock.now()).await?;
    Ok(Json(summary_of(app, caller.workspace, id).await?))
}

fn state(state: store::ProgramState, inside: u64) -> ProgramState {
    match state {
        store::ProgramState::Draft => ProgramState::Draft,
        store::ProgramState::Live => ProgramState::Live,
        store::ProgramState::Paused => ProgramState::Paused,
        // Nobody is inside and nobody enters: that is what a stopped program is.
        store::ProgramState::Finishing if inside == 0 => ProgramState::Stopped,
        store::ProgramState::Finishing => ProgramState::Finishing,
        store::ProgramState::Stopped => ProgramState::Stopped,
        store::ProgramState::Archived => ProgramState::Archived,
    }
}

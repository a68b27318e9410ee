//! The versions of a program.

use api::{Page, documents::VersionSummary};
use axum::{Json, extract::State};

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{PageQuery, Path, Query},
        list, names,
    },
};

/// The immutable versions of a program, newest first.
#[utoipa::path(get, path = api::path::PROGRAM_VERSIONS, tag = "programs",
    params(("program" = String, Path, description = "Its name."), PageQuery),
    responses((status = 200, body = Page<VersionSummary>), (status = 404, description = "No such program.")))]
pub async fn list_versions(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<VersionSummary>>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let undoable = app.store.undoable(caller.workspace, &row).await?;
    let current = row.current.map(|version| version.id);
    let found = app.store.versions(caller.workspace, row.id, &page.paging()?).await?;
    let line = |version: store::DocumentVersion| VersionSummary {
        id: version.id.uuid(),
        number: version.number,
        live: Some(version.id) == current,
        title: version.title,
        author: version.author,
        created_at: version.created_at,
        publication: undoable.filter(|_| Some(version.id) == current),
    };
    Ok(Json(list::page(found.items.into_iter().map(line).collect(), found.next)))
}

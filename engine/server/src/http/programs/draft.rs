//! The draft of a program.

use api::programs::Draft;
use axum::{Json, extract::State};
use program::Program;

use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// The draft of a program; the latest version as draft, of revision 0, where none was saved.
#[utoipa::path(get, path = api::path::PROGRAM_DRAFT, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Draft), (status = 404, description = "No such program.")))]
pub async fn get_draft(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> ApiResult<Json<Draft>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    Ok(Json(draft(app.store.draft(caller.workspace, row.id).await?)))
}

/// The draft as it travels.
pub fn draft(stored: store::Draft<Program>) -> Draft {
    let store::Draft { body: program, head, base, changed, .. } = stored;
    Draft { program, revision: head.revision, base, saved_at: head.saved_at, saved_by: head.saved_by, changed }
}

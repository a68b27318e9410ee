//! What only a server finds in a draft.

use api::programs::Checked;
use axum::{Json, extract::State};

use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names, programs::preview::beyond},
};

/// What is wrong with the stored draft that the program and the names that are known do not tell: mails that cannot be
/// written for the newest events, and URLs that this installation does not call. An editor finds the rest by itself.
#[utoipa::path(get, path = api::path::PROGRAM_DRAFT_PROBLEMS, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Checked), (status = 404, description = "No such program.")))]
pub async fn get_draft_problems(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<Checked>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let draft = app.store.draft(caller.workspace, row.id).await?;
    Ok(Json(Checked { problems: beyond(&app, caller.workspace, &draft.body).await? }))
}

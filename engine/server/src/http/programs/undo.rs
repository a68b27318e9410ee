//! Undoing a publication.

use api::programs::{Returned, UndoPublish, Undone};
use axum::extract::State;

use super::publish::wire;
use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{Json, Path},
        names,
    },
};

/// Undoes the latest publication, once: the former version is live again, and tokens that it moved go back to where
/// they stood, due as they were. Tokens that went on since stay where they are, and so does whoever entered the version
/// since; resting at the wait to which they were moved is not going on. The draft stays as it is.
#[utoipa::path(post, path = api::path::PROGRAM_PUBLISH_UNDO, tag = "programs", request_body = UndoPublish,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Undone), (status = 404, description = "No such program, or nothing was published."),
        (status = 409, description = "It was undone already, or another version was published since.")))]
pub async fn undo_publication(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Json(form): Json<UndoPublish>,
) -> ApiResult<axum::Json<Undone>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let undone = app.store.undo_publication(caller.act(app.clock.now()), row.id, form.publication).await?;
    app.wake.tokens();
    let (back, gone_on) = undone.returned.iter().fold((0, 0), |(back, gone), one| (back + one.back, gone + one.gone));
    let returned = undone.returned.into_iter();
    let returned = returned
        .map(|one| Returned { choice: wire(one.node, one.choice), back: one.back, gone_on: one.gone })
        .collect();
    Ok(axum::Json(Undone { version: undone.version, back, gone_on, returned }))
}

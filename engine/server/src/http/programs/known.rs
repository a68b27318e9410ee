//! What is known beside a program.

use axum::{Json, extract::State};
use program::{Known, ProgramName};

use crate::{
    app::App,
    http::{
        auth::Caller,
        error::{ApiError, ApiResult},
        extract::Path,
    },
    known,
};

/// What this installation knows beside a program, for the checker and for what an editor offers: streams, event types
/// and their fields, attributes of contacts, the other live programs. The program need not be there yet.
///
/// The look has bounds: 500 streams, 1,000 event types, the newest 1,000 events of all types (200 of each count), the
/// newest 200 contacts; up to 500 fields of each, six levels deep, with five examples of 60 characters. An event type
/// that did not come lately has `seen` 0 and no fields, which says that nothing is known of them.
#[utoipa::path(get, path = api::path::PROGRAM_KNOWN, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Object, description = "`streams`, `events`, `attributes` by name; `programs`.")))]
pub async fn get_known(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> ApiResult<Json<Known>> {
    let name = ProgramName::new(&name).map_err(|_| ApiError::NotFound("program"))?;
    Ok(Json(known::gather(&app.store, caller.workspace, &name).await?))
}

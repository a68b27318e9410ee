//! Stopping a program.

use api::programs::Stopped;
use axum::{Json, extract::State};

use super::list::summary_of;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path, names},
};

/// Takes everybody out of a program: no event starts a token, no step is taken, no mail begins to go out. `resume`
/// takes it back: those taken out return to where they stood. Repeating it takes out whom an interruption left.
#[utoipa::path(post, path = api::path::PROGRAM_STOP, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Stopped), (status = 404, description = "No such program."),
        (status = 409, description = "It was never published, or it is archived.")))]
pub async fn stop_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<Stopped>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let handing_over = app.store.stop_program(workspace, row.id, app.clock.now()).await?;
    let mut ejected = 0;
    // In batches, so that nobody waits for long. Whoever falls due meanwhile is taken out when it is claimed.
    loop {
        let some = app.store.eject(workspace, row.id, app.clock.now()).await?;
        if some == 0 {
            break;
        }
        ejected += some;
    }
    Ok(Json(Stopped { summary: summary_of(&app, workspace, row.id).await?, ejected, handing_over }))
}

//! Publishing a draft.

use api::programs::{Choice, Moved, NodeMove, Publish, Published};
use axum::extract::State;
use program::{NodeId, VersionId};
use store::{NodeChoice, Publishing};

use super::preview::beyond;
use crate::{
    App,
    access::Caller,
    audit::Trail,
    drafts,
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
        names,
    },
};

/// Makes the draft the live version: from now on events enter it. Tokens that stand at nodes of older versions are
/// treated as chosen, all or none; those at nodes that are not named stay in their version. The counts tell what was
/// really done, which is more or less than the preview said where tokens moved in between.
#[utoipa::path(post, path = api::path::PROGRAM_PUBLISH, tag = "programs", request_body = Publish,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Published), (status = 404, description = "No such program."),
        (status = 409, description = "`draft_changed`: somebody else saved it; or the program is archived."),
        (status = 422, description = "The draft has errors, or a choice does not fit it.")))]
pub async fn publish_program(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Path(name): Path<String>,
    Json(form): Json<Publish>,
) -> ApiResult<axum::Json<Published>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let draft = drafts::seen(&app.store, workspace, row.id, form.revision).await?;
    let mut problems = drafts::problems(&app.store, &app.looks, workspace, &draft).await?;
    problems.extend(beyond(&app, workspace, &draft.body).await?);
    drafts::without_errors(problems)?;
    let choices: Vec<_> = form.moves.into_iter().enumerate().map(stored).collect::<ApiResult<_>>()?;
    let publish = store::Publish {
        id: app.clock.uuid(),
        version: VersionId(app.clock.uuid()),
        revision: form.revision,
        choices: &choices,
        time_scale: app.config.work.time_scale(),
    };
    // The draft that was checked is the one of this revision, which the store sees to.
    match app.store.publish_draft(caller.act(app.clock.now()), row.id, &publish).await? {
        Publishing::Stale(head) => Err(ApiError::DraftChanged(head)),
        Publishing::Published(done) => {
            trail.detail("version", done.version);
            app.wake.tokens();
            let moved = done.moved.into_iter();
            let moved = moved.map(|one| Moved { choice: wire(one.node, one.choice), tokens: one.tokens }).collect();
            let store::Published { id: publication, version, revision, .. } = done;
            Ok(axum::Json(Published { version, publication, revision, moved }))
        }
    }
}

fn stored((at, wanted): (usize, NodeMove)) -> ApiResult<NodeChoice> {
    let node = |field: &str, name: &str| {
        let wrong =
            |error: program::NameError| ApiError::invalid(format!("moves[{at}].{field}"), "node", error.to_string());
        NodeId::new(name).map_err(wrong)
    };
    let choice = match wanted.choice {
        Choice::Stay => store::Choice::Stay,
        Choice::Move { to } => store::Choice::Move { to: node("to", &to)? },
        Choice::Retime => store::Choice::Retime,
        Choice::Exit => store::Choice::Exit,
    };
    Ok(NodeChoice { node: node("node", &wanted.node)?, choice })
}

/// A choice as it travels.
pub fn wire(node: NodeId, choice: store::Choice) -> NodeMove {
    let choice = match choice {
        store::Choice::Stay => Choice::Stay,
        store::Choice::Move { to } => Choice::Move { to: to.to_string() },
        store::Choice::Retime => Choice::Retime,
        store::Choice::Exit => Choice::Exit,
    };
    NodeMove { node: node.to_string(), choice }
}

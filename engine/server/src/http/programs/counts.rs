//! The live counts of a program's nodes.

use api::programs::{NodeCount, PortCount};
use axum::{Json, extract::State};

use crate::{
    app::App,
    http::{auth::Caller, error::ApiResult, extract::Path, names},
};

/// How many tokens came by each node, over all versions.
#[utoipa::path(get, path = api::path::PROGRAM_COUNTS, tag = "programs",
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Vec<NodeCount>), (status = 404, description = "No such program.")))]
pub async fn get_counts(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<Vec<NodeCount>>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let counts = app.store.node_counts(caller.workspace, row.id).await?;
    Ok(Json(counts.into_iter().map(count).collect()))
}

fn count(row: store::NodeCount) -> NodeCount {
    let mut left: Vec<_> = row.passed.into_iter().map(|(port, n)| PortCount { port, n }).collect();
    if row.finished > 0 {
        left.push(PortCount { port: "finished".into(), n: row.finished });
    }
    if row.moved > 0 {
        left.push(PortCount { port: "moved".into(), n: row.moved });
    }
    if row.ejected > 0 {
        left.push(PortCount { port: "ejected".into(), n: row.ejected });
    }
    NodeCount { node: row.node.to_string(), entered: row.entered, waiting: row.waiting, failed: row.failed, left }
}

//! The live counts of a program's nodes.

use api::programs::{NodeCount, PortCount};
use axum::{Json, extract::State};

use crate::{
    App,
    access::Caller,
    http::{
        error::ApiResult,
        extract::{Path, Query, TimeQuery},
        names,
    },
};

/// How many tokens came by each node, over all versions: ever, or in a time. Counts are kept by the quarter of an hour
/// for two days, by the hour for eight and by the day (UTC) for ever; what they are kept by at the age of `from` is taken
/// in whole.
#[utoipa::path(get, path = api::path::PROGRAM_COUNTS, tag = "programs",
    params(("program" = String, Path, description = "Its name."), TimeQuery),
    responses((status = 200, body = Vec<NodeCount>), (status = 404, description = "No such program."),
        (status = 422, description = "The time ends before it begins.")))]
pub async fn get_counts(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(time): Query<TimeQuery>,
) -> ApiResult<Json<Vec<NodeCount>>> {
    let row = names::find(&app, caller.workspace, &name).await?;
    let now = app.clock.now();
    let counts = match time.is_all() {
        true => app.store.node_counts(caller.workspace, row.id).await?,
        false => app.store.node_counts_in(caller.workspace, row.id, time.range(now)?, now).await?,
    };
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
    NodeCount {
        node: row.node.to_string(),
        entered: row.entered,
        waiting: row.waiting,
        failed: row.failed,
        rested: row.rested,
        dwell: row.dwelt.checked_div(row.rested),
        left,
    }
}

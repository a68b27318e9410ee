//! Holding a queue.

use api::queues::{Queue, QueueName};
use axum::{Json, extract::State};

use super::{one, stored, wake};
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// Holds a queue, on all nodes: nothing of it begins to be handed over, and nobody is called, until it is released. What
/// waits keeps its place, and expires as ever.
#[utoipa::path(post, path = api::path::QUEUE_HOLD, tag = "messages",
    params(("queue" = QueueName, Path, description = "Which one.")),
    responses((status = 200, body = Queue)))]
pub async fn hold_queue(State(app): State<App>, _: Caller, Path(name): Path<QueueName>) -> ApiResult<Json<Queue>> {
    app.store.hold_queue(stored(name), app.clock.now()).await?;
    wake(&app, name);
    one(&app, name).await
}

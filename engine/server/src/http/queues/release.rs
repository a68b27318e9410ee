//! Letting a held queue go.

use api::queues::{Queue, QueueName};
use axum::{Json, extract::State};

use super::{one, stored, wake};
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// Lets a held queue go.
#[utoipa::path(post, path = api::path::QUEUE_RELEASE, tag = "messages",
    params(("queue" = QueueName, Path, description = "Which one.")),
    responses((status = 200, body = Queue)))]
pub async fn release_queue(State(app): State<App>, _: Caller, Path(name): Path<QueueName>) -> ApiResult<Json<Queue>> {
    app.store.release_queue(stored(name), app.clock.now()).await?;
    wake(&app, name);
    one(&app, name).await
}

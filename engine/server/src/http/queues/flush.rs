//! Trying at once.

use api::queues::{Queue, QueueName};
use axum::{Json, extract::State};

use super::{one, stored, wake};
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// Has all that was tried in vain tried at once, in the order in which it was queued, and looks at a relay that was given up
/// or at hosts that are left alone. What it has behind it stays: no message is handed over more often for that.
#[utoipa::path(post, path = api::path::QUEUE_FLUSH, tag = "messages",
    params(("queue" = QueueName, Path, description = "Which one.")),
    responses((status = 200, body = Queue)))]
pub async fn flush_queue(State(app): State<App>, _: Caller, Path(name): Path<QueueName>) -> ApiResult<Json<Queue>> {
    app.store.flush_queue(stored(name), app.clock.now()).await?;
    wake(&app, name);
    one(&app, name).await
}

//! The two queues of messages: how they stand, and what an operator says of them.

pub mod flush;
pub mod hold;
pub mod list;
pub mod release;

use api::queues::{Queue, QueueName};
use program::StreamClass;

use crate::{
    App,
    http::error::{ApiError, ApiResult},
};

/// The messages of a queue.
pub fn class(name: QueueName) -> StreamClass {
    match name {
        QueueName::Operational => StreamClass::Operational,
        QueueName::Marketing => StreamClass::Marketing,
    }
}

/// One of the queues, as it stands now.
async fn one(app: &App, name: QueueName) -> ApiResult<axum::Json<Queue>> {
    let queues = list::all(&app.store, app.clock.now()).await?;
    let queue = queues.into_iter().find(|queue| queue.name == name);
    queue.map(axum::Json).ok_or(ApiError::NotFound("queue"))
}

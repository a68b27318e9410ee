//! The queues of mails and of calls: how they stand, and what an operator says of them.

pub mod flush;
pub mod hold;
pub mod list;
pub mod release;

use api::queues::{Queue, QueueName};
use program::StreamClass;
use runner::Topic;

use crate::{
    App,
    http::error::{ApiError, ApiResult},
};

/// As the store knows it.
pub fn stored(name: QueueName) -> store::QueueName {
    match name {
        QueueName::Operational => StreamClass::Operational.into(),
        QueueName::Marketing => StreamClass::Marketing.into(),
        QueueName::Calls => store::QueueName::Calls,
    }
}

/// Wakes who works on it.
fn wake(app: &App, name: QueueName) {
    app.wake.wake(match stored(name) {
        store::QueueName::Mail(class) => Topic::Messages(class),
        store::QueueName::Calls => Topic::Calls,
    });
}

/// One of the queues, as it stands now.
async fn one(app: &App, name: QueueName) -> ApiResult<axum::Json<Queue>> {
    let queues = list::all(&app.store, app.clock.now()).await?;
    let queue = queues.into_iter().find(|queue| queue.name == name);
    queue.map(axum::Json).ok_or(ApiError::NotFound("queue"))
}

//! The list of queues.

use api::queues::{Queue, QueueName, Queues, Relay, RelayState};
use axum::{Json, extract::State};
use program::{StreamClass, Time};
use store::Store;

use crate::{App, access::Caller, http::error::ApiResult};

/// The queues of mails and of calls: what waits, since when, whether an operator holds it, and what nodes see of the relay or
/// of the hosts that are called.
#[utoipa::path(get, path = api::path::QUEUES, tag = "messages", responses((status = 200, body = Queues)))]
pub async fn list_queues(State(app): State<App>, _: Caller) -> ApiResult<Json<Queues>> {
    Ok(Json(Queues { items: all(&app.store, app.clock.now()).await? }))
}

/// All of them.
pub async fn all(store: &Store, now: Time) -> store::Result<Vec<Queue>> {
    let seen = store.relays_seen(now).await?;
    let queues = store.queues(now).await?;
    let queue = |queue: store::Queue| Queue {
        name: match queue.name {
            store::QueueName::Mail(StreamClass::Operational) => QueueName::Operational,
            store::QueueName::Mail(StreamClass::Marketing) => QueueName::Marketing,
            store::QueueName::Calls => QueueName::Calls,
        },
        held_at: queue.held_at,
        flushed_at: queue.flushed_at,
        waiting: queue.waiting,
        put_off: queue.put_off,
        oldest_at: queue.oldest,
        relays: seen.iter().filter(|relay| relay.queue == queue.name).cloned().map(relay).collect(),
    };
    Ok(queues.into_iter().map(queue).collect())
}

fn relay(seen: store::RelaySeen) -> Relay {
    let state = if seen.state == "open" { RelayState::Open } else { RelayState::HalfOpen };
    let (cause, why) = seen.cause.told();
    Relay { node: seen.node, server: seen.server, state, cause, why, since: seen.since, next_at: seen.next }
}

//! Whether requests can be served, and mails handed over.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{Json, extract::State};
use runner::RelayHealth;
use serde::Serialize;
use store::Obstacle;

use crate::{
    App,
    config::Role,
    http::error::{ApiError, ApiResult},
};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a node that is ready says.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Ready {
    /// Always `ready`.
    status: &'static str,
    /// What this process does.
    roles: Vec<&'static str>,
    /// Queues whose relay takes no mails as this process sees it; absent where all is well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waiting_for_relay: Vec<&'static str>,
}

/// Whether the database answers and does what is asked of it, and what this process does. One that only hands mail over and answers no calls is not
/// ready either while a relay takes nothing from it, and says which and why.
#[utoipa::path(get, path = "/readyz", tag = "system",
    responses((status = 200, body = Ready),
        (status = 503, description = "The database does not answer, or an operator must mend it, or this process only hands mail over and its relay takes none.")))]
pub async fn get_ready(State(app): State<App>) -> ApiResult<Json<Ready>> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(ApiError::Unready("This node is going down; ask another.".into()));
    }
    let asked = async {
        app.store.ping().await?;
        Ok::<_, store::Error>(app.store.obstacle().await)
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(obstacle))) => return Err(ApiError::Unready(stuck(obstacle))),
        Ok(Err(error)) => return Err(unasked(error)),
        Err(_) => {
            let silent = || "The database did not answer within 2 seconds.".into();
            return Err(ApiError::Unready(app.store.known_obstacle().map_or_else(silent, stuck)));
        }
    }
    let open: Vec<_> = app.dispatcher.relays().into_iter().filter(|relay| relay.open).collect();
    // Who answers calls goes on doing so: events are taken in, and their mails wait. The words of a relay are nothing for
    // everybody there.
    let only_mail = app.config.work.has(Role::Dispatcher) && !app.config.work.has(Role::Api);
    if only_mail && !open.is_empty() {
        return Err(ApiError::Unready(open.iter().map(words).collect::<Vec<_>>().join(" ")));
    }
    let waiting_for_relay = open.iter().map(|relay| relay.class.as_str()).collect();
    Ok(Json(Ready { status: "ready", roles: app.config.work.role_names(), waiting_for_relay }))
}

/// In words for everybody: what a database says of itself is for its operator, in the log.
fn stuck(obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle { alarming: false, why, .. } => why,
        Obstacle { remedy: Some(remedy), .. } => format!("The database cannot do what is asked of it: {remedy}."),
        Obstacle { remedy: None, .. } => {
            "The database cannot do what is asked of it until somebody mends it; the server's log says why.".into()
        }
    }
}

/// The same of the question itself.
fn unasked(error: store::Error) -> ApiError {
    match ApiError::from(error) {
        ApiError::Unavailable(why) => ApiError::Unready(why),
        ApiError::Stuck(why) => ApiError::Unready(stuck(Obstacle::of(why))),
        error => error,
    }
}

fn words(relay: &RelayHealth) -> String {
    let cause = relay.cause.as_ref().map_or_else(String::new, ToString::to_string);
    format!("The relay {} for {} mail takes none: {cause}.", relay.server, relay.class.as_str())
}

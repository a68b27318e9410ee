//! Whether requests can be served, and mails handed over.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{Json, extract::State};
use program::StreamClass;
use runner::RelayHealth;
use serde::Serialize;

use crate::{
    app::App,
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
        return Err(ApiError::Unavailable("This node is going down; ask another.".into()));
    }
    let asked = async {
        app.store.ping().await?;
        Ok::<_, store::Error>(app.store.fault().await)
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(why))) => return Err(ApiError::Stuck(why)),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(ApiError::Unavailable("The database did not answer within 2 seconds.".into())),
    }
    let open: Vec<_> = app.dispatcher.relays().into_iter().filter(|relay| relay.open).collect();
    // Who answers calls goes on doing so: events are taken in, and their mails wait. The words of a relay are nothing for
    // everybody there.
    let only_mail = app.config.work.has(Role::Dispatcher) && !app.config.work.has(Role::Api);
    if only_mail && !open.is_empty() {
        return Err(ApiError::Unavailable(open.iter().map(words).collect::<Vec<_>>().join(" ")));
    }
    let waiting_for_relay = open.iter().map(|relay| queue(relay.class)).collect();
    Ok(Json(Ready { status: "ready", roles: app.config.work.role_names(), waiting_for_relay }))
}

fn words(relay: &RelayHealth) -> String {
    let cause = relay.cause.as_deref().unwrap_or_default();
    format!("The relay {} for {} mail takes none: {cause}.", relay.server, queue(relay.class))
}

fn queue(class: StreamClass) -> &'static str {
    match class {
        StreamClass::Operational => "operational",
        StreamClass::Marketing => "marketing",
    }
}

//! By what a receiver can tell that a call is ours.

use api::calls::WebhookSecret;
use axum::{Json, extract::State};

use crate::{App, access::Caller, http::error::ApiResult};

/// The secret that signs the calls of *call webhook* nodes, as Standard Webhooks spell it. Whoever receives calls checks
/// `webhook-signature` with it. It is made of the installation's secret: who changes that changes this one, too.
#[utoipa::path(get, path = api::path::WEBHOOK_SECRET, tag = "webhooks",
    responses((status = 200, body = WebhookSecret)))]
pub async fn get_webhook_secret(State(app): State<App>, caller: Caller) -> ApiResult<Json<WebhookSecret>> {
    Ok(Json(WebhookSecret { secret: app.signer.told(caller.workspace) }))
}

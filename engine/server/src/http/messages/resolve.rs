//! Deciding messages whose outcome is unknown.

use api::{
    Changed,
    messages::{Resolution, Resolve},
};
use axum::extract::State;
use program::MessageId;

use crate::{
    App,
    access::Caller,
    audit::Trail,
    http::{dead_letters::replay::check_number, error::ApiResult, extract::Json},
};

/// Decides messages whose outcome is unknown: hand them over again under the same Message-ID, or count them as sent.
#[utoipa::path(post, path = api::path::MESSAGES_RESOLVE, tag = "messages", request_body = Resolve,
    responses((status = 200, body = Changed)))]
pub async fn resolve_messages(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(form): Json<Resolve>,
) -> ApiResult<axum::Json<Changed>> {
    check_number(&form.ids)?;
    trail.detail("ids", form.ids.len());
    let ids: Vec<_> = form.ids.into_iter().map(MessageId).collect();
    let resolution = match form.resolution {
        Resolution::Resend => store::Resolution::Resend,
        Resolution::Skip => store::Resolution::Skip,
    };
    let changed = app.store.resolve_unknown(caller.workspace, &ids, resolution, app.clock.now()).await?;
    app.wake.all_messages();
    Ok(axum::Json(Changed { changed }))
}

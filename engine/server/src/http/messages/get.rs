//! One message.

use api::messages::MessageSummary;
use axum::{Json, extract::State};
use program::MessageId;
use uuid::Uuid;

use super::list::summary;
use crate::{
    App,
    access::Caller,
    http::{error::ApiResult, extract::Path},
};

/// One message.
#[utoipa::path(get, path = api::path::MESSAGE, tag = "messages",
    params(("message" = Uuid, Path, description = "Its id.")),
    responses((status = 200, body = MessageSummary), (status = 404, description = "No such message.")))]
pub async fn get_message(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<MessageSummary>> {
    let message = app.store.message(caller.workspace, MessageId(id)).await?;
    Ok(Json(summary(&app, caller.workspace, message).await?))
}

//! Trying dead letters again.

use api::messages::{Left, Replay, Replayed};
use axum::extract::State;
use program::{CallId, MessageId, TokenId};
use runner::Topic;
use uuid::Uuid;

use crate::{
    App,
    access::Caller,
    audit::Trail,
    http::{
        error::{ApiError, ApiResult},
        extract::Json,
    },
};

/// Tries dead letters again: failed tokens at the place where they stand, failed messages and calls from the outbox. With `current`
/// by what was mended since: the program's current version, or the stream's.
///
/// Messages whose outcome is unknown are not among them; see the call that resolves them.
#[utoipa::path(post, path = api::path::DEAD_LETTERS_REPLAY, tag = "messages", request_body = Replay,
    responses((status = 200, body = Replayed)))]
pub async fn replay_dead_letters(
    State(app): State<App>,
    caller: Caller,
    trail: Trail,
    Json(form): Json<Replay>,
) -> ApiResult<axum::Json<Replayed>> {
    check_number(&form.ids)?;
    trail.detail("ids", form.ids.len());
    let now = app.clock.now();
    let tokens: Vec<_> = form.ids.iter().copied().map(TokenId).collect();
    let messages: Vec<_> = form.ids.iter().copied().map(MessageId).collect();
    let calls: Vec<_> = form.ids.into_iter().map(CallId).collect();
    // An id is of one sort or of the other; each call leaves alone what it does not know.
    let mut done = Replayed::default();
    if form.current {
        let tokens = app.store.mend_tokens(caller.workspace, &tokens, now).await?;
        let messages = app.store.mend_messages(caller.workspace, &messages, now).await?;
        done.changed = tokens.changed + messages.changed;
        let left = tokens.left.into_iter().chain(messages.left);
        done.left = left.map(|left| Left { id: left.id, detail: left.why }).collect();
    } else {
        done.changed = app.store.replay_tokens(caller.workspace, &tokens, now).await?
            + app.store.replay_messages(caller.workspace, &messages, now).await?;
    }
    // A call says what it said, whatever is current.
    done.changed += app.store.replay_calls(caller.workspace, &calls, now).await?;
    app.wake.tokens();
    app.wake.wake(Topic::Calls);
    app.wake.all_messages();
    Ok(axum::Json(done))
}

/// Refuses lists that are empty or too long.
pub fn check_number(ids: &[Uuid]) -> ApiResult<()> {
    match ids.len() {
        1..=1_000 => Ok(()),
        n => Err(ApiError::invalid("ids", "ids", format!("there are {n} ids; name 1 to 1,000"))),
    }
}

//! Going on with a test run without waiting.

use api::{Changed, programs::SkipWaits};
use axum::extract::State;
use program::TokenId;
use store::{Paging, TokenFilter, TokenStatus};
use uuid::Uuid;

use super::test_runs;
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{Json, Path},
    },
};

/// The most tokens of one call.
const MOST: u32 = 200;

/// Ends waits of a test run now; the trace tells that they were skipped.
#[utoipa::path(post, path = api::path::PROGRAM_TEST_RUN_SKIP, tag = "programs", request_body = SkipWaits,
    params(("program" = String, Path, description = "Its name."), ("run" = Uuid, Path, description = "The test run.")),
    responses((status = 200, body = Changed), (status = 404, description = "No such test run."),
        (status = 422, description = "More than 200 tokens.")))]
pub async fn skip_wait(
    State(app): State<App>,
    caller: Caller,
    Path((name, run)): Path<(String, Uuid)>,
    Json(form): Json<SkipWaits>,
) -> ApiResult<axum::Json<Changed>> {
    let run = test_runs::find(&app, caller.workspace, &name, run).await?;
    let tokens: Vec<_> = match form.tokens {
        Some(tokens) if tokens.len() > MOST as usize => {
            return Err(ApiError::invalid("tokens", "too_many", format!("name {MOST} tokens at most")));
        }
        Some(tokens) => tokens.into_iter().map(TokenId).collect(),
        None => {
            let filter = TokenFilter { status: Some(TokenStatus::Ready), ..TokenFilter::default() };
            let page = app.store.tokens(run.id, &filter, &Paging { after: None, limit: MOST }).await?;
            page.items.into_iter().map(|token| token.id).collect()
        }
    };
    let changed = app.store.skip_waits(run.id, &tokens, app.clock.now()).await?;
    app.wake.tokens();
    Ok(axum::Json(Changed { changed }))
}

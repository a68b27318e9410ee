//! Letting a program go on.

use api::programs::{CatchUp, CaughtUp, Resume, Resumed};
use axum::{Json, extract::State};
use program::Period;
use runner::Topic;
use store::Released;

use super::list::summary_of;
use crate::{
    App,
    access::Caller,
    http::{
        error::{ApiError, ApiResult},
        extract::{MaybeJson, Path},
        names,
    },
};

/// Batches of one request. What is beyond them goes on by itself: a client should not wait for a million tokens.
const MOST: usize = 200;

/// Lets a paused, stopped or finishing program go on. What fell due meanwhile comes back by the rule: all of it now,
/// all but what is too old, or spread over a time, each in the order in which it was due. Repeating it brings back what
/// is still set aside, by the new rule.
#[utoipa::path(post, path = api::path::PROGRAM_RESUME, tag = "programs", request_body = Option<Resume>,
    params(("program" = String, Path, description = "Its name.")),
    responses((status = 200, body = Resumed), (status = 404, description = "No such program."),
        (status = 409, description = "It was never published, or it is archived."),
        (status = 422, description = "There is no such rule, or its time is none.")))]
pub async fn resume_program(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    MaybeJson(form): MaybeJson<Resume>,
) -> ApiResult<Json<Resumed>> {
    let workspace = caller.workspace;
    let row = names::find(&app, workspace, &name).await?;
    let rule = stored(form.catch_up, app.config.work.time_scale())?;
    app.store.resume_program(workspace, row.id, rule, app.clock.now()).await?;
    let mut done = Released::default();
    for _ in 0..MOST {
        done += app.store.release(workspace, row.id, app.clock.now()).await?;
        app.wake.tokens();
        app.wake.all_messages();
        app.wake.wake(Topic::Calls);
        if !done.more {
            break;
        }
    }
    let Released { tokens, waiting, messages, calls, skipped_tokens, skipped_messages, skipped_calls, more } = done;
    let caught_up =
        CaughtUp { tokens, waiting, messages, calls, skipped_tokens, skipped_messages, skipped_calls, more };
    Ok(Json(Resumed { summary: summary_of(&app, workspace, row.id).await?, caught_up }))
}

/// The rule in this installation's time, which may go faster than the clock, as waits do.
fn stored(rule: CatchUp, scale: f64) -> ApiResult<store::CatchUp> {
    let scaled = |period: Period| {
        let millis = (period.millis() as f64 / scale).round();
        Period::from_millis(millis as u64).unwrap_or(Period::MAX)
    };
    match rule {
        CatchUp::Run => Ok(store::CatchUp::Run),
        CatchUp::Skip { older_than } => Ok(store::CatchUp::Skip { older_than: scaled(older_than) }),
        CatchUp::Spread { over } if over.millis() == 0 => {
            let why = "over no time there is nothing to spread; take the rule run, or a time such as 6h";
            Err(ApiError::invalid("catch_up.over", "period", why))
        }
        CatchUp::Spread { over } => Ok(store::CatchUp::Spread { over: scaled(over) }),
    }
}

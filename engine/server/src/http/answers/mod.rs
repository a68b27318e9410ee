//! Pages behind the links in mails: an answer to a survey, or joining a club. Whoever holds the link may answer for
//! its message; looking at the page changes nothing.

pub mod give;
pub mod page;
pub mod show;
pub mod words;

use axum::http::HeaderMap;
use program::{MessageId, Purpose, WorkspaceId};
use store::Message;

use self::words::Words;
use super::{
    error::{ApiError, ApiResult},
    extract::Path,
};
use crate::{App, access::HOME};

/// What a link asks.
pub enum Question {
    /// One answer on a scale from 1.
    Survey {
        /// The question.
        question: String,
        /// The best grade.
        scale: u8,
    },
    /// Joining a club.
    Invite {
        /// Its name.
        club: String,
    },
}

/// The message that a link answers for, where it lives, and what it asks.
async fn find(app: &App, link: ApiResult<Path<String>>) -> ApiResult<(WorkspaceId, Message, Question)> {
    const GONE: ApiError = ApiError::NotFound("page: the link is incomplete, or too old");
    // What is no text is no link of ours either.
    let id = link.ok().and_then(|Path(link)| app.links.verify(&link)).ok_or(GONE)?;
    let (workspace, message) = message(app, id).await?;
    let question = match message.purpose.clone() {
        Purpose::Survey { question, scale } => Question::Survey { question, scale },
        Purpose::LoyaltyInvite { valid: Some(valid), .. } if app.clock.now() > message.queued_at + valid.delta() => {
            return Err(GONE);
        }
        Purpose::LoyaltyInvite { club, .. } => Question::Invite { club },
        Purpose::Mail => return Err(GONE),
    };
    Ok((workspace, message, question))
}

/// A message, of a test run, too: who answers a test answers within the test.
async fn message(app: &App, id: MessageId) -> ApiResult<(WorkspaceId, Message)> {
    let home = HOME;
    let missing = match app.store.message(home, id).await {
        Err(missing @ store::Error::NotFound { .. }) => missing,
        found => return Ok((home, found?)),
    };
    let run = app.store.test_run_of(home, id).await?.ok_or(missing)?;
    Ok((run, app.store.message(run, id).await?))
}

/// The language that the browser asks for, as far as there are words in it.
fn words(headers: &HeaderMap) -> &'static Words {
    let accepted = headers.get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or_default();
    words::choose(accepted)
}

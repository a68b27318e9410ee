//! Answering.

use std::sync::Arc;

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use program::{EventType, MessageId, Object, WorkspaceId};
use runner::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Ingested, Message, Who};

use super::{Question, find, page, words, words::Words};
use crate::{
    App,
    http::{
        error::{ApiError, ApiResult},
        extract::Path,
    },
};

/// What the form of the page sends.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// The score, where the page asks for one.
    #[serde(default)]
    score: Option<u8>,
}

/// Stores the answer as an event of the contact: `survey.answered` with `score`, `scale` and `question`, or
/// `loyalty.joined` with `club`. The first answer to a message counts; another one is thanked for and left out.
#[utoipa::path(post, path = "/r/{link}", tag = "answers",
    params(("link" = String, Path, description = "What the link in the mail says.")),
    request_body(content = Answer, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404, description = "No such link."),
        (status = 422, description = "No score was chosen."),
        (status = 503, description = "It could not be stored; the same again will do.")))]
pub async fn give_answer(
    State(app): State<App>,
    link: ApiResult<Path<String>>,
    headers: HeaderMap,
    form: Result<Form<Answer>, FormRejection>,
) -> Response {
    let words = words(&headers);
    let (workspace, message, question) = match find(&app, link).await {
        Ok(found) => found,
        Err(ApiError::NotFound(_)) => return page::sorry(words, StatusCode::NOT_FOUND, words.gone),
        Err(error) => return later(words, None, &error),
    };
    let score = form.ok().and_then(|Form(answer)| answer.score);
    let Some((event, data)) = event(&message, &question, score) else {
        let mut response = page::ask(words, &question, None, Some(words.choose));
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return response;
    };
    match store(&app, workspace, &message, event, data).await {
        Ok(()) => page::thanks(words, &question),
        Err(ApiError::NotFound(_)) => page::sorry(words, StatusCode::NOT_FOUND, words.gone),
        Err(error) => later(words, Some(message.id), &error),
    }
}

/// The page for an answer that cannot be stored now. Whoever runs the server hears of each, and why.
fn later(words: &Words, message: Option<MessageId>, why: &ApiError) -> Response {
    metrics::counter!("stafette_answers_refused_total").increment(1);
    let message = message.map(|id| id.to_string());
    tracing::warn!(?why, message, "an answer could not be stored");
    let mut page = page::sorry(words, StatusCode::SERVICE_UNAVAILABLE, words.later);
    page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    page
}

/// The event that an answer is; `None` where the score is missing or off the scale.
fn event(message: &Message, question: &Question, score: Option<u8>) -> Option<(&'static str, Value)> {
    let (id, node) = (message.id, message.node.as_str());
    match question {
        Question::Survey { question, scale } => {
            let score = score.filter(|score| (1..=*scale).contains(score))?;
            let data = json!({ "score": score, "scale": scale, "question": question, "message": id, "node": node });
            Some(("survey.answered", data))
        }
        Question::Invite { club } => Some(("loyalty.joined", json!({ "club": club, "message": id, "node": node }))),
    }
}

/// What no client's id can be: control characters are refused in those.
const OURS: &str = "\u{1}";

/// Stores the answer, unless this message was answered before. Whatever else becomes of it is an error: the page thanks
/// only for what is stored.
async fn store(app: &App, workspace: WorkspaceId, message: &Message, event: &str, data: Value) -> ApiResult<()> {
    let contact = app.store.contact(workspace, message.contact).await?;
    let internal = |error: program::NameError| ApiError::Internal(error.to_string());
    // The external id stays the contact's when its address changes, so it goes first.
    let who = match contact.external_id {
        Some(external_id) => Who { email: None, external_id: Some(external_id) },
        None => Who { email: contact.email, external_id: None },
    };
    let mut incoming = Incoming {
        who,
        attributes: Object::new(),
        opt_in: None,
        event: EventType::new(event).map_err(internal)?,
        data: match data {
            Value::Object(data) => data.into(),
            _ => Arc::default(),
        },
        occurred_at: None,
        key: Some(format!("answer:{}", message.id)),
        attachments: Vec::new(),
    };
    let first = submit(app, workspace, incoming.clone()).await?;
    if is_stored(app, workspace, &incoming.event, &first).await? {
        return Ok(());
    }
    // Somebody else's event has this id, which anybody could give; the answer counts all the same.
    incoming.key = incoming.key.map(|key| format!("{OURS}{key}"));
    let second = submit(app, workspace, incoming.clone()).await?;
    match is_stored(app, workspace, &incoming.event, &second).await? {
        true => Ok(()),
        false => Err(ApiError::Internal(format!("the answer was refused: {second:?}"))),
    }
}

async fn submit(app: &App, workspace: WorkspaceId, incoming: Incoming) -> ApiResult<Ingested> {
    let lost = || ApiError::Internal("no result for the answer".into());
    app.ingest.submit(workspace, vec![incoming]).await?.pop().ok_or_else(lost)
}

/// Whether the answer is stored, now or by an earlier one.
async fn is_stored(app: &App, workspace: WorkspaceId, event: &EventType, result: &Ingested) -> ApiResult<bool> {
    match result {
        Ingested::Accepted { .. } => Ok(true),
        // Answered before, the same way or in another.
        Ingested::Duplicate { event: first } | Ingested::KeyTaken { event: first } => {
            Ok(app.store.event(workspace, *first).await?.event == *event)
        }
        _ => Ok(false),
    }
}

//! The page behind a link.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{find, page, words};
use crate::{
    App,
    http::{
        error::{ApiError, ApiResult},
        extract::{Path, Query},
    },
};

/// The page behind a link in a mail: asks, and changes nothing, so that programs which open every link to look for
/// viruses answer for nobody.
#[utoipa::path(get, path = "/r/{link}", tag = "answers",
    params(("link" = String, Path, description = "What the link in the mail says."),
        ("score" = Option<String>, Query,
            description = "The score that is chosen on the page, until the reader chooses another.")),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404, description = "No such link.")))]
pub async fn show_question(
    State(app): State<App>,
    link: ApiResult<Path<String>>,
    // As pairs, because mail programs and trackers add and repeat what they like; the last score is chosen.
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let words = words(&headers);
    let chosen = query.iter().rev().find(|(name, _)| name == "score").and_then(|(_, score)| score.parse().ok());
    match find(&app, link).await {
        Ok((_, _, question)) => page::ask(words, &question, chosen, None),
        Err(ApiError::NotFound(_)) => page::sorry(words, StatusCode::NOT_FOUND, words.gone),
        Err(_) => page::sorry(words, StatusCode::SERVICE_UNAVAILABLE, words.later),
    }
}

//! The page behind a link.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{find, page, words};
use crate::{
    app::App,
    http::{
        error::ApiError,
        extract::{Path, Query},
    },
};

/// What the link chooses.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Choice {
    /// The score that is chosen on the page, until the reader chooses another.
    score: Option<String>,
}

/// The page behind a link in a mail: asks, and changes nothing, so that programs which open every link to look for
/// viruses answer for nobody.
#[utoipa::path(get, path = "/r/{link}", tag = "answers",
    params(("link" = String, Path, description = "What the link in the mail says."), Choice),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404, description = "No such link.")))]
pub async fn show_question(
    State(app): State<App>,
    Path(link): Path<String>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Response {
    let words = words(&headers);
    let chosen = choice.score.and_then(|score| score.parse().ok());
    match find(&app, &link).await {
        Ok((_, _, question)) => page::ask(words, &question, chosen, None),
        Err(ApiError::NotFound(_)) => page::sorry(words, StatusCode::NOT_FOUND, words.gone),
        Err(_) => page::sorry(words, StatusCode::SERVICE_UNAVAILABLE, words.later),
    }
}

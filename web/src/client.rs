//! Typed calls over `api`. The only fetch: nothing else in the web app talks to the server, but for the live feed
//! and the frame that shows a mail, which the browser loads by itself.

use api::{Page, problem::ProblemDetails};
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};

use crate::address::with_query;

/// Code of a failure that the server did not report because it was not reached.
pub const UNREACHABLE: &str = "unreachable";
/// Code of an answer that is not what `api` says.
pub const UNREADABLE: &str = "unreadable";

/// What a call gives. The problem is boxed because it is large and rare.
pub type Answer<T> = Result<T, Box<ProblemDetails>>;

/// GET, with a query whose empty parts are left out.
pub async fn get<T: DeserializeOwned>(path: &str, query: &[(&str, &str)]) -> Answer<T> {
    read(send(Request::get(&with_query(path, query)), None).await?).await
}

/// GET of one page of a list.
pub async fn page<T: DeserializeOwned>(path: &str, cursor: &str, filter: &[(&str, &str)]) -> Answer<Page<T>> {
    let query: Vec<_> = filter.iter().copied().chain([("cursor", cursor)]).collect();
    get(path, &query).await
}

/// GET of a text.
pub async fn text(path: &str) -> Answer<String> {
    send(Request::get(path), None).await?.text().await.map_err(|error| failure(UNREACHABLE, &error))
}

/// POST of JSON.
pub async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Answer<T> {
    read(send(Request::post(path), Some(json(body)?)).await?).await
}

/// POST of JSON whose answer has nothing to say.
pub async fn command(path: &str, body: &impl Serialize) -> Answer<()> {
    send(Request::post(path), Some(json(body)?)).await.map(drop)
}

/// DELETE.
pub async fn delete(path: &str) -> Answer<()> {
    send(Request::delete(path), None).await.map(drop)
}

fn json(body: &impl Serialize) -> Answer<String> {
    serde_json::to_string(body).map_err(|error| failure(UNREADABLE, &error))
}

async fn send(request: RequestBuilder, body: Option<String>) -> Answer<Response> {
    let request = request.header("Accept", "application/json");
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let request = request.map_err(|error| failure(UNREACHABLE, &error))?;
    let response = request.send().await.map_err(|error| failure(UNREACHABLE, &error))?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let problem = response.text().await.ok().and_then(|text| serde_json::from_str(&text).ok());
    Err(problem.map_or_else(
        || {
            let mut problem = failure(UNREADABLE, &format!("HTTP {status}"));
            problem.status = status;
            problem
        },
        Box::new,
    ))
}

async fn read<T: DeserializeOwned>(response: Response) -> Answer<T> {
    let text = response.text().await.map_err(|error| failure(UNREACHABLE, &error))?;
    serde_json::from_str(&text).map_err(|error| failure(UNREADABLE, &error))
}

/// A problem that arose on this side. Its words are found by code, in the reader's language.
fn failure(code: &str, error: &impl ToString) -> Box<ProblemDetails> {
    Box::new(ProblemDetails {
        kind: format!("urn:stafette:problem:{code}"),
        title: code.to_owned(),
        status: 0,
        code: code.to_owned(),
        detail: error.to_string(),
        request_id: None,
        errors: Vec::new(),
    })
}

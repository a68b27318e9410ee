//! Typed calls over `api`. The only fetch: nothing else in the web app talks to the server, but for the live feed
//! and the frame that shows a mail, which the browser loads by itself, and for the code of a page (`lazy`).

use api::problem::ProblemDetails;
use gloo_net::http::{Request, RequestBuilder};
use serde::{Serialize, de::DeserializeOwned};

/// Code of a failure that the server did not report because it was not reached.
pub const UNREACHABLE: &str = "unreachable";
/// Code of an answer that is not what `api` says.
pub const UNREADABLE: &str = "unreadable";
/// Code of a failure to fetch the code of a page.
pub const NOT_LOADED: &str = "not-loaded";
/// Code of a failure to fetch the texts of a language.
pub const NO_LANGUAGE: &str = "no-language";

/// The event of the window that says that a call was not let in.
pub const SIGNED_OUT: &str = "stafette.signed-out";

/// Code of a refusal to sign in; the server's is that of all who are not let in.
pub const WRONG_PASSWORD: &str = "wrong-password";
/// Code of a refusal of the link that makes the first user.
pub const LINK_OVER: &str = "link-over";

/// What a call gives. The problem is boxed because it is large and rare.
pub type Answer<T> = Result<T, Box<ProblemDetails>>;

/// GET.
pub async fn get<T: DeserializeOwned>(url: &str) -> Answer<T> {
    parse(&text(url).await?)
}

/// GET of a text.
pub async fn text(url: &str) -> Answer<String> {
    send(Request::get(url), None).await
}

/// POST of JSON.
pub async fn post<T: DeserializeOwned>(url: &str, body: &impl Serialize) -> Answer<T> {
    let body = json(body)?;
    parse(&send(Request::post(url), Some(body)).await?)
}

/// PUT of JSON.
pub async fn put<T: DeserializeOwned>(url: &str, body: &impl Serialize) -> Answer<T> {
    let body = json(body)?;
    parse(&send(Request::put(url), Some(body)).await?)
}

/// POST of JSON whose answer has nothing to say.
pub async fn command(url: &str, body: &impl Serialize) -> Answer<()> {
    let body = json(body)?;
    send(Request::post(url), Some(body)).await.map(drop)
}

/// The same by somebody who is not in yet, with the code of what it means here not to be let in.
pub async fn enter(url: &str, body: &impl Serialize, refusal: &str) -> Answer<()> {
    command(url, body).await.map_err(|mut refused| {
        if refused.status == 401 {
            refusal.clone_into(&mut refused.code);
        }
        refused
    })
}

/// DELETE.
pub async fn delete(url: &str) -> Answer<()> {
    send(Request::delete(url), None).await.map(drop)
}

fn json(body: &impl Serialize) -> Answer<String> {
    serde_json::to_string(body).map_err(|error| failure(UNREADABLE, &error))
}

async fn send(request: RequestBuilder, body: Option<String>) -> Answer<String> {
    let request = request.header("Accept", "application/json");
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let request = request.map_err(|error| failure(UNREACHABLE, &error))?;
    let response = request.send().await.map_err(|error| failure(UNREACHABLE, &error))?;
    if response.ok() {
        return response.text().await.map_err(|error| failure(UNREACHABLE, &error));
    }
    let status = response.status();
    if status == 401 {
        signed_out();
    }
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

/// Tells the page that it is not let in any more. This module knows nobody whom it could tell.
fn signed_out() {
    // Making an event fails only without a name, and telling of it only while it is told.
    if let Ok(event) = web_sys::Event::new(SIGNED_OUT) {
        let _ = leptos::prelude::window().dispatch_event(&event);
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Answer<T> {
    serde_json::from_str(text).map_err(|error| failure(UNREADABLE, &error))
}

/// A problem that arose on this side. Its words are found by code, in the reader's language.
pub fn failure(code: &str, error: &impl ToString) -> Box<ProblemDetails> {
    Box::new(ProblemDetails {
        kind: format!("urn:stafette:problem:{code}"),
        title: code.to_owned(),
        status: 0,
        code: code.to_owned(),
        detail: error.to_string(),
        request_id: None,
        errors: Vec::new(),
        draft: None,
    })
}

//! The HTTP interface: one table of routes, one file per endpoint, shared layers around them.

pub mod answers;
mod app;
mod aside;
pub mod assets;
pub mod audit;
pub mod auth;
pub mod bodies;
pub mod callers;
mod client;
pub mod contacts;
pub mod crowd;
pub mod csrf;
pub mod dead_letters;
pub mod documents;
mod ended;
pub mod error;
pub mod events;
pub mod extract;
pub mod feed;
pub mod inbox;
pub mod keys;
mod labels;
pub mod limit;
pub mod list;
pub mod live;
pub mod messages;
mod methods;
pub mod names;
pub mod programs;
pub mod queries;
pub mod queues;
pub mod room;
pub mod session;
pub mod spoken;
pub mod streams;
pub mod system;
mod table;
pub mod tally;
pub mod tokens;
pub mod trace;
mod turns;
pub mod untaken;
pub mod webhooks;

pub use app::{App, Parts};
pub use dead_letters::list::parts as dead_letter_parts;
pub use table::{Access, Operation, operations};
pub use turns::READS;

use std::time::Duration;

use axum::{
    Router,
    body::HttpBody,
    extract::{DefaultBodyLimit, Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY},
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use self::{error::ApiError, system::openapi};
use crate::config::Role;

/// The largest body of calls that carry no files.
const MAX_BODY: usize = 1 << 20;
/// How long an answer may take. Live streams begin at once and go on.
const PATIENCE: Duration = Duration::from_secs(30);

/// The OpenAPI document of all routes.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = openapi::Head::openapi();
    for (access, routes) in table::table() {
        let routes = OpenApiRouter::new().routes(routes).into_openapi();
        document.merge(if access.right().is_some() { openapi::with_security(routes) } else { routes });
    }
    openapi::with_errors(document)
}

/// Everything that this process answers.
pub fn router(app: &App) -> Router {
    let serves = app.config.work.has(Role::Api);
    let mut routes = OpenApiRouter::new();
    for (access, one) in table::table() {
        let watched = matches!(access, Access::Watched | Access::Metrics);
        if !serves && !watched {
            continue;
        }
        let changes = audit::Changes::of(&one.1);
        let mut one = OpenApiRouter::new().routes(one);
        if access.right().is_some() {
            one = one.route_layer(from_fn_with_state(app.clone(), turns::drafts));
            one = one.route_layer(from_fn_with_state(app.clone(), untaken::layer));
        }
        if !changes.is_empty() {
            one = one.route_layer(from_fn_with_state((app.clone(), changes), audit::layer));
        }
        if let Some(right) = access.right() {
            one = one.route_layer(from_fn_with_state((app.clone(), right, watched), auth::layer));
        }
        routes = routes.merge(one);
    }
    let mut router = Router::from(routes).method_not_allowed_fallback(async || ApiError::Method);
    let web = app.web;
    router = match serves {
        true => router.fallback(move |method, uri, headers| assets::fallback(web, method, uri, headers)),
        false => router.fallback(async || ApiError::NotFound("address")),
    };
    let header = |name, value| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    // Asked each time: the address may change while the server runs.
    let links = app.links.clone();
    let secure = move |_: &Response| {
        let https = links.public_url().starts_with("https://");
        https.then(|| HeaderValue::from_static("max-age=31536000"))
    };
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(queries::layer))
        .layer(from_fn_with_state(app.clone(), bodies::layer))
        .layer(from_fn_with_state(app.clone(), turns::reads))
        .layer(from_fn_with_state(app.clone(), crowd::layer))
        .layer(from_fn_with_state(app.clone(), csrf::layer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), patience))
        .layer(from_fn(fleeting))
        .layer(SetResponseHeaderLayer::if_not_present(STRICT_TRANSPORT_SECURITY, secure))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(header("x-frame-options", "SAMEORIGIN"))
        .layer(from_fn(spoken::layer))
        .layer(from_fn(trace::layer))
        .with_state(app.clone())
}

/// What the interface tells is of persons: nobody keeps it on the way, unless an endpoint says otherwise.
async fn fleeting(request: Request, next: Next) -> Response {
    let personal = ["/api/", "/r/"].iter().any(|prefix| request.uri().path().starts_with(prefix));
    let mut response = next.run(request).await;
    if personal {
        response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Gives a request up that takes too long. Its body has a time of its own.
async fn patience(State(app): State<App>, request: Request, next: Next) -> Response {
    let body = if request.body().is_end_stream() { Duration::ZERO } else { app.config.http.body_timeout() };
    within(PATIENCE + body, next.run(request)).await
}

async fn within(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    let answer = tokio::time::timeout(limit, answer).await;
    answer.unwrap_or_else(|_| ApiError::Unavailable("it took too long; try again".into()).into_response())
}

fn panicked(what: Box<dyn std::any::Any + Send>) -> Response {
    let text = what.downcast_ref::<String>().map(String::as_str).or_else(|| what.downcast_ref::<&str>().copied());
    ApiError::Internal(format!("panic: {}", text.unwrap_or("without words"))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header::RETRY_AFTER};

    use super::*;

    /// It is not the client's fault, and it may come again.
    #[tokio::test]
    async fn who_waited_too_long_is_told_to_come_again() {
        let answer = within(Duration::ZERO, std::future::pending()).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(RETRY_AFTER));
        let answer = within(PATIENCE, async { "in time".into_response() }).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

//! Request ids, one log line per request, and its metrics. Never a body, a query or a header that holds a secret.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, field::Empty};

use super::labels;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Gives every request an id, the client's own if it sent a sensible one, and logs and counts what became of it.
pub async fn layer(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| sensible(id));
    let id = given.map_or_else(|| super::super::access::secret::draw()[..20].to_string(), str::to_string);
    let value = HeaderValue::from_str(&id).ok();
    if let Some(value) = value.clone() {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    let method = labels::method(request.method());
    let route = labels::route(request.extensions().get::<MatchedPath>()).to_string();
    let span = tracing::info_span!("request", id = %id, method, route = %route, caller = Empty);
    let begin = Instant::now();
    let mut response = CURRENT.scope(id, next.run(request).instrument(span.clone())).await;
    let took = begin.elapsed();
    let status = response.status();
    let labels = [("method", method.to_string()), ("route", route), ("status", labels::status(status))];
    metrics::counter!("stafette_http_requests_total", &labels).increment(1);
    metrics::histogram!("stafette_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    span.in_scope(|| {
        let millis = took.as_millis() as u64;
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), millis, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), millis, "answered");
        }
    });
    if let Some(value) = value {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn sensible(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

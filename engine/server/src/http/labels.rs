//! Labels of metrics are closed sets. Each value is a series that is kept for ever, so a value that a stranger can
//! choose is never a label.

use axum::{extract::MatchedPath, http::Method};

/// What is none of the known.
pub(super) const OTHER: &str = "other";

/// The method, if it is one of the usual ones.
pub(super) fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

/// The pattern of the route and not the path: paths hold ids of contacts and answer links.
pub(super) fn route(matched: Option<&MatchedPath>) -> &str {
    matched.map_or(OTHER, MatchedPath::as_str)
}

/// Codes that handlers give are few and ours; none comes from outside.
pub(super) fn status(status: axum::http::StatusCode) -> String {
    if (100..600).contains(&status.as_u16()) { status.as_str().to_owned() } else { OTHER.to_owned() }
}

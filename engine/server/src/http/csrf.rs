//! Refuses requests that another site's page makes a browser send. There are three guards. Browsers say where a request
//! comes from; that is checked here. The cookie is sent with no request of another site, except for links that are
//! followed (`session/cookie.rs`). Endpoints that expect JSON refuse what a form can send (`extract.rs`).

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};

use super::error::{ApiError, ApiResult};
use crate::App;

/// Refuses unsafe requests of foreign pages. A client that sends an API key is no page; a client that says neither
/// `Sec-Fetch-Site` nor `Origin` is no browser, since every browser says one of them on unsafe requests.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> ApiResult<Response> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    if safe || headers.contains_key(header::AUTHORIZATION) || is_ours(headers, &app.links.public_url()) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::ForeignOrigin)
}

fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let authority = |url: &str| url.split_once("://").map(|(_, rest)| rest.to_ascii_lowercase());
    let Some(origin) = origin.to_str().ok().and_then(authority) else { return false };
    let host = text(header::HOST).map(str::to_ascii_lowercase);
    host.as_deref() == Some(origin.as_str()) || authority(public_url).is_some_and(|ours| ours == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages() {
        for (site, origin, ours) in [
            (None, None, true),
            (Some("same-origin"), None, true),
            (Some("none"), None, true),
            (Some("cross-site"), None, false),
            (Some("same-site"), Some("http://here:1"), false),
            (None, Some("http://here:1"), true),
            (None, Some("https://mail.example"), true),
            (None, Some("http://evil.example"), false),
            (None, Some("null"), false),
        ] {
            let given = [("host", Some("here:1")), ("sec-fetch-site", site), ("origin", origin)];
            let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let headers = given.map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
            let headers = HeaderMap::from_iter(headers);
            assert_eq!(is_ours(&headers, "https://mail.example"), ours, "{site:?} {origin:?}");
        }
    }
}

//! The web app: files of the bundle, and its one page for every other address.

use std::borrow::Cow;

use super::error::ApiError;
use crate::access::secret;
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};

/// The files of the web app, by path. The program brings them, so that it alone is built again when they change.
#[derive(Clone, Copy, Debug)]
pub struct WebApp(pub fn(&str) -> Option<Cow<'static, [u8]>>);

impl WebApp {
    /// A server without the app.
    pub const NONE: Self = Self(|_| None);
}

/// Shown where the server was built without the web app.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Stafette</title>\
    <h1>Stafette is running</h1><p>This server was built without the web app. Build both with <code>make build</code>, \
    or only the app with <code>scripts/web</code>, and load this page again. The API works all the same: see \
    <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p></html>";

/// Answers every address that no route knows.
pub async fn fallback(WebApp(file): WebApp, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    // `/api` itself is a page of the app.
    if path.starts_with("api/") || path.starts_with("r/") {
        return ApiError::NotFound("address").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return ApiError::Method.into_response();
    }
    if is_for_machines(path) {
        return ApiError::NotFound("address; see /healthz, /readyz and /metrics").into_response();
    }
    if path != "index.html"
        && let Some(plain) = file(path)
    {
        return asset(path, plain, file, &headers);
    }
    // A file that is gone, of an older bundle: a page in its place would only confuse the browser.
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) && path != "index.html" {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    }
    page(file("index.html"))
}

fn asset(
    path: &str,
    plain: Cow<'static, [u8]>,
    file: fn(&str) -> Option<Cow<'static, [u8]>>,
    headers: &HeaderMap,
) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |name: &str| {
        accepted.split(',').any(|one| {
            let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
            coding.trim() == name && !matches!(weight.trim(), "q=0" | "q=0.0")
        })
    };
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(coding, _)| accepts(coding))
        .find_map(|(coding, ending)| Some((file(&format!("{path}.{ending}"))?, coding)));
    let caching = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = match packed {
        Some((file, coding)) => {
            let mut response = shared(file).into_response();
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            response
        }
        None => shared(plain).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

/// The bytes of a file as they lie in the program: who asks for it costs no copy, however many do and never read it.
fn shared(file: Cow<'static, [u8]>) -> Bytes {
    match file {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

/// Whether a machine asks here how this one is. The page of the app would tell it that all is well, whatever is.
fn is_for_machines(path: &str) -> bool {
    ["health", "live", "livez", "ping", "ready", "status", "version"].contains(&path.trim_end_matches('/'))
}

/// The page of the app, with a nonce of its own in text and policy.
fn page(file: Option<Cow<'static, [u8]>>) -> Response {
    let nonce = &secret::draw()[..32];
    let text = file.map_or_else(|| PLACEHOLDER.into(), |file| String::from_utf8_lossy(&file).into_owned());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
         frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = Html(text.replace("__NONCE__", nonce)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Whether the bundler put a hash of the content into the name: `web-0123456789abcdef.js`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A release build has its files in the program; a debug build reads them, so only this sees a copy.
    #[test]
    fn what_lies_in_the_program_is_not_copied() {
        static FILE: [u8; 3] = *b"web";
        for _ in 0..2 {
            assert_eq!(shared(Cow::Borrowed(&FILE)).as_ptr(), FILE.as_ptr());
        }
    }

    /// The texts of a language and the font are asked for once, however often the page is opened.
    #[tokio::test]
    async fn what_is_named_by_its_content_is_kept() {
        let web = WebApp(|path| {
            let files = ["de-0a1b2c3d4e5f6071.txt", "de-0a1b2c3d4e5f6071.txt.br", "fonts/i-0a1b2c3d4e5f6071.woff2"];
            files.contains(&path).then_some(Cow::Borrowed(b"file"))
        });
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"))]);
        for (path, kind, coding) in [
            ("/de-0a1b2c3d4e5f6071.txt", "text/plain; charset=utf-8", Some("br")),
            ("/fonts/i-0a1b2c3d4e5f6071.woff2", "font/woff2", None),
        ] {
            let answer = fallback(web, Method::GET, Uri::from_static(path), headers.clone()).await;
            let says = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!((answer.status(), says(header::CONTENT_TYPE)), (StatusCode::OK, Some(kind)));
            assert_eq!(says(header::CONTENT_ENCODING), coding, "{path}");
            assert_eq!(says(header::CACHE_CONTROL), Some("public, max-age=31536000, immutable"), "{path}");
        }
        let gone = fallback(web, Method::GET, Uri::from_static("/de-00000000000000ff.txt"), headers).await;
        assert_eq!(
            gone.status(),
            StatusCode::NOT_FOUND,
            "the page tells who asks for it, and nothing stands in for it"
        );
    }

    #[test]
    fn hashed_names() {
        for (path, hashed) in [
            ("web-0123456789abcdef.js", true),
            ("fonts/inter-0a1b2c3d4e5f6071.woff2", true),
            ("fonts/inter-latin-0a1b2c3d4e5f6071.woff2", true),
            ("de-0a1b2c3d4e5f6071.txt", true),
            ("fonts/inter-latin.woff2", false),
            ("favicon.svg", false),
            ("two-words.css", false),
        ] {
            assert_eq!(is_hashed(path), hashed, "{path}");
        }
    }
}

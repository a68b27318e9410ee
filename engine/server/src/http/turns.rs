//! Lets requests that read much take turns. Each holds its data until its answer is written.

use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};

use super::{bodies, error::ApiResult};
use crate::App;

/// So many are answered at once: an event or a contact that is nothing but values takes 50 MiB once it is read, and the
/// answer that is made of it comes to that.
pub const READS: usize = 4;

/// What a program is stopped by, and goes on by, waits for nobody who reads.
const AT_ONCE: [&str; 4] =
    [api::path::PROGRAM_PAUSE, api::path::PROGRAM_RESUME, api::path::PROGRAM_STOP, api::path::PROGRAM_FINISH];

/// Lets a read wait for its turn. Whoever takes the answer slowly keeps nobody waiting.
pub(super) async fn reads(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = request.method() == Method::GET && request.uri().path().starts_with("/api/");
    // All who ask for that share one look; each takes its turn when there is something to write.
    let reads = reads && route(&request) != api::path::PROGRAM_KNOWN;
    let _turn = if reads { app.reads.acquire().await.ok() } else { None };
    next.run(request).await
}

/// The same for what brings or names a program or a stream: most of these calls read several of them, parsed. Its body is
/// read before, so that nobody has a turn who sends slowly.
pub(super) async fn drafts(State(app): State<App>, request: Request, next: Next) -> ApiResult<Response> {
    let route = route(&request);
    let drafts = [api::path::PROGRAMS, api::path::STREAMS].iter().any(|path| route.starts_with(path));
    if !drafts || request.method() == Method::GET || AT_ONCE.contains(&route) {
        return Ok(next.run(request).await);
    }
    let most = bodies::most(&request);
    let (head, body) = request.into_parts();
    let body = to_bytes(body, most).await.map_err(|error| bodies::failed(&error, most))?;
    let _turn = app.reads.acquire().await.ok();
    Ok(next.run(Request::from_parts(head, Body::from(body))).await)
}

fn route(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str)
}

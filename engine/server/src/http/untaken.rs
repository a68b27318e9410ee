//! Bounds the memory of answers that wait to be read by their callers, in all and by address.

use std::net::IpAddr;

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::{
    client,
    error::{ApiError, ApiResult},
    room::AGAIN,
};
use crate::App;

/// What is smaller is free: each connection may hold as much for itself.
const FREE: usize = 64 << 10;

/// An answer. Its room is free again when its last byte is written, or nobody will read it any more.
struct Untaken {
    bytes: Bytes,
    app: App,
    ip: IpAddr,
    room: usize,
}

impl AsRef<[u8]> for Untaken {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.app.untaken.give_back(self.ip, self.room);
    }
}

/// Gives a large answer only where there is room for it until it is read. What comes bit by bit has no length here.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> ApiResult<Response> {
    let ip = client::counted(&app, &request);
    let (head, body) = next.run(request).await.into_parts();
    let length = HttpBody::size_hint(&body).exact().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    if length <= FREE {
        return Ok(Response::from_parts(head, body));
    }
    // What is larger than all room of an address has it alone.
    let room = length.min(app.untaken.share());
    if !app.untaken.take(ip, room) {
        let detail = "Too many answers wait to be read. Read those that are under way, or try again later.";
        return Err(ApiError::Crowded(detail.into(), AGAIN));
    }
    let mut untaken = Untaken { bytes: Bytes::new(), app, ip, room };
    untaken.bytes = to_bytes(body, length).await.map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(Response::from_parts(head, Body::from(Bytes::from_owner(untaken))))
}

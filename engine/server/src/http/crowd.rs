//! Counts the running requests of each forwarded address. Behind a proxy all connections are the proxy's. So its
//! clients are limited by request, and not by connection.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};

use super::{
    client,
    error::{ApiError, ApiResult},
};
use crate::{App, listen};

/// Refuses one too many.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> ApiResult<Response> {
    let most = app.config.http.connections_per_address();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    let (Some(peer), true) = (peer, app.config.http.proxies() > 0 && most > 0) else {
        return Ok(next.run(request).await);
    };
    // What the proxy asks for itself, such as whether we are there, is not a client's.
    if !request.headers().contains_key(client::FORWARDED) {
        return Ok(next.run(request).await);
    }
    let ip = listen::net(client::address(&app, request.headers(), peer));
    let one = app.crowd.enter(ip, |n, _| match n < most {
        true => Ok(()),
        false => Err(ApiError::Crowded("This address has too many requests under way.".into(), 5)),
    })?;
    let response = next.run(request).await;
    Ok(response.map(|body| axum::body::Body::new(listen::Held::new(body, one))))
}

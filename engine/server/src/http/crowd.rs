//! How many requests of one forwarded address are under way. Behind a proxy all connections are the proxy's, so what is
//! counted of others by connection is counted of its clients by request.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};

use super::{
    auth,
    error::{ApiError, ApiResult},
};
use crate::{App, listen};

/// Requests under way by address.
#[derive(Debug, Default)]
pub struct Crowd(Mutex<HashMap<IpAddr, usize>>);

impl Crowd {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them.
struct One(App, IpAddr);

impl One {
    fn enter(app: &App, ip: IpAddr, most: usize) -> Option<Self> {
        let mut crowd = app.crowd.lock();
        let n = crowd.entry(ip).or_default();
        if *n >= most {
            return None;
        }
        *n += 1;
        Some(Self(app.clone(), ip))
    }
}

impl Drop for One {
    fn drop(&mut self) {
        let mut crowd = self.0.crowd.lock();
        if let Some(n) = crowd.get_mut(&self.1) {
            *n -= 1;
            if *n == 0 {
                crowd.remove(&self.1);
            }
        }
    }
}

/// Refuses one too many.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> ApiResult<Response> {
    let most = app.config.http.connections_per_address();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
    let (Some(peer), true) = (peer, app.config.http.proxies() > 0 && most > 0) else {
        return Ok(next.run(request).await);
    };
    // What the proxy asks for itself, such as whether we are there, is not a client's.
    if !request.headers().contains_key(auth::FORWARDED) {
        return Ok(next.run(request).await);
    }
    let ip = listen::net(auth::client(&app, request.headers(), peer));
    let one = One::enter(&app, ip, most);
    let one = one.ok_or_else(|| ApiError::Crowded("This address has too many requests under way.".into(), 5))?;
    let response = next.run(request).await;
    Ok(response.map(|body| axum::body::Body::new(listen::Held::new(body, one))))
}

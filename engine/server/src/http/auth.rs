//! Who asks, and whether they may: an API key in `Authorization`, or the cookie of a session.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{header, request::Parts},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;

use super::{
    callers::{FRESH, Known, Pass},
    error::{ApiError, ApiResult},
    limit,
    session::cookie,
};
use crate::{
    App,
    access::{
        Actor, Caller, HOME, Right, Rights,
        key::{KeyText, Scope},
        secret,
    },
};

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        parts.extensions.get().cloned().ok_or(ApiError::Anonymous)
    }
}

/// The layer of every route that is not open: nothing else asks whether somebody may call it. `watched` is a route that
/// this machine and, if so configured, everybody may call.
pub(super) async fn layer(
    State((app, right, watched)): State<(App, Right, bool)>,
    mut request: Request,
    next: Next,
) -> ApiResult<Response> {
    let headers = request.headers();
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let text = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let known = known_key(&app, text.unwrap_or_default().trim()).await?;
        let verdict = match app.limits.by_key(known.id) {
            Ok(verdict) => verdict,
            Err(refusal) => return Ok(*refusal),
        };
        if !known.rights.has(right) {
            return Err(ApiError::Scope(right.scope().name()));
        }
        tracing::Span::current().record("caller", tracing::field::display(known.id));
        let actor = Actor::Key { id: known.id, name: known.name };
        request.extensions_mut().insert(Caller { workspace: known.workspace, actor, rights: known.rights });
        request.extensions_mut().insert(Pass::Key(known.digest));
        let mut response = next.run(request).await;
        limit::show(&verdict, response.headers_mut());
        return Ok(response);
    }
    if let Some(session) = cookie::session(&app, headers).await? {
        cookie::renew(&app, &session).await?;
        let user = &session.row.user;
        let actor = Actor::Person { id: user.id, email: user.email.clone() };
        let caller = Caller { workspace: session.row.workspace, actor, rights: Rights::ALL };
        tracing::Span::current().record("caller", tracing::field::display(session.row.user.id));
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(Pass::Session(session.digest));
        request.extensions_mut().insert(session);
        return Ok(next.run(request).await);
    }
    if watched && (app.config.http.public_metrics || is_local(&app, &request)) {
        let rights = Rights::default().with(right);
        request.extensions_mut().insert(Caller { workspace: HOME, actor: Actor::Monitor, rights });
        return Ok(next.run(request).await);
    }
    Err(ApiError::Anonymous)
}

/// Whether the request comes from this machine and not through a proxy on it. A proxy that says nothing of itself looks
/// as this machine does; so where links lead to another host, whoever said so, and one may stand in front, only an option
/// tells them apart: with it every proxy says whom it asks for.
fn is_local(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let url = app.links.public_url();
    let ours = url.split_once("://").map_or("", |(_, rest)| rest);
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && !forwarded.iter().any(|name| headers.contains_key(*name))
        && is_here(host)
        && (app.config.http.proxies() > 0 || is_here(ours))
}

/// Whether a host, with or without port and path, is this machine.
fn is_here(host: &str) -> bool {
    let host = host.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// How exactly it is kept when a key was used last.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

async fn known_key(app: &App, text: &str) -> ApiResult<Known> {
    const DENIED: ApiError = ApiError::Denied("This API key is unknown, expired or revoked.");
    let given = KeyText::parse(text).ok_or(DENIED)?;
    let (digest, now, passed) = (given.digest(), app.clock.now(), app.clock.passed());
    let known = match app.callers.find(&digest, passed, now) {
        Some(known) => known,
        None => {
            let (workspace, key) = app.store.key_by_digest(&digest, now).await?.ok_or(DENIED)?;
            let rights = Rights::of(key.scopes.iter().filter_map(|scope| Scope::parse(scope)));
            let touched = key.last_used_at.unwrap_or(chrono::DateTime::UNIX_EPOCH);
            let (ends, fresh) = (key.expires_at, passed + FRESH);
            Known { id: key.id, name: key.name, workspace, rights, digest, ends, fresh, touched }
        }
    };
    // The digest is of the secret alone: the id in the text must be that of the key, too.
    if !secret::same(known.id.uuid().as_bytes(), given.id.uuid().as_bytes()) {
        return Err(DENIED);
    }
    let due = now - known.touched >= TOUCH;
    let touched = if due { now } else { known.touched };
    app.callers.keep(Known { touched, ..known.clone() }, passed);
    if due {
        let (app, known) = (app.clone(), known.clone());
        tokio::spawn(async move {
            if let Err(error) = app.store.touch_key(known.workspace, known.id, now).await {
                tracing::debug!(%error, key = %known.id, "could not note that a key was used");
            }
        });
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_few_names() {
        for (host, here) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1:80/x", true),
            ("[::1]:8080", true),
            ("127.0.0.1.example", false),
            ("mail.example", false),
            ("localhost.example:8080", false),
            ("", false),
        ] {
            assert_eq!(is_here(host), here, "{host}");
        }
    }
}

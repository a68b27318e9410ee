//! Who asks, and whether they may: an API key in `Authorization`, or the cookie of a session.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use program::{KeyId, Time, WorkspaceId};

use super::{
    error::{ApiError, ApiResult},
    limit,
    session::cookie,
};
use crate::{
    access::{
        key::{KeyText, Scope},
        secret,
    },
    app::App,
};

/// What a route asks for.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// This scope; people who are signed in have all.
    Scope(Scope),
    /// As with the scope read, but this machine and, if so configured, everybody may ask.
    Metrics,
}

/// Who was let in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose data they see.
    pub workspace: WorkspaceId,
    /// Who.
    pub who: Who,
    /// Whether they may do everything: people, and keys with the scope admin.
    pub admin: bool,
}

/// Somebody, or something.
#[derive(Clone, Debug)]
pub enum Who {
    /// A program, by the name of its key.
    Key(String),
    /// A person, by mail address.
    User(String),
    /// This machine, asking for metrics.
    Local,
}

impl Caller {
    /// What is written beside what they make.
    pub fn author(&self) -> Option<&str> {
        match &self.who {
            Who::Key(name) | Who::User(name) => Some(name),
            Who::Local => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        parts.extensions.get().cloned().ok_or(ApiError::Anonymous)
    }
}

/// The layer of every route that is not public.
pub async fn layer(State((app, need)): State<(App, Need)>, mut request: Request, next: Next) -> ApiResult<Response> {
    let headers = request.headers();
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let text = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let known = known_key(&app, text.unwrap_or_default().trim()).await?;
        let verdict = match limit::by_key(&app, known.id) {
            Ok(verdict) => verdict,
            Err(refusal) => return Ok(*refusal),
        };
        let scope = match need {
            Need::Scope(scope) => scope,
            Need::Metrics => Scope::Read,
        };
        if !known.scopes.contains(&scope) && !known.scopes.contains(&Scope::Admin) {
            return Err(ApiError::Scope(scope.name()));
        }
        tracing::Span::current().record("caller", tracing::field::display(known.id));
        let admin = known.scopes.contains(&Scope::Admin);
        request.extensions_mut().insert(Caller { workspace: known.workspace, who: Who::Key(known.name), admin });
        let mut response = next.run(request).await;
        limit::show(&verdict, response.headers_mut());
        return Ok(response);
    }
    if let Some(session) = cookie::session(&app, headers).await? {
        cookie::renew(&app, &session).await?;
        let who = Who::User(session.row.user.email.clone());
        let caller = Caller { workspace: session.row.workspace, who, admin: true };
        tracing::Span::current().record("caller", tracing::field::display(session.row.user.id));
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(session);
        return Ok(next.run(request).await);
    }
    if matches!(need, Need::Metrics) && (app.config.http.public_metrics || is_local(&request)) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::Anonymous)
}

/// Whether the request comes from this machine and not through a proxy on it.
fn is_local(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>();
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    peer.is_some_and(|peer| peer.ip().is_loopback())
        && !forwarded.iter().any(|name| request.headers().contains_key(*name))
}

/// Where a request comes from, as the options say whom to believe.
pub fn client(app: &App, headers: &HeaderMap, peer: std::net::SocketAddr) -> String {
    let last = || headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next().map(|text| text.trim().to_string());
    let forwarded = if app.config.http.trust_forwarded { last() } else { None };
    forwarded.unwrap_or_else(|| peer.ip().to_string())
}

/// Keys that were let in a moment ago, so that a client that sends a lot costs one look-up every few seconds. A key
/// that is revoked is refused that much later.
#[derive(Debug, Default)]
pub struct Cache(Mutex<HashMap<store::Digest, Known>>);

/// A key that is good.
#[derive(Clone, Debug)]
struct Known {
    id: KeyId,
    name: String,
    workspace: WorkspaceId,
    scopes: Vec<Scope>,
    until: Time,
    touched: Time,
}

const FRESH: TimeDelta = TimeDelta::seconds(5);
const TOUCH: TimeDelta = TimeDelta::minutes(1);
const MOST: usize = 10_000;

impl Cache {
    fn lock(&self) -> MutexGuard<'_, HashMap<store::Digest, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everybody; a key that this process revoked is refused at once.
    pub fn clear(&self) {
        self.lock().clear();
    }
}

async fn known_key(app: &App, text: &str) -> ApiResult<Known> {
    const DENIED: ApiError = ApiError::Denied("This API key is unknown, expired or revoked.");
    let given = KeyText::parse(text).ok_or(DENIED)?;
    let (digest, now) = (given.digest(), app.clock.now());
    let cached = app.callers.lock().get(&digest).filter(|known| now < known.until).cloned();
    let known = match cached {
        Some(known) => known,
        None => {
            let (workspace, key) = app.store.key_by_digest(&digest, now).await?.ok_or(DENIED)?;
            let until = key.expires_at.map_or(now + FRESH, |end| end.min(now + FRESH));
            let scopes = key.scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
            let touched = key.last_used_at.unwrap_or(chrono::DateTime::UNIX_EPOCH);
            Known { id: key.id, name: key.name, workspace, scopes, until, touched }
        }
    };
    // The digest is of the secret alone: the id in the text must be that of the key, too.
    if !secret::same(known.id.uuid().as_bytes(), given.id.uuid().as_bytes()) {
        return Err(DENIED);
    }
    let due = now - known.touched >= TOUCH;
    let touched = if due { now } else { known.touched };
    {
        let mut cache = app.callers.lock();
        if cache.len() >= MOST {
            cache.retain(|_, known| now < known.until);
        }
        cache.insert(digest, Known { touched, ..known.clone() });
    }
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

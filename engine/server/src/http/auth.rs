//! Who asks, and whether they may: an API key in `Authorization`, or the cookie of a session.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use program::{KeyId, Time, WorkspaceId};
use tokio::sync::watch;

use super::{
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

/// By what somebody was let in; for what goes on after the request was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pass {
    /// A key.
    Key(store::Digest),
    /// A session.
    Session(store::Digest),
}

impl Pass {
    /// Whether it is still good, as the database says.
    pub async fn is_good(&self, app: &App) -> ApiResult<bool> {
        let now = app.clock.now();
        Ok(match self {
            Self::Key(digest) => app.store.key_by_digest(digest, now).await?.is_some(),
            Self::Session(digest) => app.store.session(digest, now).await?.is_some(),
        })
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
        let verdict = match limit::by_key(&app, known.id) {
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

/// Where a request comes from, as the options say whom to believe. Where nobody vouches for a client, it counts as the
/// proxy.
pub fn client(app: &App, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    static SAID: AtomicBool = AtomicBool::new(false);
    let proxies = app.config.http.proxies();
    let client = forwarded(headers, proxies);
    if client.is_none() && proxies > 0 && headers.contains_key(FORWARDED) && !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %peer,
            proxies,
            "X-Forwarded-For of a request names no address where trust_forwarded says; it counts as the proxy's own, as all \
             such do from now on"
        );
    }
    client.unwrap_or(peer.ip()).to_canonical()
}

/// The header in which proxies say by whom they were asked.
pub const FORWARDED: &str = "x-forwarded-for";

/// The address that the outermost of so many proxies saw: the entry that it added, counted from the end of all lines,
/// which are one list (RFC 9110, 5.3). What is before it says whoever asked, so it is not even read.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let lines = headers.get_all(FORWARDED).iter().rev();
    let mut entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let entry = str::from_utf8(entries.nth(proxies.checked_sub(1)?)?).ok()?.trim();
    // Some proxies add the port.
    let bare = entry.trim_start_matches('[').split(']').next().unwrap_or_default();
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|it| it.ip()))
}

/// Keys that were let in a moment ago, so that a client that sends a lot costs one look-up every few seconds. A key
/// that is revoked is refused that much later.
#[derive(Debug, Default)]
pub struct Cache {
    known: Mutex<HashMap<store::Digest, Known>>,
    /// Raised when somebody lost their pass at this node.
    lost: watch::Sender<u64>,
}

/// A key that is good.
#[derive(Clone, Debug)]
struct Known {
    id: KeyId,
    name: String,
    workspace: WorkspaceId,
    rights: Rights,
    digest: store::Digest,
    /// Its own end.
    ends: Option<Time>,
    /// Until when it need not be asked for again, as time passes in this process.
    fresh: Duration,
    touched: Time,
}

const FRESH: Duration = Duration::from_secs(5);
const TOUCH: TimeDelta = TimeDelta::minutes(1);
const MOST: usize = 10_000;

impl Cache {
    fn lock(&self) -> MutexGuard<'_, HashMap<store::Digest, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everybody; a key that this process revoked is refused at once, and what it still listens to ends.
    pub fn clear(&self) {
        self.lock().clear();
        self.lost.send_modify(|n| *n += 1);
    }

    /// Changes when somebody may have lost their pass.
    pub fn losses(&self) -> watch::Receiver<u64> {
        self.lost.subscribe()
    }
}

async fn known_key(app: &App, text: &str) -> ApiResult<Known> {
    const DENIED: ApiError = ApiError::Denied("This API key is unknown, expired or revoked.");
    let given = KeyText::parse(text).ok_or(DENIED)?;
    let (digest, now, passed) = (given.digest(), app.clock.now(), app.clock.passed());
    let good = |known: &&Known| passed < known.fresh && known.ends.is_none_or(|end| now < end);
    let cached = app.callers.lock().get(&digest).filter(good).cloned();
    let known = match cached {
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
    {
        let mut cache = app.callers.lock();
        if cache.len() >= MOST {
            cache.retain(|_, known| passed < known.fresh);
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn all_lines_are_one_list_and_as_many_entries_count_as_there_are_proxies() {
        for (proxies, lines, expected) in [
            (1, &["192.0.2.1"][..], Some("192.0.2.1")),
            (1, &["9.9.9.9, 192.0.2.1"], Some("192.0.2.1")),
            (1, &["9.9.9.9", "192.0.2.1"], Some("192.0.2.1")),
            (1, &["9.9.9.9", "8.8.8.8, 2001:db8::1"], Some("2001:db8::1")),
            (1, &["[2001:db8::1]:443"], Some("2001:db8::1")),
            (1, &["192.0.2.1:5000"], Some("192.0.2.1")),
            (1, &["192.0.2.1", "nonsense"], None),
            (1, &[""], None),
            (1, &[], None),
            // What the client wrote does not matter, whatever it is.
            (1, &["\u{e9}, 192.0.2.1"], Some("192.0.2.1")),
            (2, &["192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (2, &["192.0.2.1", "10.0.0.1"], Some("192.0.2.1")),
            (2, &["9.9.9.9, 8.8.8.8,,192.0.2.1:5000 , 10.0.0.1"], Some("192.0.2.1")),
            (2, &["9.9.9.9, 8.8.8.8", "192.0.2.1, 10.0.0.1"], Some("192.0.2.1")),
            (2, &["9.9.9.9, 192.0.2.1", "10.0.0.1"], Some("192.0.2.1")),
            (2, &["nonsense", "192.0.2.1", "10.0.0.1"], Some("192.0.2.1")),
            (3, &["9.9.9.9, 192.0.2.1", "10.0.0.1, 10.0.0.2"], Some("192.0.2.1")),
            // Somebody came past a proxy, and may have written all of it.
            (2, &["192.0.2.1"], None),
            (3, &["192.0.2.1", "10.0.0.1"], None),
            (0, &["192.0.2.1"], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", HeaderValue::from_bytes(line.as_bytes()).unwrap());
            }
            let expected = expected.map(|ip| ip.parse().unwrap());
            assert_eq!(forwarded(&headers, proxies), expected, "{proxies} {lines:?}");
        }
    }

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

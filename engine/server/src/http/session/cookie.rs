//! The cookie of a session: a random token and when the session began. The database keeps a digest of both, so that
//! the beginning cannot be forged.
//!
//! A session ends after 12 hours without a request, and after 30 days in any case. If less than half of the 12 hours is
//! left, a request extends it to 12 hours again.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::{DateTime, TimeDelta};
use program::{Time, UserId, WorkspaceId};
use store::NewSession;

use crate::{
    App,
    access::secret,
    http::error::{ApiError, ApiResult},
};

const IDLE: TimeDelta = TimeDelta::hours(12);
const ABSOLUTE: TimeDelta = TimeDelta::days(30);

/// A session that is good, as found behind a cookie.
#[derive(Clone, Debug)]
pub struct Good {
    /// What the database knows.
    pub row: store::Session,
    /// Digest of the cookie.
    pub digest: store::Digest,
    began: Time,
}

/// The session of the cookie, if it is good.
pub async fn session(app: &App, headers: &HeaderMap) -> ApiResult<Option<Good>> {
    let name = name(app);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let Some((_, value)) = pairs.find(|(given, _)| *given == name) else { return Ok(None) };
    let began =
        value.split_once('.').and_then(|(_, began)| began.parse().ok()).and_then(DateTime::from_timestamp_millis);
    let Some(began) = began else { return Ok(None) };
    let (digest, now) = (secret::digest(value), app.clock.now());
    if now >= began + ABSOLUTE {
        return Ok(None);
    }
    let row = app.store.session(&digest, now).await?;
    Ok(row.map(|row| Good { row, digest, began }))
}

/// Opens a session and gives the header that sets its cookie.
pub async fn open(app: &App, workspace: WorkspaceId, user: UserId) -> ApiResult<HeaderValue> {
    let began = app.clock.now();
    let value = format!("{}.{}", secret::draw(), began.timestamp_millis());
    let session = NewSession { digest: secret::digest(&value), user, expires_at: began + IDLE };
    app.store.create_session(workspace, &session, began).await?;
    cookie(app, &value, ABSOLUTE.num_seconds())
}

/// Lets a session that nears its end last longer. The cookie stays: its own end is the session's last.
pub async fn renew(app: &App, session: &Good) -> ApiResult<()> {
    let (now, last) = (app.clock.now(), session.began + ABSOLUTE);
    if session.row.expires_at - now >= IDLE / 2 || session.row.expires_at >= last {
        return Ok(());
    }
    Ok(app.store.extend_session(&session.digest, (now + IDLE).min(last)).await?)
}

/// The header that takes the cookie away.
pub fn gone(app: &App) -> ApiResult<HeaderValue> {
    cookie(app, "", 0)
}

fn is_https(app: &App) -> bool {
    app.links.public_url().starts_with("https://")
}

/// Browsers take a name with `__Host-` only from the host itself over https.
fn name(app: &App) -> &'static str {
    if is_https(app) { "__Host-stafette" } else { "stafette" }
}

fn cookie(app: &App, value: &str, seconds: i64) -> ApiResult<HeaderValue> {
    let secure = if is_https(app) { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(app));
    HeaderValue::from_str(&text).map_err(|error| ApiError::Internal(error.to_string()))
}

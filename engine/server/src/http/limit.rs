//! How often who may ask: requests per key and minute, attempts to sign in per address and account.
//!
//! Answers to a key carry `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds until all is free
//! again), the names most clients know, and the fields `RateLimit-Policy` and `RateLimit` of the present IETF draft.
//! Each node counts for itself.

use std::{num::NonZeroU32, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use governor::{
    Quota, RateLimiter,
    clock::Clock as _,
    middleware::{StateInformationMiddleware, StateSnapshot},
    nanos::Nanos,
    state::keyed::HashMapStateStore,
};
use program::KeyId;
use runner::Clock;
use uuid::Uuid;

use super::error::{ApiError, ApiResult};
use crate::app::App;

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, StateInformationMiddleware>;

/// The limiters of one node.
pub struct Limits {
    keys: Option<(NonZeroU32, Limiter<Uuid>)>,
    logins: Limiter<String>,
}

/// What is left to a key.
pub struct Verdict(Option<(u32, u32, u64)>);

/// The server's clock as the limiter sees it: tests move it.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = self.0.now().timestamp_nanos_opt().unwrap_or_default();
        Nanos::new(u64::try_from(nanos).unwrap_or_default())
    }
}

/// Attempts to sign in, per minute, for one address and for one account.
const LOGINS: u32 = 10;

impl Limits {
    /// Limiters by this clock; `per_minute` 0 for none on keys.
    pub fn new(clock: &Clock, per_minute: u32) -> Self {
        let keys = NonZeroU32::new(per_minute).map(|n| (n, limiter(clock, n)));
        Self { keys, logins: limiter(clock, NonZeroU32::new(LOGINS).unwrap_or(NonZeroU32::MIN)) }
    }

    /// Forgets those who have not asked for long.
    pub fn tidy(&self) {
        if let Some((_, limiter)) = &self.keys {
            limiter.retain_recent();
        }
        self.logins.retain_recent();
    }
}

fn limiter<K: std::hash::Hash + Eq + Clone>(clock: &Clock, per_minute: NonZeroU32) -> Limiter<K> {
    RateLimiter::hashmap_with_clock(Quota::per_minute(per_minute), Ticks(clock.clone()))
        .with_middleware::<StateInformationMiddleware>()
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// What is left, or for how many seconds to wait.
fn check<K: std::hash::Hash + Eq + Clone>(app: &App, limiter: &Limiter<K>, who: &K) -> Result<StateSnapshot, u64> {
    limiter.check_key(who).map_err(|not_until| {
        let now = Ticks(app.clock.clone()).now();
        whole_seconds(not_until.wait_time_from(now)).max(1)
    })
}

/// Counts one request of a key. The answer of one too many says what is left, too: nothing.
pub fn by_key(app: &App, key: KeyId) -> Result<Verdict, Box<Response>> {
    let Some((quota, limiter)) = &app.limits.keys else { return Ok(Verdict(None)) };
    let quota = quota.get();
    match check(app, limiter, &key.uuid()) {
        Ok(state) => {
            let left = state.remaining_burst_capacity().min(quota);
            let reset = (u64::from(quota - left) * 60).div_ceil(u64::from(quota));
            Ok(Verdict(Some((quota, left, reset))))
        }
        Err(seconds) => {
            let mut response = ApiError::TooOften(seconds).into_response();
            show(&Verdict(Some((quota, 0, seconds))), response.headers_mut());
            Err(Box::new(response))
        }
    }
}

/// Counts one attempt to sign in, from this address and for this account.
pub fn by_login(app: &App, client: &str, account: &str) -> ApiResult<()> {
    for who in [format!("from {client}"), format!("as {}", account.to_lowercase())] {
        check(app, &app.limits.logins, &who).map_err(ApiError::TooOften)?;
    }
    Ok(())
}

/// Tells a client what is left.
pub fn show(verdict: &Verdict, headers: &mut HeaderMap) {
    let Verdict(Some((limit, left, reset))) = verdict else { return };
    let mut put = |name, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("ratelimit-limit", limit.to_string());
    put("ratelimit-remaining", left.to_string());
    put("ratelimit-reset", reset.to_string());
    put("ratelimit-policy", format!("\"key\";q={limit};w=60"));
    put("ratelimit", format!("\"key\";r={left};t={reset}"));
}

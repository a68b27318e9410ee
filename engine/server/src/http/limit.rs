//! Rate limits: requests per key and minute, and attempts to sign in.
//!
//! Attempts to sign in are counted by address, and by account and address. So strangers who guess do not lock the owner
//! out. A third limit counts by account, against guesses from many addresses. Addresses from which somebody signed in
//! to the account before are exempt from it.
//!
//! Time is measured in this process, so a clock that is set back locks nobody out.
//!
//! Answers to a key carry `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds until all is free
//! again), the names that most clients know, and the fields `RateLimit-Policy` and `RateLimit` of the present IETF
//! draft. Each node counts for itself. So behind a proxy that spreads requests over n nodes a key may make n times as
//! many.

use std::{
    collections::VecDeque,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::error::{ApiError, ApiResult};
use crate::listen;

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, StateInformationMiddleware>;

/// The limiters of one node.
pub struct Limits {
    ticks: Ticks,
    keys: Option<(NonZeroU32, Limiter<Uuid>)>,
    logins: Limiter<Login>,
    accounts: Limiter<[u8; 32]>,
    /// From where somebody signed in to which account, the newest last.
    trusted: Mutex<VecDeque<([u8; 32], IpAddr)>>,
}

/// Where attempts to sign in are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Login {
    From(IpAddr),
    As([u8; 32], IpAddr),
}

/// What is left to a key.
pub struct Verdict(Option<(u32, u32, u64)>);

/// The server's clock as the limiter sees it: tests move it, and it never goes back.
#[derive(Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.passed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Attempts to sign in, per minute, from one address, and from there for one account.
const LOGINS: u32 = 10;
/// Attempts to sign in to one account, per minute, from all addresses that are new to it. With that 52 million a year,
/// against passwords of at least twelve characters.
const GUESSES: u32 = 100;
/// The most accounts and addresses that are remembered as having belonged together.
const TRUSTED: usize = 10_000;

impl Limits {
    /// Limiters by this clock; `per_minute` 0 for none on keys.
    pub fn new(clock: &Clock, per_minute: u32) -> Self {
        let keys = NonZeroU32::new(per_minute).map(|n| (n, limiter(clock, n)));
        let each = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let (logins, accounts) = (limiter(clock, each(LOGINS)), limiter(clock, each(GUESSES)));
        Self { ticks: Ticks(clock.clone()), keys, logins, accounts, trusted: Mutex::default() }
    }

    fn trusted(&self) -> MutexGuard<'_, VecDeque<([u8; 32], IpAddr)>> {
        self.trusted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one request of a key. The answer of one too many says what is left, too: nothing.
    pub fn by_key(&self, key: KeyId) -> Result<Verdict, Box<Response>> {
        let Some((quota, limiter)) = &self.keys else { return Ok(Verdict(None)) };
        let quota = quota.get();
        match self.check(limiter, &key.uuid()) {
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
    pub fn by_login(&self, client: IpAddr, account: &str) -> ApiResult<()> {
        let (client, account) = (listen::net(client), digest(account));
        for who in [Login::From(client), Login::As(account, client)] {
            self.check(&self.logins, &who).map_err(ApiError::TooOften)?;
        }
        if self.trusted().contains(&(account, client)) {
            return Ok(());
        }
        self.check(&self.accounts, &account).map_err(ApiError::TooOften)?;
        Ok(())
    }

    /// Remembers from where somebody signed in.
    pub fn signed_in(&self, client: IpAddr, account: &str) {
        let known = (digest(account), listen::net(client));
        let mut trusted = self.trusted();
        trusted.retain(|other| *other != known);
        trusted.push_back(known);
        if trusted.len() > TRUSTED {
            trusted.pop_front();
        }
    }

    /// What is left, or for how many seconds to wait.
    fn check<K: std::hash::Hash + Eq + Clone>(&self, limiter: &Limiter<K>, who: &K) -> Result<StateSnapshot, u64> {
        limiter.check_key(who).map_err(|not_until| {
            let now = self.ticks.now();
            whole_seconds(not_until.wait_time_from(now)).max(1)
        })
    }

    /// Forgets those who have not asked for long.
    pub fn tidy(&self) {
        if let Some((_, limiter)) = &self.keys {
            limiter.retain_recent();
        }
        self.logins.retain_recent();
        self.accounts.retain_recent();
    }
}

fn limiter<K: std::hash::Hash + Eq + Clone>(clock: &Clock, per_minute: NonZeroU32) -> Limiter<K> {
    RateLimiter::hashmap_with_clock(Quota::per_minute(per_minute), Ticks(clock.clone()))
        .with_middleware::<StateInformationMiddleware>()
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// An account as it is counted: as short as any other, whatever was sent, and found as the store finds it.
fn digest(account: &str) -> [u8; 32] {
    Sha256::digest(account.trim().to_lowercase()).into()
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

//! A read-only replica that answers lists while it answers at all and is not too far behind.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgPool;

use super::fault::LOOK;

/// So long it is taken for what it was.
const FIT: Duration = Duration::from_secs(1);
/// The same where it was not fit: nobody shall wait for it with each list.
const UNFIT: Duration = Duration::from_secs(5);
/// Every so often an operator is told again.
const AGAIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Replica {
    pub(super) pool: PgPool,
    /// Further behind than this it is not asked.
    most: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How it was, and when.
    last: Option<(bool, Instant)>,
    /// Somebody looks just now.
    looking: bool,
    told: Option<Instant>,
}

impl Replica {
    pub(super) fn new(pool: PgPool, most: Duration) -> Self {
        Self { pool, most, seen: Mutex::default() }
    }

    /// Whether to ask it. Looks now and then; meanwhile the others go by what was seen last.
    pub(super) async fn fit(&self) -> bool {
        {
            let mut seen = self.seen();
            let fresh = |(fit, at): (bool, Instant)| at.elapsed() < if fit { FIT } else { UNFIT };
            let known = seen.last.filter(|last| seen.looking || fresh(*last));
            if known.is_some() || seen.looking {
                return known.is_some_and(|(fit, _)| fit);
            }
            seen.looking = true;
        }
        let looking = Looking(self);
        let why = match tokio::time::timeout(LOOK, self.behind()).await {
            Ok(Ok(behind)) if behind.is_some_and(|behind| behind <= self.most) => None,
            Ok(Ok(Some(behind))) => Some(format!("it is {} s behind", behind.as_secs())),
            Ok(Ok(None)) => Some("it has replayed nothing yet".to_owned()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("it does not answer".to_owned()),
        };
        drop(looking);
        self.saw(why)
    }

    /// Keeps how it is; whether it is fit.
    pub(super) fn saw(&self, why_not: Option<String>) -> bool {
        let (mut seen, now) = (self.seen(), Instant::now());
        let before = seen.last.replace((why_not.is_none(), now));
        match &why_not {
            Some(why) if seen.told.is_none_or(|told| now - told >= AGAIN) => {
                tracing::warn!(%why, "the replica is of no use, lists come from the primary");
                seen.told = Some(now);
            }
            None if before.is_some_and(|(fit, _)| !fit) => tracing::info!("the replica answers lists again"),
            _ => {}
        }
        why_not.is_none()
    }

    /// How old what it shows is, at most; nothing where it does not know. A server that writes is not behind.
    async fn behind(&self) -> sqlx::Result<Option<Duration>> {
        let ask = sqlx::query_scalar::<_, Option<i64>>(include_str!("../../sql/postgres/replica_behind.sql"));
        let millis = ask.persistent(false).fetch_one(&self.pool).await?;
        Ok(millis.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or_default())))
    }

    /// Nothing is left half-written by a panic here.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever looks may go away meanwhile; then the next one does.
struct Looking<'a>(&'a Replica);

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.seen().looking = false;
    }
}

//! Replaces connections that were opened before a fault of all of them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Postgres, pool::PoolOptions};

/// Since when connections of a pool are good. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fresh(Arc<Mutex<Option<Instant>>>);

impl Fresh {
    /// Whatever is open by now is closed when it is asked for next: a session that began while the server took no writes
    /// goes on refusing them.
    pub(super) fn renew(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn has(&self, age: Duration) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_none_or(|since| since.elapsed() >= age)
    }

    /// A pool that keeps to it.
    pub(super) fn guard(&self, pool: PoolOptions<Postgres>) -> PoolOptions<Postgres> {
        let fresh = self.clone();
        pool.before_acquire(move |_, meta| {
            let good = fresh.has(meta.age);
            Box::pin(async move { Ok(good) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_a_renewal_is_not_used() {
        let fresh = Fresh::default();
        assert!(fresh.has(Duration::MAX));
        fresh.renew();
        assert!(!fresh.has(Duration::from_hours(1)));
        assert!(fresh.has(Duration::ZERO));
    }
}

//! What the database cannot do at present, and what an operator is told of it.
//!
//! A fault is known by the statement that met it, because a column that is missing to one stands in no other's way. It is
//! over when that statement succeeds. What stands against every write, as a full disk does, is over with any write.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{Class, Error};

/// Every so often an operator is told again; a fault that nobody met for so long is over with any write.
const AGAIN: Duration = Duration::from_secs(60);

/// What the database cannot do at present.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// How many faults are in the book, so that a healthy database costs no lock.
    open: AtomicUsize,
    book: Mutex<BTreeMap<&'static str, Fault>>,
}

#[derive(Debug)]
struct Fault {
    why: String,
    /// It stands against every write, not against this statement alone.
    wide: bool,
    met: Instant,
    told: Instant,
}

impl Health {
    /// A call failed. Only what somebody must act on is kept.
    pub(crate) fn failed(&self, what: &'static str, error: &Error, wide: bool) {
        if error.class().alarming() {
            self.failed_at(Instant::now(), what, error, wide);
        }
    }

    fn failed_at(&self, now: Instant, what: &'static str, error: &Error, wide: bool) {
        let why = error.to_string();
        let mut book = self.book();
        let old = book.get(what);
        let told = old.filter(|old| now - old.told < AGAIN).map(|old| old.told);
        if told.is_none() {
            let damaged = error.class() == Class::Corrupt;
            tracing::error!(%error, statement = what, damaged, "the database needs its operator");
        }
        book.insert(what, Fault { why, wide, met: now, told: told.unwrap_or(now) });
        self.open.store(book.len(), Ordering::Release);
    }

    /// A statement succeeded.
    pub(crate) fn worked(&self, what: &'static str) {
        if self.open.load(Ordering::Acquire) > 0 {
            self.mend(|known, _| *known == what);
        }
    }

    /// A write is in the database.
    pub(crate) fn wrote(&self) {
        if self.open.load(Ordering::Acquire) > 0 {
            self.wrote_at(Instant::now());
        }
    }

    fn wrote_at(&self, now: Instant) {
        self.mend(|_, fault| fault.wide || now - fault.met > AGAIN);
    }

    fn mend(&self, over: impl Fn(&&'static str, &Fault) -> bool) {
        let mut book = self.book();
        let before = book.len();
        book.retain(|what, fault| !over(what, fault));
        self.open.store(book.len(), Ordering::Release);
        if before > 0 && book.is_empty() {
            tracing::info!("the database does again what is asked of it");
        }
    }

    /// What stands in the way, if anything does.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.open.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.book().values().max_by_key(|fault| fault.met).map(|fault| fault.why.clone())
    }

    /// Nothing is left half-written by a panic here.
    fn book(&self) -> MutexGuard<'_, BTreeMap<&'static str, Fault>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_over_when_what_met_it_succeeds() {
        let health = Health::default();
        let operator = |why: &str| Error::Database(why.into());
        health.failed("a", &Error::Unavailable("away".into()), true);
        health.failed("a", &Error::NotFound { what: "thing" }, false);
        assert_eq!(health.fault(), None);

        health.failed("full", &operator("no room"), true);
        health.worked("other");
        assert_eq!(health.fault().as_deref(), Some("database: no room"));
        health.wrote();
        assert_eq!(health.fault(), None);

        health.failed("column", &operator("no column"), false);
        health.wrote();
        assert!(health.fault().is_some(), "another statement's write says nothing of this one");
        health.worked("column");
        assert_eq!(health.fault(), None);

        let now = Instant::now();
        health.failed_at(now, "seldom", &operator("no column"), false);
        health.wrote_at(now + AGAIN);
        assert!(health.fault().is_some(), "a short while heals nothing");
        health.wrote_at(now + AGAIN + Duration::from_secs(1));
        assert_eq!(health.fault(), None);
    }
}

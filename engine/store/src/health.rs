//! What the database cannot do at present, and what an operator is told about it.
//!
//! A fault belongs to the statement that met it, because a missing column fails only the statements that use it. The
//! fault is over when that statement succeeds. A fault of all writes, such as a read-only server, is over with any
//! write. A fault that passes by itself, such as a lock, counts for readiness, and nobody is told.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{Class, Error, class};

/// Every so often an operator is told again; a fault that nobody met for so long is over with any write.
const AGAIN: Duration = Duration::from_secs(60);

/// What stands in the way of writes at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What the database said, for its operator's eyes.
    pub why: String,
    /// Whether somebody must act; else it passes by itself.
    pub alarming: bool,
    /// What is to be done, where the cause says it; for everybody's eyes.
    pub remedy: Option<&'static str>,
}

impl Obstacle {
    /// One that somebody must mend, by an error's text.
    pub fn of(why: String) -> Self {
        let remedy = class::remedy_in(&why);
        Self { why, alarming: true, remedy }
    }
}

/// So many causes are remembered at once, whatever texts a database makes up.
const CAUSES: usize = 64;

/// What the database cannot do at present.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// How many faults are in the book, so that a healthy database costs no lock.
    open: AtomicUsize,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    faults: BTreeMap<&'static str, Fault>,
    /// When an operator was told of a cause, whichever statements met it, and also where it comes and goes.
    told: BTreeMap<String, Instant>,
}

#[derive(Debug)]
struct Fault {
    why: String,
    /// Somebody was told, and is told when it is over.
    alarming: bool,
    /// It stands against every write, not against this statement alone.
    wide: bool,
    met: Instant,
}

impl Book {
    /// Whether it is time to tell an operator of this cause.
    fn tells(&mut self, now: Instant, cause: &str) -> bool {
        self.told.retain(|_, told| now - *told < AGAIN);
        if self.told.contains_key(cause) || self.told.len() >= CAUSES {
            return false;
        }
        self.told.insert(cause.to_owned(), now);
        true
    }
}

impl Health {
    /// A call failed. What somebody must act on is kept, and what nobody can write for.
    pub(crate) fn failed(&self, what: &'static str, error: &Error, wide: bool) {
        if error.class().alarming() || wide && error.class() == Class::Soon {
            self.failed_at(Instant::now(), what, error, wide);
        }
    }

    fn failed_at(&self, now: Instant, what: &'static str, error: &Error, wide: bool) {
        let (why, alarming) = (error.to_string(), error.class().alarming());
        let mut book = self.book();
        // What passes says nothing of what does not.
        if !alarming && book.faults.get(what).is_some_and(|old| old.alarming) {
            return;
        }
        let cause = why.replacen(&format!("{what}: "), "", 1);
        if alarming && book.tells(now, &cause) {
            let damaged = error.class() == Class::Corrupt;
            tracing::error!(%error, statement = what, damaged, "the database needs its operator");
        }
        book.faults.insert(what, Fault { why, alarming, wide, met: now });
        self.open.store(book.faults.len(), Ordering::Release);
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
        let alarming = |book: &Book| book.faults.values().any(|fault| fault.alarming);
        let before = alarming(&book);
        book.faults.retain(|what, fault| !over(what, fault));
        self.open.store(book.faults.len(), Ordering::Release);
        if before && !alarming(&book) {
            tracing::info!("the database does again what is asked of it");
        }
    }

    /// What stands in the way, if anything does: what somebody must mend first, then the newest.
    pub(crate) fn obstacle(&self) -> Option<Obstacle> {
        if self.open.load(Ordering::Acquire) == 0 {
            return None;
        }
        let book = self.book();
        let fault = book.faults.values().max_by_key(|fault| (fault.alarming, fault.met))?;
        Some(Obstacle { alarming: fault.alarming, ..Obstacle::of(fault.why.clone()) })
    }

    /// Nothing is left half-written by a panic here.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(health: &Health) -> Option<String> {
        health.obstacle().map(|obstacle| obstacle.why)
    }

    #[test]
    fn a_fault_is_over_when_what_met_it_succeeds() {
        let health = Health::default();
        let operator = |why: &str| Error::Database(why.into());
        health.failed("a", &Error::Unavailable("this row is locked".into()), false);
        health.failed("a", &Error::NotFound { what: "thing" }, false);
        assert_eq!(why(&health), None);

        health.failed("a", &Error::Unavailable("away".into()), true);
        health.worked("other");
        assert!(why(&health).unwrap().contains("away"), "nobody can write");
        health.wrote();
        assert_eq!(why(&health), None);

        health.failed("full", &operator("no room"), true);
        health.worked("other");
        assert_eq!(why(&health).as_deref(), Some("database: no room"));
        health.wrote();
        assert_eq!(why(&health), None);

        health.failed("column", &operator("no column"), false);
        health.wrote();
        assert!(why(&health).is_some(), "another statement's write says nothing of this one");
        health.worked("column");
        assert_eq!(why(&health), None);

        let now = Instant::now();
        health.failed_at(now, "seldom", &operator("no column"), false);
        health.wrote_at(now + AGAIN);
        assert!(why(&health).is_some(), "a short while heals nothing");
        health.wrote_at(now + AGAIN + Duration::from_secs(1));
        assert_eq!(why(&health), None);
    }

    #[test]
    fn a_cause_is_told_once_a_minute() {
        let (mut book, now) = (Book::default(), Instant::now());
        let told: Vec<_> = [(0, "full"), (1, "full"), (1, "column"), (59, "full"), (60, "full"), (61, "full")]
            .map(|(seconds, cause)| book.tells(now + Duration::from_secs(seconds), cause))
            .into();
        assert_eq!(told, [true, false, true, false, true, false]);
        for n in 0..2 * CAUSES {
            book.tells(now + Duration::from_secs(62), &n.to_string());
        }
        assert_eq!(book.told.len(), CAUSES);

        // Whichever statement met it.
        let health = Health::default();
        for what in ["begin", "commit"] {
            health.failed(what, &Error::Database(format!("{what}: no room")), true);
        }
        assert_eq!(health.book().told.keys().collect::<Vec<_>>(), ["database: no room"]);
    }
}

//! Causes that were logged lately: work that is retried logs each cause once a minute.

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::Clock;

/// Every so often a cause is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// So many causes are remembered at once, whatever texts a database makes up.
const CAUSES: usize = 64;

/// The causes that were told lately, of a whole node. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub struct Told {
    clock: Clock,
    causes: Arc<Mutex<HashMap<String, Duration>>>,
}

impl Told {
    /// Nothing was told yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, causes: Arc::default() }
    }

    /// By which a minute is one.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Says a line and its cause, unless that was said within the last minute, by whomever.
    pub fn warn(&self, line: &str, cause: &impl Display) {
        let error = cause.to_string();
        if self.is_news(&format!("{line}: {error}")) {
            tracing::warn!(%error, "{line}");
        }
    }

    /// The same of what somebody must act on.
    pub fn error(&self, line: &str, cause: &impl Display) {
        let error = cause.to_string();
        if self.is_news(&format!("{line}: {error}")) {
            tracing::error!(%error, "{line}");
        }
    }

    fn is_news(&self, cause: &str) -> bool {
        let now = self.clock.passed();
        // Nothing is left half-written by a panic here.
        let mut causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        causes.retain(|_, told| now.saturating_sub(*told) < AGAIN);
        if causes.contains_key(cause) || causes.len() >= CAUSES {
            return false;
        }
        causes.insert(cause.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_cause_is_told_once_a_minute() {
        let (clock, hands) = Clock::manual("2026-03-01T09:00:00Z".parse().unwrap());
        let told = Told::new(clock);
        // Whoever asks.
        let other = told.clone();
        assert!(told.is_news("away") && !other.is_news("away") && other.is_news("full"));
        hands.advance(TimeDelta::seconds(59));
        assert!(!told.is_news("away"));
        hands.advance(TimeDelta::seconds(1));
        assert!(told.is_news("away") && !told.is_news("away"));
        // A clock that is set back silences nobody for longer.
        hands.advance(TimeDelta::hours(-1));
        assert!(!told.is_news("away"));
        hands.advance(TimeDelta::seconds(60));
        assert!(told.is_news("away"));

        let news = (0..2 * CAUSES).filter(|n| told.is_news(&n.to_string())).count();
        assert!(news < CAUSES, "{news} causes at once");
    }
}

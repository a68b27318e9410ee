//! Shares SQLite's one writer. Ingest and advance write much. After each transaction they leave as much time as it took
//! to marks and settlements, which write little while a mail server waits.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A small writer stays favoured for this time after its last write, because a mail server replies between two of its
/// writes.
const AT_IT: Duration = Duration::from_millis(3);
/// How long a waiting writer sleeps before it looks again.
const LOOK: Duration = Duration::from_millis(1);
/// The longest time that large writers keep away. The next one may write a small event.
const LONGEST: Duration = Duration::from_millis(50);

/// The writers of SQLite's file.
#[derive(Debug, Default)]
pub(crate) struct Fair(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many small writers wait or write.
    small: u32,
    /// When the last of them ended.
    ended: Option<Instant>,
    /// Until when large writers keep away, while there are small ones.
    away: Option<Instant>,
}

/// Held by who writes little, from before it waits for the writer until it has written.
#[derive(Debug)]
pub(crate) struct Small<'f>(&'f Fair);

impl Fair {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // A panic cannot leave anything half-written here.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody who writes little is at it until this is dropped.
    pub(crate) fn small(&self) -> Small<'_> {
        self.with(|state| state.small += 1);
        Small(self)
    }

    /// Waits until who writes much may write again.
    pub(crate) async fn turn(&self) {
        while self.away(Instant::now()) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether who writes much stays away now.
    fn away(&self, now: Instant) -> bool {
        self.with(|state| {
            let at_it =
                state.small > 0 || state.ended.is_some_and(|ended| now.saturating_duration_since(ended) < AT_IT);
            at_it && state.away.is_some_and(|away| now < away)
        })
    }

    /// Somebody wrote much, for so long, until now.
    pub(crate) fn spent(&self, now: Instant, long: Duration) {
        self.with(|state| {
            let from = state.away.map_or(now, |away| away.max(now));
            state.away = Some(from + long.min(LONGEST));
        });
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        self.0.with(|state| {
            state.small -= 1;
            state.ended = Some(Instant::now());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_much_leaves_as_much_time_as_it_took() {
        let fair = Fair::default();
        let now = Instant::now();
        let millis = Duration::from_millis;
        fair.spent(now, millis(40));
        assert!(!fair.away(now), "nobody else wants it");
        let small = fair.small();
        assert!(fair.away(now + millis(39)));
        assert!(!fair.away(now + millis(40)));
        // Two that write much share the half that is theirs.
        fair.spent(now + millis(10), millis(30));
        assert!(fair.away(now + millis(69)) && !fair.away(now + millis(70)));
        fair.spent(now + millis(100), Duration::from_secs(9));
        assert!(!fair.away(now + millis(100) + LONGEST));
        drop(small);
        let ended = Instant::now();
        fair.spent(ended, millis(200));
        assert!(fair.away(ended + millis(1)), "its next write comes as soon as the mail server has answered");
        assert!(!fair.away(ended + AT_IT + millis(1)));
    }
}

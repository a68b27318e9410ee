//! How long a message is tried, and how often.

use std::time::Duration;

use program::{Reason, Time};
use store::Settlement;

use crate::Clock;

/// Pauses after the first, second … attempt, in minutes; then the last one again and again.
const PAUSES: [u64; 6] = [1, 5, 15, 30, 60, 120];

/// What follows an attempt that may be repeated: another one later, or the end.
pub(crate) fn retry(clock: &Clock, attempt: u32, since: Time, max_age: Duration, last: String) -> Settlement {
    let now = clock.now();
    let due_at = now + pause(clock, attempt);
    if due_at > since + max_age {
        let hours = max_age.as_secs() / 3_600;
        return Settlement::Failed { reason: Reason::Expired { hours, last }.into() };
    }
    Settlement::Retry { due_at, reason: last }
}

/// The pause after this attempt, 20 % more or less, so that a crowd of messages does not stay one.
fn pause(clock: &Clock, attempt: u32) -> Duration {
    let at = (attempt.max(1) as usize - 1).min(PAUSES.len() - 1);
    let pause = Duration::from_secs(PAUSES[at] * 60);
    pause.mul_f64(0.8) + clock.jitter(pause.mul_f64(0.4))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let (clock, hands) = Clock::manual(DateTime::UNIX_EPOCH);
        let hours = |n: u64| Duration::from_secs(n * 3_600);
        for (attempt, minutes) in [(1, 1.0), (2, 5.0), (6, 120.0), (60, 120.0)] {
            let pause = pause(&clock, attempt).as_secs_f64() / 60.0;
            assert!((minutes * 0.8..=minutes * 1.2).contains(&pause), "{attempt}: {pause}");
        }
        let outcome = || retry(&clock, 7, DateTime::UNIX_EPOCH, hours(48), "451 busy".into());
        assert!(matches!(outcome(), Settlement::Retry { .. }));
        hands.advance(TimeDelta::hours(47));
        assert_eq!(outcome(), Settlement::Failed { reason: "expired after 48 h; the last reply: 451 busy".into() });
    }
}

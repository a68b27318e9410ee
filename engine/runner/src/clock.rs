//! The only source of time, ids and chance. All other code takes them as arguments.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound, TimeDelta};
use program::Time;
use tokio::sync::watch;
use uuid::Uuid;

/// A clock that also draws ids and chance. Cheap to clone; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

/// The hands of a manual clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<watch::Sender<Time>>);

#[derive(Debug)]
struct Source {
    hands: Hands,
    begun: Instant,
    /// Highest stamp given out: milliseconds and a counter of 12 bits, so that ids grow strictly.
    stamp: AtomicU64,
}

#[derive(Debug)]
enum Hands {
    System,
    Manual {
        now: watch::Receiver<Time>,
        seed: Mutex<u64>,
        /// How long the hands were moved on in all, and where they stood when that was asked last.
        passed: Mutex<(Duration, Time)>,
    },
}

/// The longest single sleep, so that a system clock that is set back or forth is noticed.
const NAP: Duration = Duration::from_secs(60);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Hands::System)
    }

    /// A clock that stands still until it is moved, with ids and chance that repeat from run to run.
    pub fn manual(start: Time) -> (Self, ManualClock) {
        let start = start.trunc_subsecs(3);
        let (hands, now) = watch::channel(start);
        let passed = Mutex::new((Duration::ZERO, start));
        (Self::new(Hands::Manual { now, seed: Mutex::new(0), passed }), ManualClock(Arc::new(hands)))
    }

    fn new(hands: Hands) -> Self {
        Self(Arc::new(Source { hands, stamp: AtomicU64::new(0), begun: Instant::now() }))
    }

    /// Whether this is the machine's clock, which others may disagree with.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.0.hands, Hands::System)
    }

    /// The time, to the millisecond, as it is stored.
    #[expect(clippy::disallowed_methods, reason = "this is the source that all others are told to use")]
    pub fn now(&self) -> Time {
        match &self.0.hands {
            Hands::System => DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).trunc_subsecs(3),
            Hands::Manual { now, .. } => *now.borrow(),
        }
    }

    /// Time that passed since some moment. It never goes back, also where the machine's clock is set back: for limits and
    /// whatever else is about lengths of time in this process.
    pub fn passed(&self) -> Duration {
        match &self.0.hands {
            Hands::System => self.0.begun.elapsed(),
            Hands::Manual { now, passed, .. } => {
                let mut passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
                let now = *now.borrow();
                let on = (now - passed.1).to_std().unwrap_or_default();
                *passed = (passed.0 + on, now);
                passed.0
            }
        }
    }

    /// A fresh UUIDv7. Those of one clock grow strictly, also within a millisecond and when the
    /// machine's clock is set back: their order is the order of creation.
    pub fn uuid(&self) -> Uuid {
        let now = u64::try_from(self.now().timestamp_millis()).unwrap_or(0) << 12;
        let next = |last: u64| now.max(last + 1);
        let last = self.0.stamp.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        let stamp = next(last.unwrap_or_else(|last| last));
        let (millis, count) = (u128::from(stamp >> 12), u128::from(stamp & 0xfff));
        let chance = u128::from(self.chance() >> 2);
        Uuid::from_u128(millis << 80 | 7 << 76 | count << 64 | 0b10 << 62 | chance)
    }

    /// A chance length of time below `max`, so that many nodes do not act at once.
    pub fn jitter(&self, max: Duration) -> Duration {
        max.mul_f64((self.chance() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// Waits until this time of this clock; a manual clock must be moved there.
    pub async fn sleep_until(&self, time: Time) {
        match &self.0.hands {
            Hands::System => loop {
                match (time - self.now()).to_std() {
                    Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(NAP)).await,
                    _ => return,
                }
            },
            Hands::Manual { now, .. } => {
                // Hands that were dropped never move again: then waiting has no end.
                if now.clone().wait_for(|now| *now >= time).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// Waits until so much has passed, see [`Self::passed`]: whoever sets the machine's clock does not change that.
    pub async fn sleep_past(&self, passed: Duration) {
        match &self.0.hands {
            Hands::System => tokio::time::sleep(passed.saturating_sub(self.passed())).await,
            Hands::Manual { now, .. } => {
                let mut now = now.clone();
                while self.passed() < passed {
                    if now.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            }
        }
    }

    /// Waits in real time, whatever the clock says: for back-off from faults of the real world.
    pub async fn pause(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }

    /// 64 bits of chance.
    fn chance(&self) -> u64 {
        match &self.0.hands {
            Hands::System => rand::random(),
            Hands::Manual { seed, .. } => {
                // splitmix64: small, and the same on every machine.
                let mut seed = seed.lock().unwrap_or_else(PoisonError::into_inner);
                *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *seed;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
        }
    }
}

impl ManualClock {
    /// Sets the time and wakes who waits for it.
    pub fn set(&self, time: Time) {
        self.0.send_replace(DateTime::trunc_subsecs(time, 3));
    }

    /// Moves the time on.
    pub fn advance(&self, by: TimeDelta) {
        self.0.send_modify(|now| *now += by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_repeat() {
        let draw = || {
            let (clock, hands) = Clock::manual(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
            let mut ids: Vec<_> = (0..5_000).map(|_| clock.uuid()).collect();
            hands.advance(TimeDelta::days(-1));
            ids.push(clock.uuid());
            ids
        };
        let ids = draw();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(ids, draw());
    }

    #[test]
    fn time_that_passed_never_goes_back() {
        let (clock, hands) = Clock::manual(DateTime::UNIX_EPOCH);
        let move_on = |seconds| {
            hands.advance(TimeDelta::seconds(seconds));
            clock.passed().as_secs()
        };
        assert_eq!([move_on(5), move_on(-900), move_on(10), move_on(0)], [5, 5, 15, 15]);
        let (system, before) = (Clock::system(), Clock::system().passed());
        assert!(system.passed() <= system.passed() && before < Duration::from_secs(60));
    }

    #[tokio::test]
    async fn who_waits_for_time_to_pass_does_not_mind_a_clock_that_is_set_back() {
        let (clock, hands) = Clock::manual(DateTime::UNIX_EPOCH);
        hands.advance(TimeDelta::seconds(1));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_past(clock.passed() + Duration::from_secs(5)).await }
        });
        tokio::task::yield_now().await;
        hands.advance(TimeDelta::hours(-1));
        tokio::task::yield_now().await;
        hands.advance(TimeDelta::seconds(4));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        hands.advance(TimeDelta::seconds(1));
        sleeper.await.unwrap();
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_who_waits() {
        let (clock, hands) = Clock::manual(DateTime::UNIX_EPOCH);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(DateTime::UNIX_EPOCH + TimeDelta::days(2)).await }
        });
        hands.advance(TimeDelta::days(2));
        sleeper.await.unwrap();
        assert!(clock.jitter(Duration::from_secs(1)) < Duration::from_secs(1));
    }
}

//! The jobs of a node: batches of tokens, batches of messages, duties.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use program::StreamClass;
use store::Store;
use tokio::sync::Mutex;

use crate::{
    Advancer, Batch, Calls, Clock, Dispatcher, Listener, Topic, Wake,
    duties::Duty,
    job::{Job, Pace, Pending},
    told::Told,
};

/// Batches of tokens.
pub(crate) struct Advance {
    pub(crate) name: String,
    pub(crate) store: Store,
    pub(crate) advancer: Advancer,
    pub(crate) wake: Wake,
    pub(crate) pace: Pace,
    pub(crate) size: Size,
}

/// Batches of messages of one class.
pub(crate) struct Dispatch {
    pub(crate) name: String,
    pub(crate) store: Store,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) pace: Pace,
    pub(crate) class: StreamClass,
    pub(crate) batch: u32,
}

/// Batches of calls, as many as there is room for.
pub(crate) struct Calling {
    pub(crate) calls: Calls,
    pub(crate) pace: Pace,
}

/// A duty, done periodically.
pub(crate) struct Periodic<D> {
    duty: D,
    clock: Clock,
    told: Told,
    every: Duration,
    state: Mutex<Turn>,
}

struct Turn {
    /// Uses the time that passes, because a node must not stop its heartbeat when a clock is set back.
    next: Duration,
    listener: Option<Listener>,
}

/// How many tokens to claim: more while the queue is deep, fewer if it is not or if a batch takes long.
pub(crate) struct Size {
    limits: Batch,
    now: AtomicU32,
}

/// The most tokens of one claim of the store.
const MAX_CLAIM: u32 = 500;
/// A batch that takes longer delays others too much.
const LONG: Duration = Duration::from_millis(500);

impl Job for Advance {
    fn name(&self) -> &str {
        &self.name
    }

    fn wait(&self) -> Pending<'_> {
        Box::pin(self.pace.wait(|now| self.store.next_due(now)))
    }

    fn run(&self) -> Pending<'_> {
        Box::pin(async {
            let (limit, started) = (self.size.get(), Instant::now());
            match self.advancer.advance_once(limit).await {
                Ok(advanced) => {
                    // Tokens that were only set aside were claimed as well.
                    let claimed = advanced.tokens + advanced.held;
                    self.size.adapt(claimed, started.elapsed());
                    // A full batch means that there is work for the other workers, too.
                    let full = advanced.left > 0 || claimed >= limit as usize;
                    if full {
                        self.wake.wake_here(Topic::Tokens);
                    }
                    self.pace.did(claimed, if full { claimed } else { limit as usize }).await;
                }
                Err(error) => {
                    // The batch may take longer than the database allows.
                    self.size.adapt(0, started.elapsed());
                    self.pace.failed("tokens cannot be moved, trying again", &error).await;
                }
            }
        })
    }
}

impl Job for Dispatch {
    fn name(&self) -> &str {
        &self.name
    }

    fn wait(&self) -> Pending<'_> {
        let (store, dispatcher, class) = (&self.store, &self.dispatcher, self.class);
        Box::pin(self.pace.wait(move |now| async move {
            let due = store.next_message_due(class, now).await?;
            Ok(dispatcher.next_look(class, due))
        }))
    }

    fn run(&self) -> Pending<'_> {
        Box::pin(async {
            match self.dispatcher.dispatch_once(self.class, self.batch).await {
                Ok(done) => self.pace.did(done.leased, self.batch as usize).await,
                Err(error) => self.pace.failed("messages cannot be leased, trying again", &error).await,
            }
        })
    }
}

impl Job for Calling {
    fn name(&self) -> &str {
        "calls"
    }

    fn wait(&self) -> Pending<'_> {
        Box::pin(self.pace.wait(|_| self.calls.next_look()))
    }

    fn run(&self) -> Pending<'_> {
        Box::pin(async {
            match self.calls.begin().await {
                // Other hosts may have more.
                Ok(begun) => self.pace.did(begun, begun.max(1)).await,
                Err(error) => self.pace.failed("calls cannot be leased, trying again", &error).await,
            }
        })
    }
}

impl<D: Duty> Periodic<D> {
    /// Done at once, then periodically, and each time the listener is woken.
    pub(crate) fn new(duty: D, told: &Told, every: Duration, listener: Option<Listener>) -> Self {
        let clock = told.clock().clone();
        let state = Mutex::new(Turn { next: clock.passed(), listener });
        Self { duty, clock, told: told.clone(), every, state }
    }
}

impl<D: Duty> Job for Periodic<D> {
    fn name(&self) -> &str {
        D::NAME
    }

    fn wait(&self) -> Pending<'_> {
        Box::pin(async {
            let mut turn = self.state.lock().await;
            let next = turn.next;
            match &mut turn.listener {
                Some(listener) => tokio::select! {
                    () = listener.woken() => {}
                    () = self.clock.sleep_past(next) => {}
                },
                None => self.clock.sleep_past(next).await,
            }
            turn.next = self.clock.passed() + self.every.mul_f64(0.9) + self.clock.jitter(self.every.mul_f64(0.1));
        })
    }

    fn run(&self) -> Pending<'_> {
        Box::pin(async {
            match self.duty.tick().await {
                Ok(true) => self.state.lock().await.next = self.clock.passed(),
                Ok(false) => {}
                Err(error) => {
                    self.told.warn(&format!("the duty {} failed and is done again later", D::NAME), &error);
                }
            }
        })
    }
}

impl Size {
    pub(crate) fn new(limits: Batch) -> Self {
        let max = limits.max.clamp(1, MAX_CLAIM);
        let min = limits.min.clamp(1, max);
        let limits = Batch { min, start: limits.start.clamp(min, max), max, ..limits };
        Self { limits, now: AtomicU32::new(limits.start) }
    }

    fn get(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    fn adapt(&self, claimed: usize, took: Duration) {
        let now = self.get();
        let next = if took > LONG || claimed < now as usize / 2 {
            now / 2
        } else if claimed >= now as usize {
            now * 2
        } else {
            now
        };
        self.now.store(next.clamp(self.limits.min, self.limits.max), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Beats(AtomicU32);

    impl Duty for Beats {
        const NAME: &'static str = "beats";

        async fn tick(&self) -> store::Result<bool> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(false)
        }
    }

    #[tokio::test]
    async fn a_node_whose_clock_is_set_back_is_not_silent() {
        let (clock, hands) = Clock::manual(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1));
        let periodic = Periodic::new(Beats(AtomicU32::new(0)), &Told::new(clock), Duration::from_secs(2), None);
        for beats in 1..5 {
            periodic.wait().await;
            periodic.run().await;
            assert_eq!(periodic.duty.0.load(Ordering::Relaxed), beats);
            hands.advance(chrono::TimeDelta::seconds(-30));
            // What it asks itself about how much has passed, it asks at any time.
            periodic.clock.passed();
            hands.advance(chrono::TimeDelta::seconds(2));
        }
    }

    #[test]
    fn the_batch_follows_the_depth() {
        let size = Size::new(Batch::default());
        let mut seen = Vec::new();
        for claimed in [250, 500, 500, 10, 10, 10, 10, 10] {
            seen.push(size.get());
            size.adapt(claimed, Duration::ZERO);
        }
        assert_eq!(seen, [250, 500, 500, 500, 250, 125, 62, 50]);
        size.adapt(50, LONG * 2);
        assert_eq!(size.get(), 50);
        assert_eq!(Size::new(Batch::fixed(1)).get(), 1);
    }
}

//! A job that never ends: wait until there is work, do a piece of it, and again.

use std::{future::Future, pin::Pin, time::Duration};

use program::Time;
use store::Result;
use tokio::sync::Mutex;

use crate::{Clock, Listener, told::Told};

/// A future on the heap.
pub(crate) type Pending<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One job. `wait` and `run` take turns.
pub(crate) trait Job: Send + Sync + 'static {
    /// The name for logs.
    fn name(&self) -> &str;
    /// Waits until there is work.
    fn wait(&self) -> Pending<'_>;
    /// Does one batch or one tick. It handles its own errors: only a shutdown ends a worker.
    fn run(&self) -> Pending<'_>;
}

/// Decides when to look for work again.
pub(crate) struct Pace {
    clock: Clock,
    /// The longest wait without a poll of the database.
    poll: Duration,
    told: Told,
    state: Mutex<State>,
}

struct State {
    listener: Listener,
    /// The last batch was full, so there is more.
    more: bool,
    /// Batches in a row that were empty or failed although there should have been work.
    misses: u32,
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Pace {
    pub(crate) fn new(clock: Clock, poll: Duration, told: Told, listener: Listener) -> Self {
        // The first look is at once, because the last run may have left due work.
        Self { clock, poll, told, state: Mutex::new(State { listener, more: true, misses: 0 }) }
    }

    /// Waits until something is due or a wake-up comes.
    pub(crate) async fn wait<F>(&self, next_due: impl Fn(Time) -> F + Send)
    where
        F: Future<Output = Result<Option<Time>>> + Send,
    {
        let mut state = self.state.lock().await;
        if std::mem::take(&mut state.more) {
            return;
        }
        if state.misses > 0 {
            self.pause(state.misses).await;
        }
        loop {
            let due = match next_due(self.clock.now()).await {
                Ok(due) => due,
                Err(error) => {
                    self.told.warn("cannot ask what is due, trying again", &error);
                    state.misses = state.misses.saturating_add(1);
                    self.pause(state.misses.max(4)).await;
                    continue;
                }
            };
            let now = self.clock.now();
            if due.is_some_and(|due| due <= now) {
                return;
            }
            // The poll has jitter, so that many nodes do not poll at once. Due work is not delayed by it. The poll uses
            // the time that passes, so a clock that is set back does not delay it.
            let pause = self.poll.mul_f64(0.75) + self.clock.jitter(self.poll.mul_f64(0.25));
            let look = self.clock.passed() + pause;
            let due = due.filter(|due| *due < now + pause);
            tokio::select! {
                () = state.listener.woken() => return,
                () = self.clock.sleep_past(look) => {}
                () = self.clock.sleep_until(due.unwrap_or(Time::MAX_UTC)), if due.is_some() => {}
            }
        }
    }

    /// The result of a batch: how many items it did of how many it could have done.
    pub(crate) async fn did(&self, done: usize, limit: usize) {
        let mut state = self.state.lock().await;
        state.more = done > 0 && done >= limit;
        state.misses = if done > 0 { 0 } else { state.misses.saturating_add(1) };
    }

    /// The batch failed. It is retried with growing pauses.
    pub(crate) async fn failed(&self, line: &str, error: &store::Error) {
        self.told.warn(line, error);
        let mut state = self.state.lock().await;
        state.more = false;
        state.misses = state.misses.saturating_add(1).max(3);
    }

    async fn pause(&self, misses: u32) {
        let pause = (FIRST_PAUSE * 2_u32.saturating_pow((misses - 1).min(8))).min(LONGEST_PAUSE);
        self.clock.pause(pause.mul_f64(0.5) + self.clock.jitter(pause.mul_f64(0.5))).await;
    }
}

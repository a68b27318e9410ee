//! What both lanes of the outbox have in common on a node. Writes are gathered and retried until the database takes
//! them. Leases in doubt are given back.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use program::Time;
use store::Result;
use tokio::sync::mpsc;

use crate::told::Told;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Gives entries to the one task that writes them, many to a commit. Entries that queue up during one commit go into
/// the next. Cheap to clone.
#[derive(Debug)]
pub(crate) struct Gather<E>(mpsc::UnboundedSender<E>);

impl<E> Clone for Gather<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E: Send + 'static> Gather<E> {
    /// Starts the task. It gets at most `most` entries at once, and ends when the last handle is dropped.
    pub(crate) fn start<F>(most: usize, write: impl Fn(Vec<E>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let (queue, mut entries) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while entries.recv_many(&mut batch, most).await > 0 {
                write(std::mem::take(&mut batch)).await;
            }
        });
        Self(queue)
    }

    /// Queues an entry at once. False: the task is gone.
    pub(crate) fn send(&self, entry: E) -> bool {
        self.0.send(entry).is_ok()
    }
}

/// Retries a write until the database takes it, or says that it never will.
pub(crate) async fn until_taken<T, F>(told: &Told, line: &str, attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let (clock, mut pause) = (told.clock(), FIRST_PAUSE);
    loop {
        match attempt().await {
            Err(error) if error.retryable() => {
                told.warn(line, &error);
                clock.pause(pause + clock.jitter(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            done => return done,
        }
    }
}

/// End times of leases whose call returned an error. Their commit may have happened all the same, so what is leased
/// until such a time has to be given back.
#[derive(Debug, Default)]
pub(crate) struct Doubtful(Mutex<Vec<Time>>);

impl Doubtful {
    /// Notes a lease in doubt.
    pub(crate) fn push(&self, until: Time) {
        self.lock().push(until);
    }

    /// Gives back what leases in doubt took. A good lease with the same end time is fenced off by this, and leases
    /// again.
    pub(crate) async fn give_back<F>(&self, what: &str, give_back: impl Fn(Time) -> F) -> Result<()>
    where
        F: Future<Output = Result<u64>>,
    {
        let ends = std::mem::take(&mut *self.lock());
        for (at, until) in ends.iter().enumerate() {
            match give_back(*until).await {
                Ok(0) => {}
                Ok(given) => tracing::warn!(given, "{what} were leased, and the answer was lost"),
                Err(error) => {
                    self.lock().extend(&ends[at..]);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// A panic cannot leave anything half-written here.
    fn lock(&self) -> MutexGuard<'_, Vec<Time>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

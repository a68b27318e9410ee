//! Runs long work beside the async workers, so that small calls are answered meanwhile.

use std::{
    sync::{Arc, LazyLock},
    thread::{self, available_parallelism},
};

use rustix::process::nice;
use tokio::sync::{Semaphore, oneshot};

use super::error::{ApiError, ApiResult};

/// Work on more bytes than this is done there; less takes no longer than a hop to another thread and back.
const LARGE: usize = 128 << 10;

/// How much everybody else goes before it.
const NICE: i32 = 10;

/// So much is done at once that a core is left for everybody else, where there are several.
static CORES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)))
});

/// What reading a text of YAML may cost, in bytes: an alias stands for as much as somebody likes.
pub(super) fn cost(text: &str) -> usize {
    if text.contains('*') { usize::MAX } else { text.len() }
}

/// Does work whose cost grows with so many bytes: at once if they are few, else when it is its turn. It is done to its
/// end also when nobody waits for it any more.
pub(super) async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
    if bytes < LARGE {
        return Ok(work());
    }
    let turn = CORES.clone().acquire_owned().await.map_err(|_| ApiError::Internal("nobody works any more".into()))?;
    let (done, result) = oneshot::channel();
    // A thread of its own: one that has stepped back may not step forward again.
    let started = thread::Builder::new().name("aside".into()).spawn(move || {
        if cfg!(target_os = "linux") {
            // Elsewhere it would be the whole process.
            let _ = nice(NICE);
        }
        let result = work();
        drop(turn);
        // Nobody may wait for it any more.
        let _ = done.send(result);
    });
    started.map_err(|error| ApiError::Internal(format!("no thread for the work of a call: {error}")))?;
    result.await.map_err(|_| ApiError::Internal("the work of a call ended without a result".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// However short the text: nine lines of aliases may stand for a million.
    #[test]
    fn aliases_go_aside() {
        assert_eq!(cost("a: 1"), 4);
        assert!(cost("a: &a [1, 1]\nb: [*a, *a]") >= LARGE);
    }

    /// On one async worker, with as much dear work under way as may be: what is small is done nevertheless.
    #[tokio::test]
    async fn small_work_waits_for_no_large_one() {
        let cores = CORES.available_permits();
        let (begun, begins) = mpsc::channel();
        let (end, ends): (Vec<_>, Vec<_>) = (0..=cores).map(|_| mpsc::channel::<()>()).unzip();
        let large: Vec<_> = ends
            .into_iter()
            .map(|end| {
                let begun = begun.clone();
                tokio::spawn(aside(LARGE, move || {
                    begun.send(()).unwrap();
                    end.recv().unwrap();
                }))
            })
            .collect();
        while CORES.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        (0..cores).for_each(|_| begins.recv().unwrap());
        assert_eq!(aside(LARGE - 1, || 7).await.unwrap(), 7);
        assert!(begins.try_recv().is_err(), "one more than there are cores for has begun");
        end.iter().for_each(|end| end.send(()).unwrap());
        for work in large {
            work.await.unwrap().unwrap();
        }
        assert_eq!(CORES.available_permits(), cores);
    }
}

//! Shares one look among all callers that ask meanwhile. It reads and parses much, so there are never two at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use program::{Known, WorkspaceId};
use runner::Seen;
use store::{Result, Store};
use tokio::sync::{OnceCell, Semaphore};

/// A look that is still to begin, and what came of it.
type Look = Arc<OnceCell<Arc<Known>>>;

/// The looks of this process.
#[derive(Debug)]
pub struct Looks {
    next: Mutex<HashMap<WorkspaceId, Look>>,
    turn: Semaphore,
    /// What this node has seen of events.
    seen: Option<Seen>,
}

impl Default for Looks {
    fn default() -> Self {
        Self { next: Mutex::default(), turn: Semaphore::new(1), seen: None }
    }
}

impl Looks {
    /// Looks that hold what this node has just seen.
    pub fn new(seen: Seen) -> Self {
        Self { seen: Some(seen), ..Self::default() }
    }

    /// What is known. Who asks while a look is under way shares the next one with all others who do: so it is never older
    /// than the question, and what was just stored is in it.
    pub async fn known(&self, store: &Store, workspace: WorkspaceId) -> Result<Arc<Known>> {
        self.shared(workspace, async || super::gather(store, self.seen.as_ref(), workspace).await).await
    }

    async fn shared(&self, workspace: WorkspaceId, gather: impl AsyncFnOnce() -> Result<Known>) -> Result<Arc<Known>> {
        let look = self.lock().entry(workspace).or_default().clone();
        let begun = async {
            let _turn = self.turn.acquire().await;
            self.leave(workspace, &look);
            gather().await.map(Arc::new)
        };
        look.get_or_try_init(async || begun.await).await.cloned()
    }

    /// From now on whoever asks shares another one.
    fn leave(&self, workspace: WorkspaceId, look: &Look) {
        let mut next = self.lock();
        if next.get(&workspace).is_some_and(|next| Arc::ptr_eq(next, look)) {
            next.remove(&workspace);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Look>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    /// However many ask: one look is under way, and one comes after it.
    #[tokio::test]
    async fn who_asks_meanwhile_shares_the_next_one() {
        let (looks, made, go) = (Arc::new(Looks::default()), Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let ask = || {
            let (looks, made, go) = (looks.clone(), made.clone(), go.clone());
            tokio::spawn(async move {
                let gather = async || {
                    if made.fetch_add(1, Ordering::Relaxed) == 0 {
                        go.notified().await;
                    }
                    Ok(Known::default())
                };
                looks.shared(WorkspaceId::DEFAULT, gather).await.unwrap();
            })
        };
        let first = ask();
        while made.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (0..60).map(|_| ask()).collect();
        // One that goes away takes nothing from the others.
        others[0].abort();
        tokio::task::yield_now().await;
        go.notify_one();
        first.await.unwrap();
        for other in others.into_iter().skip(1) {
            other.await.unwrap();
        }
        assert_eq!(made.load(Ordering::Relaxed), 2);
        assert!(looks.lock().is_empty());
    }
}

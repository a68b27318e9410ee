//! A short memory of callers that were let in, and by what.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use program::{KeyId, Time, WorkspaceId};
use store::Store;
use tokio::sync::watch;

use crate::access::Rights;

/// How long somebody is not asked for again.
pub(super) const FRESH: Duration = Duration::from_secs(5);
/// The most keys that are kept.
const MOST: usize = 10_000;

/// By what somebody was let in; for what goes on after the request was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pass {
    /// A key.
    Key(store::Digest),
    /// A session.
    Session(store::Digest),
}

impl Pass {
    /// Whether it is still good, as the database says.
    pub async fn is_good(&self, store: &Store, now: Time) -> store::Result<bool> {
        Ok(match self {
            Self::Key(digest) => store.key_by_digest(digest, now).await?.is_some(),
            Self::Session(digest) => store.session(digest, now).await?.is_some(),
        })
    }
}

/// Keys that were let in a moment ago, so that a client that sends a lot costs one look-up every few seconds. A key
/// that is revoked is refused that much later.
#[derive(Debug, Default)]
pub struct Callers {
    known: Mutex<HashMap<store::Digest, Known>>,
    /// Raised when somebody lost their pass at this node.
    lost: watch::Sender<u64>,
}

/// A key that is good.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: KeyId,
    pub(super) name: String,
    pub(super) workspace: WorkspaceId,
    pub(super) rights: Rights,
    pub(super) digest: store::Digest,
    /// Its own end.
    pub(super) ends: Option<Time>,
    /// Until when it need not be asked for again, as time passes in this process.
    pub(super) fresh: Duration,
    pub(super) touched: Time,
}

impl Callers {
    fn lock(&self) -> MutexGuard<'_, HashMap<store::Digest, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key with this digest, if the database need not be asked for it again yet.
    pub(super) fn find(&self, digest: &store::Digest, passed: Duration, now: Time) -> Option<Known> {
        let good = |known: &&Known| passed < known.fresh && known.ends.is_none_or(|end| now < end);
        self.lock().get(digest).filter(good).cloned()
    }

    pub(super) fn keep(&self, known: Known, passed: Duration) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, known| passed < known.fresh);
        }
        all.insert(known.digest, known);
    }

    /// Forgets everybody; a key that this process revoked is refused at once, and what it still listens to ends.
    pub fn clear(&self) {
        self.lock().clear();
        self.lost.send_modify(|n| *n += 1);
    }

    /// Changes when somebody may have lost their pass.
    pub fn losses(&self) -> watch::Receiver<u64> {
        self.lost.subscribe()
    }
}

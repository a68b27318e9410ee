//! Counts how much is running, by owner.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The numbers. Clones share them.
#[derive(Clone, Debug)]
pub struct Tally<K>(Arc<Mutex<HashMap<K, usize>>>);

/// One that is counted as long as it lives.
#[derive(Debug)]
pub(super) struct One<K: Copy + Eq + Hash> {
    tally: Tally<K>,
    of: K,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Tally<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Tally<K> {
    /// Counts one more, if there is room: what says so is asked with the number of this one and those of all.
    pub(super) fn enter<E>(
        &self,
        of: K,
        room: impl FnOnce(usize, &HashMap<K, usize>) -> Result<(), E>,
    ) -> Result<One<K>, E> {
        let mut all = self.lock();
        let n = all.get(&of).copied().unwrap_or_default();
        room(n, &all)?;
        all.insert(of, n + 1);
        Ok(One { tally: self.clone(), of })
    }
}

impl<K: Copy + Eq + Hash> Drop for One<K> {
    fn drop(&mut self) {
        let mut all = self.tally.lock();
        if let Some(n) = all.get_mut(&self.of) {
            *n -= 1;
            if *n == 0 {
                all.remove(&self.of);
            }
        }
    }
}

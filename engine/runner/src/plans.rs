//! Versions never change, so what was read once is kept: programs as plans, streams with their templates.

use store::Store;

/// What is known of versions. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct Plans {
    store: Store,
}

impl Plans {
    /// An empty cache.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

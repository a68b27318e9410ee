//! A cache of versions, which never change: plans of programs, and streams.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use program::{Plan, Program, Stream, VersionId, WorkspaceId};
use store::{Error, Result, Store};

/// What is known of versions. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Plans(Arc<Inner>);

struct Inner {
    store: Store,
    plans: Cache<Plan>,
    texts: Cache<Stream>,
}

/// What a version gave: ready for use, or why it cannot be used.
pub(crate) type Usable<T> = std::result::Result<Arc<T>, String>;

struct Cache<T>(RwLock<HashMap<VersionId, Usable<T>>>);

/// Beyond this many versions a cache starts anew: simple, and few installations use that many at once.
const MAX_VERSIONS: usize = 2_000;

impl Plans {
    /// An empty cache.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, plans: Cache::new(), texts: Cache::new() }))
    }

    /// A program's version as a plan. The outer error is worth another try, the inner one is not.
    pub(crate) async fn plan(&self, workspace: WorkspaceId, version: VersionId) -> Result<Usable<Plan>> {
        if let Some(known) = self.0.plans.get(version) {
            return Ok(known);
        }
        let program: Program = match usable(self.0.store.version(workspace, version).await)? {
            Ok(program) => program,
            Err(why) => return Ok(Err(why)),
        };
        let plan = Plan::new(program).map_err(|problems| {
            let first = problems.first().map(|problem| problem.message.as_str()).unwrap_or_default();
            format!("this version of the program cannot run: {first}")
        });
        Ok(self.0.plans.keep(version, plan))
    }

    /// A stream's version. The outer error is worth another try, the inner one is not.
    pub(crate) async fn texts(&self, workspace: WorkspaceId, version: VersionId) -> Result<Usable<Stream>> {
        if let Some(known) = self.0.texts.get(version) {
            return Ok(known);
        }
        let stream: Stream = match usable(self.0.store.version(workspace, version).await)? {
            Ok(stream) => stream,
            Err(why) => return Ok(Err(why)),
        };
        Ok(self.0.texts.keep(version, Ok(stream)))
    }
}

/// Tells apart what is worth another try.
fn usable<T>(read: Result<T>) -> Result<std::result::Result<T, String>> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(error) if error.retryable() => Err(error),
        Err(error) => Ok(Err(Error::to_string(&error))),
    }
}

impl<T> Cache<T> {
    fn new() -> Self {
        Self(RwLock::default())
    }

    fn get(&self, version: VersionId) -> Option<Usable<T>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&version).cloned()
    }

    fn keep(&self, version: VersionId, value: std::result::Result<T, String>) -> Usable<T> {
        let value = value.map(Arc::new);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_VERSIONS {
            known.clear();
        }
        known.insert(version, value.clone());
        value
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").finish_non_exhaustive()
    }
}

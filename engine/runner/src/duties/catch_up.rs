//! Continues interrupted catch-ups of resumed programs.

use std::time::Duration;

use store::{Released, Result, Store};

use crate::{Clock, Topic, Wake, duties::Duty};

/// Continues a catch-up whose process died or whose caller went away.
#[derive(Clone, Debug)]
pub struct CatchUps {
    store: Store,
    clock: Clock,
    wake: Wake,
}

/// A catch-up that made progress within this time is still being done.
const LEFT: Duration = Duration::from_secs(10);

impl CatchUps {
    /// Looks after this store.
    pub fn new(store: Store, clock: Clock, wake: Wake) -> Self {
        Self { store, clock, wake }
    }

    /// Brings back everything that was left.
    pub async fn run_once(&self) -> Result<Released> {
        let mut all = Released::default();
        for (workspace, program) in self.store.catch_ups_left(self.clock.now() - LEFT).await? {
            loop {
                let some = self.store.release(workspace, program, self.clock.now()).await?;
                all += some;
                self.wake.wake(Topic::Tokens);
                self.wake.all_messages();
                self.wake.wake(Topic::Calls);
                if !some.more {
                    break;
                }
            }
        }
        if all != Released::default() {
            tracing::info!(?all, "a catch-up that was left in the middle went on");
        }
        Ok(all)
    }
}

impl Duty for CatchUps {
    const NAME: &'static str = "catch-ups";

    async fn tick(&self) -> Result<bool> {
        self.run_once().await.map(|_| false)
    }
}

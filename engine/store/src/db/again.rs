//! Runs a transaction, and repeats it from its beginning if the database ended it because of others.
//!
//! The database ends a transaction because of its order (40001) or because of a deadlock (40P01). Nothing of it is
//! left, and the same transaction may succeed at once. So it is run again, with everything that it reads. PostgreSQL at
//! READ COMMITTED ends transactions by deadlock only; other databases with its protocol by order, too; SQLite by
//! neither. Claims, leases of mail and ingest do not use this. Their transactions go through other crates or hold much,
//! and their workers repeat them.

use std::ops::ControlFlow;

use super::Tx;
use crate::{Result, limits::TRIES};

/// Runs a transaction that writes, and commits it, or only what is worth it; an error rolls back. The work may be done several
/// times. A macro, because the compiler cannot yet see of a closure that what it makes may go to another thread.
macro_rules! whole {
    ($db:expr, |$tx:ident| $work:expr) => {
        $crate::db::whole!($db, |$tx| $work, |_| true)
    };
    ($db:expr, |$tx:ident| $work:expr, $worth:expr) => {
        $crate::db::whole!(@begin $db, |$tx| $work, $worth)
    };
    // One that writes much.
    ($db:expr, much |$tx:ident| $work:expr) => {
        $crate::db::whole!(@begin_much $db, |$tx| $work, |_| true)
    };
    (@$begin:ident $db:expr, |$tx:ident| $work:expr, $worth:expr) => {{
        let mut tries = 1;
        loop {
            let mut whole = $db.$begin().await?;
            let done = {
                let $tx = &mut whole;
                $crate::db::again::of(async { $work }).await
            };
            match whole.concluded(done, $worth, tries).await {
                std::ops::ControlFlow::Break(done) => break done,
                std::ops::ControlFlow::Continue(()) => tries += 1,
            }
        }
    }};
}
pub(crate) use whole;

/// Says what the work of a transaction gives.
pub(crate) async fn of<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    work.await
}

impl Tx {
    /// Ends it by what came of its work; goes on where it is to be run again.
    pub(crate) async fn concluded<T>(
        mut self,
        done: Result<T>,
        worth: impl Fn(&T) -> bool,
        tries: u32,
    ) -> ControlFlow<Result<T>> {
        let error = match done {
            Ok(done) if !worth(&done) => return ControlFlow::Break(self.rollback().await.map(|()| done)),
            Ok(done) => match self.try_commit().await {
                Ok(()) => return ControlFlow::Break(Ok(done)),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let again = self.again && tries < TRIES;
        let error = self.fail(error).await;
        if again {
            tracing::debug!(%error, tries, "a transaction was ended for the sake of others and is run again");
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(Err(error))
    }
}

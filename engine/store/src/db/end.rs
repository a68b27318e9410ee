//! How a transaction ends.

use std::sync::atomic::Ordering;

use sqlx::{Executor as _, PgConnection};

use super::{Db, Kind, Line, Tx};
use crate::{Error, Result};

impl Db {
    /// A test has this statement fail as if it stood in another's way: in the database.
    pub(super) async fn refused(&self, line: &mut PgConnection) -> sqlx::Result<()> {
        if cfg!(debug_assertions)
            && let Kind::Postgres { injected, .. } = &self.kind
            && injected.load(Ordering::Relaxed) > 0
            && injected.fetch_sub(1, Ordering::Relaxed) == 1
        {
            let done = line.execute(include_str!("../../sql/postgres/raw_conflict.sql")).await;
            // The error comes before the locks are gone; an answer to anything else comes after.
            let _ = line.execute(include_str!("../../sql/ping.sql")).await;
            return done.map(drop);
        }
        Ok(())
    }
}

impl Tx {
    /// The same of one of several: the transaction is over by that.
    pub(super) async fn injected(&mut self, what: &'static str) -> Result<()> {
        match &mut self.line {
            Line::Postgres(line) => match self.db.refused(line).await {
                Ok(()) => Ok(()),
                refused => self.seen(what, refused).await,
            },
            Line::Sqlite(_) => Ok(()),
        }
    }

    async fn end(&mut self, how: &'static str) -> sqlx::Result<()> {
        match &mut self.line {
            Line::Sqlite(line) => line.execute(how).await.map(drop),
            Line::Postgres(line) => line.execute(how).await.map(drop),
        }
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        self.try_commit().await
    }

    pub(super) async fn try_commit(&mut self) -> Result<()> {
        self.injected("commit").await?;
        let done = self.end("COMMIT").await;
        // Where it failed, the transaction may be open or not, so the connection goes.
        self.seen("commit", done).await?;
        self.open = false;
        if self.wrote {
            self.db.health.wrote();
        }
        Ok(())
    }

    /// Rolls back at once, because a dropped transaction costs its connection.
    pub(crate) async fn fail(self, error: Error) -> Error {
        // The first error says more than one of the rollback would.
        let _ = self.rollback().await;
        error
    }

    pub(crate) async fn rollback(mut self) -> Result<()> {
        let done = self.end("ROLLBACK").await;
        // What the database has rolled back by itself is no fault; its connection goes all the same.
        done.map_err(Error::from)?;
        self.open = false;
        Ok(())
    }
}

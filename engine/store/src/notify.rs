//! Hints between nodes, by PostgreSQL's NOTIFY. On SQLite there is one process and nobody to tell.
//!
//! A transaction with NOTIFY takes a lock of the whole database when it commits, so hints go in
//! transactions of their own, and few: their sender gathers them.

use sqlx::postgres::PgListener;

use crate::{Result, Store, db::Db};

const CHANNEL: &str = "stafette";

/// Hears the hints of all nodes, its own included, on a connection of its own.
#[derive(Debug)]
pub struct Hints(PgListener);

impl Store {
    /// Sends a hint of at most 8,000 bytes to all nodes that listen. Does nothing on SQLite.
    pub async fn notify(&self, hint: &str) -> Result<()> {
        if let Db::Postgres(pool) = &self.db {
            sqlx::query(include_str!("../sql/postgres/notify.sql")).bind(hint).execute(pool).await?;
        }
        Ok(())
    }

    /// Listens for hints; none on SQLite.
    pub async fn listen(&self) -> Result<Option<Hints>> {
        let Db::Postgres(pool) = &self.db else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Hints(listener)))
    }
}

impl Hints {
    /// The next hint. `None`: the connection was lost and made anew, so hints may have been missed.
    pub async fn next(&mut self) -> Result<Option<String>> {
        Ok(self.0.try_recv().await?.map(|hint| hint.payload().to_owned()))
    }
}

//! Hints between nodes, by NOTIFY of PostgreSQL. Only this file uses it. On SQLite there is one process, so there is
//! nobody to tell.
//!
//! A transaction with NOTIFY locks the whole database when it commits. So hints have transactions of their own, and
//! their sender gathers many into one.

use sqlx::{
    Connection as _,
    postgres::{PgListener, PgPoolOptions},
};

use crate::{Result, Store, db::Kind};

const CHANNEL: &str = "stafette";

/// Hears the hints of all nodes, its own included, on a connection of its own.
#[derive(Debug)]
pub struct Hints(PgListener);

impl Store {
    /// Sends a hint of at most 8,000 bytes to all nodes that listen. Does nothing on SQLite.
    pub async fn notify(&self, hint: &str) -> Result<()> {
        if let Kind::Postgres { pool, .. } = &self.db.kind {
            // One statement without a name, so that a pooler may be in between.
            let mut line = pool.acquire().await?;
            let notify = sqlx::query(include_str!("../sql/wake/notify.sql")).bind(hint);
            if self.db.gives_away() {
                let mut tx = line.begin().await?;
                notify.persistent(false).execute(&mut *tx).await?;
                tx.commit().await?;
            } else {
                notify.execute(&mut *line).await?;
            }
        }
        Ok(())
    }

    /// Listens for hints; none on SQLite, nor behind a pooler that gives connections away and leaves no way around it.
    pub async fn listen(&self) -> Result<Option<Hints>> {
        let Kind::Postgres { direct: Some(direct), .. } = &self.db.kind else { return Ok(None) };
        // A pool of one, that the listener keeps as long as it lives.
        direct.seek().await;
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(direct.current().clone());
        let mut listener = PgListener::connect_with(&pool).await?;
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

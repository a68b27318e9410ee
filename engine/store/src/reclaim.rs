//! Shrinks SQLite's file after rows were deleted. PostgreSQL's own vacuum keeps the space for new rows.

use sqlx::Row as _;

use crate::{Result, Store, db::Kind};

/// Pages that one step gives back: short enough that nobody waits for it.
const STEP: u32 = 500;
/// So few free pages are kept for what comes.
const SPARE: i64 = 100;

/// What a file of SQLite holds, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// All of them.
    pub pages: i64,
    /// Those that hold nothing.
    pub free: i64,
    /// Whether the file can be made shorter while it is used. One of an early build cannot, until it is compacted.
    pub shrinks: bool,
}

impl Store {
    /// How much of the file is free; nothing on PostgreSQL.
    pub async fn room(&self) -> Result<Option<Room>> {
        let Kind::Sqlite { readers, .. } = &self.db.kind else { return Ok(None) };
        let mut line = readers.acquire().await?;
        let mut ask = async |pragma: &'static str| {
            Ok::<i64, crate::Error>(sqlx::query(pragma).fetch_one(&mut *line).await?.try_get(0)?)
        };
        let pages = ask("PRAGMA page_count").await?;
        let free = ask("PRAGMA freelist_count").await?;
        // 2 is incremental.
        let shrinks = ask("PRAGMA auto_vacuum").await? == 2;
        Ok(Some(Room { pages, free, shrinks }))
    }

    /// Gives a few free pages of SQLite's file back; whether there is more to give.
    pub async fn reclaim(&self) -> Result<bool> {
        let Kind::Sqlite { writer, .. } = &self.db.kind else { return Ok(false) };
        let Some(room) = self.room().await? else { return Ok(false) };
        // What is free today is written to tomorrow, so a part of it stays.
        if !room.shrinks || room.free <= SPARE.max(room.pages / 20) {
            return Ok(false);
        }
        let mut line = writer.acquire().await?;
        let step = sqlx::AssertSqlSafe(format!("PRAGMA incremental_vacuum({STEP})"));
        // Each row is a page, so all of them are asked for.
        sqlx::query(step).fetch_all(&mut *line).await?;
        Ok(true)
    }

    /// Writes SQLite's file anew, without what is free, and so that it shrinks by itself from then on. Nobody writes
    /// meanwhile, and the disk needs room for a second one. Does nothing on PostgreSQL.
    pub async fn compact(&self) -> Result<()> {
        if let Kind::Sqlite { writer, .. } = &self.db.kind {
            let mut line = writer.acquire().await?;
            for statement in ["PRAGMA auto_vacuum = INCREMENTAL", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
                sqlx::query(statement).fetch_all(&mut *line).await?;
            }
        }
        Ok(())
    }
}

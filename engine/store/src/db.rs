//! The database: two kinds of pools with one interface. Runs statements and transactions. A connection that cannot go
//! on is closed and replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use sqlx::{AssertSqlSafe, Executor as _, PgPool, Postgres, SqlSafeStr as _, Sqlite, SqlitePool, pool::PoolConnection};
use tokio_stream::{Stream, StreamExt as _};

use crate::{
    Class, Dialect, Pooling, Result,
    args::Args,
    class,
    fair::{Fair, Small},
    health::Health,
    limits::TRIES,
    page::ROOM,
    row::Row,
    sql::Statement,
};

pub(crate) mod again;
mod end;
mod fault;
pub(crate) mod file;
mod fresh;
pub(crate) mod hosts;
mod open;
mod replica;

pub(crate) use again::whole;
use fresh::Fresh;
use hosts::Hosts;
use replica::Replica;

/// The database, as this crate's statements see it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pub(crate) kind: Kind,
    pub(crate) health: Arc<Health>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// One connection writes, so nobody in this process waits for SQLite's lock by polling.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        /// Transactions and single statements; PostgreSQL keeps that book itself.
        asked: Arc<AtomicU64>,
        fair: Arc<Fair>,
    },
    Postgres {
        pool: PgPool,
        /// Answers lists, where there is one.
        replica: Option<Arc<Replica>>,
        hosts: Arc<Hosts>,
        fresh: Fresh,
        /// The way around a pooler, for what needs a session of its own; none where there is no such way.
        direct: Option<Arc<Hosts>>,
        pooling: Pooling,
        begin: &'static str,
        /// A test has the statement fail that comes after so many; 0: none.
        injected: Arc<AtomicU64>,
    },
}

/// A transaction that writes. Unless it is committed or rolled back, its connection is closed: whoever dropped it, in
/// the middle of whatever, leaves nothing open to the next one.
#[derive(Debug)]
pub(crate) struct Tx {
    line: Line,
    db: Db,
    open: bool,
    /// Something was written.
    wrote: bool,
    /// The database ended it for the sake of others.
    again: bool,
    /// Since when it keeps others from the only writer, where it writes much.
    much: Option<Instant>,
}

#[derive(Debug)]
enum Line {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// Runs a statement on a connection or a transaction, in either dialect.
macro_rules! run {
    ($statement:expr, $args:expr, $dialect:ident, $how:ident, $on:expr, $persistent:expr) => {{
        let text = AssertSqlSafe($statement.text(Dialect::$dialect));
        run!(@$dialect text, $args).persistent($persistent).$how($on).await
    }};
    (@Sqlite $text:ident, $args:expr) => { sqlx::query_with($text, $args.sqlite()?) };
    (@Postgres $text:ident, $args:expr) => { sqlx::query_with($text, $args.postgres()?) };
}

/// The rows that a statement gives on a connection or a transaction, as they come.
macro_rules! rows {
    ($statement:expr, $args:expr, $dialect:ident, $on:expr, $persistent:expr) => {{
        let text = AssertSqlSafe($statement.text(Dialect::$dialect));
        let rows = run!(@$dialect text, $args).persistent($persistent).fetch($on);
        rows.map(|row| row.map(Row::$dialect))
    }};
}

impl Db {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.kind {
            Kind::Sqlite { .. } => Dialect::Sqlite,
            Kind::Postgres { .. } => Dialect::Postgres,
        }
    }

    fn count(&self) {
        if let Kind::Sqlite { asked, .. } = &self.kind {
            asked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the driver may keep prepared statements on a connection.
    fn keeps_statements(&self) -> bool {
        !self.gives_away()
    }

    /// Whether a connection is another one after each transaction.
    pub(crate) fn gives_away(&self) -> bool {
        matches!(self.kind, Kind::Postgres { pooling: Pooling::Transaction, .. })
    }

    /// Who writes little keeps this until it has written, and is let by.
    pub(crate) fn small(&self) -> Option<Small<'_>> {
        match &self.kind {
            Kind::Sqlite { fair, .. } => Some(fair.small()),
            Kind::Postgres { .. } => None,
        }
    }

    /// Opens a transaction that writes much.
    pub(crate) async fn begin_much(&self) -> Result<Tx> {
        let Kind::Sqlite { fair, .. } = &self.kind else { return self.begin().await };
        fair.turn().await;
        let mut tx = self.begin().await?;
        tx.much = Some(Instant::now());
        Ok(tx)
    }

    /// Opens a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        const WHAT: &str = "begin";
        self.count();
        let line = match &self.kind {
            Kind::Sqlite { writer, .. } => writer.acquire().await.map(Line::Sqlite),
            Kind::Postgres { pool, .. } => pool.acquire().await.map(Line::Postgres),
        };
        let line = match line {
            Ok(line) => line,
            Err(error) => return Err(self.failed(WHAT, error).await.0),
        };
        // From here on a caller that goes away closes the connection, whether the transaction has begun or not.
        let mut tx = Tx { line, db: self.clone(), open: true, wrote: false, again: false, much: None };
        let begun = match (&mut tx.line, &self.kind) {
            (Line::Sqlite(line), _) => line.execute("BEGIN IMMEDIATE").await.map(drop),
            (Line::Postgres(line), Kind::Postgres { begin, .. }) => line.execute(*begin).await.map(drop),
            (Line::Postgres(line), Kind::Sqlite { .. }) => line.execute("BEGIN").await.map(drop),
        };
        match begun {
            Ok(()) => Ok(tx),
            // The connection goes, too: nobody knows whether a transaction is open on it.
            Err(error) => Err(self.failed(WHAT, error).await.0),
        }
    }

    /// Reads, outside of any transaction. A text that no database can hold is in no row.
    pub(crate) async fn fetch(&self, statement: &'static Statement, args: Args) -> Result<Vec<Row>> {
        self.fetch_page(statement, args, usize::MAX).await
    }

    /// Reads until there is no room left: all that fits, and the row that does not, by which it is seen that there is
    /// more.
    pub(crate) async fn fetch_page(&self, statement: &'static Statement, args: Args, room: usize) -> Result<Vec<Row>> {
        self.fetch_kept(statement, args, room, |row| row).await
    }

    /// The same, and of each row only what is made of it: where rows are large, one of them is in memory at a time.
    pub(crate) async fn fetch_kept<T>(
        &self,
        statement: &'static Statement,
        args: Args,
        room: usize,
        keep: impl FnMut(Row) -> T,
    ) -> Result<Vec<T>> {
        if args.unstorable() {
            return Ok(Vec::new());
        }
        if self.gives_away() {
            let mut tx = self.begin().await?;
            let rows = tx.fetch_kept(statement, args, room, keep).await?;
            tx.commit().await?;
            return Ok(rows);
        }
        self.count();
        match &self.kind {
            Kind::Sqlite { readers, .. } => {
                let mut line = self.line(statement, readers).await?;
                let rows = page_of(rows!(statement, args, Sqlite, &mut *line, true), room, keep).await;
                self.seen(statement, rows, &mut line).await
            }
            Kind::Postgres { pool, .. } => {
                let mut line = self.line(statement, pool).await?;
                let rows = page_of(rows!(statement, args, Postgres, &mut *line, true), room, keep).await;
                self.seen(statement, rows, &mut line).await
            }
        }
    }

    /// What goes wrong there is no fault of the database.
    async fn fetch_replica(&self, pool: &PgPool, statement: &'static Statement, args: Args) -> Result<Vec<Row>> {
        let mut line = pool.acquire().await?;
        let rows = page_of(rows!(statement, args, Postgres, &mut *line, true), ROOM, |row| row).await;
        if rows.is_err() {
            line.close_on_drop();
        }
        Ok(rows?)
    }

    /// Reads a page of what may be a moment old: from the replica, if there is one and it answers.
    pub(crate) async fn fetch_list(&self, statement: &'static Statement, args: Args) -> Result<Vec<Row>> {
        if let Kind::Postgres { replica: Some(replica), .. } = &self.kind
            && !args.unstorable()
            && replica.fit().await
        {
            match self.fetch_replica(&replica.pool, statement, args.clone()).await {
                Ok(rows) => return Ok(rows),
                Err(error) if error.class() > Class::Conflict => drop(replica.saw(Some(error.to_string()))),
                // The primary says the same.
                Err(_) => {}
            }
        }
        self.fetch_page(statement, args, ROOM).await
    }

    /// Writes by one statement, which is its own transaction, and is run again as others are; says how many rows.
    pub(crate) async fn execute(&self, statement: &'static Statement, args: Args) -> Result<u64> {
        if self.gives_away() {
            return whole!(self, |tx| tx.execute(statement, args.clone()).await);
        }
        self.count();
        let mut tries = 1;
        let rows = match &self.kind {
            Kind::Sqlite { writer, .. } => {
                let mut line = self.line(statement, writer).await?;
                let done = run!(statement, args, Sqlite, execute, &mut *line, true);
                self.seen(statement, done, &mut line).await?.rows_affected()
            }
            Kind::Postgres { pool, .. } => {
                let mut line = self.line(statement, pool).await?;
                let done = loop {
                    let done = match self.refused(&mut line).await {
                        Ok(()) => run!(statement, args.clone(), Postgres, execute, &mut *line, true),
                        Err(error) => Err(error),
                    };
                    if tries == TRIES || !done.as_ref().is_err_and(class::is_again) {
                        break done;
                    }
                    tries += 1;
                };
                self.seen(statement, done, &mut line).await?.rows_affected()
            }
        };
        if rows > 0 {
            self.health.wrote();
        }
        Ok(rows)
    }

    async fn line<D: sqlx::Database>(
        &self,
        statement: &'static Statement,
        pool: &sqlx::Pool<D>,
    ) -> Result<PoolConnection<D>> {
        match pool.acquire().await {
            Ok(line) => Ok(line),
            Err(error) => Err(self.failed(statement.name, error).await.0),
        }
    }

    /// What a statement led to; a connection that is of no use any more is not used again.
    async fn seen<D: sqlx::Database, T>(
        &self,
        statement: &'static Statement,
        done: sqlx::Result<T>,
        line: &mut PoolConnection<D>,
    ) -> Result<T> {
        match done {
            Ok(done) => {
                self.health.worked(statement.name);
                Ok(done)
            }
            Err(error) => {
                let (error, broken) = self.failed(statement.name, error).await;
                if broken {
                    line.close_on_drop();
                }
                Err(error)
            }
        }
    }

    /// Prepares a statement. Behind a pooler that gives connections away nothing is prepared: its name would be in
    /// somebody else's way.
    pub(crate) async fn prepare(&self, statement: &'static Statement) -> Result<()> {
        let text = AssertSqlSafe(statement.text(self.dialect())).into_sql_str();
        match &self.kind {
            Kind::Sqlite { writer, .. } => drop(writer.prepare(text).await?),
            Kind::Postgres { .. } if self.gives_away() => {}
            Kind::Postgres { pool, .. } => drop(pool.prepare(text).await?),
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        match &self.kind {
            Kind::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Kind::Postgres { pool, replica, .. } => {
                pool.close().await;
                if let Some(replica) = replica {
                    replica.pool.close().await;
                }
            }
        }
    }
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    pub(crate) async fn fetch(&mut self, statement: &'static Statement, args: Args) -> Result<Vec<Row>> {
        self.fetch_kept(statement, args, usize::MAX, |row| row).await
    }

    async fn fetch_kept<T>(
        &mut self,
        statement: &'static Statement,
        args: Args,
        room: usize,
        keep: impl FnMut(Row) -> T,
    ) -> Result<Vec<T>> {
        self.injected(statement.name).await?;
        let keeps = self.db.keeps_statements();
        let rows = match &mut self.line {
            Line::Sqlite(line) => page_of(rows!(statement, args, Sqlite, &mut **line, keeps), room, keep).await,
            Line::Postgres(line) => page_of(rows!(statement, args, Postgres, &mut **line, keeps), room, keep).await,
        };
        self.seen(statement.name, rows).await
    }

    /// Reads as long as what a column of texts weighs fits into the room that is left; none where it does not. What was
    /// read until then is forgotten again, so no more than the room and what is on its way is in memory.
    pub(crate) async fn fetch_within(
        &mut self,
        statement: &'static Statement,
        args: Args,
        column: usize,
        room: &mut usize,
    ) -> Result<Option<Vec<Row>>> {
        self.injected(statement.name).await?;
        let keeps = self.db.keeps_statements();
        let rows = match &mut self.line {
            Line::Sqlite(line) => within(rows!(statement, args, Sqlite, &mut **line, keeps), column, room).await,
            Line::Postgres(line) => within(rows!(statement, args, Postgres, &mut **line, keeps), column, room).await,
        };
        self.seen(statement.name, rows).await
    }

    /// Says how many rows.
    pub(crate) async fn execute(&mut self, statement: &'static Statement, args: Args) -> Result<u64> {
        self.injected(statement.name).await?;
        let keeps = self.db.keeps_statements();
        let rows = match &mut self.line {
            Line::Sqlite(line) => {
                run!(statement, args, Sqlite, execute, &mut **line, keeps).map(|done| done.rows_affected())
            }
            Line::Postgres(line) => {
                run!(statement, args, Postgres, execute, &mut **line, keeps).map(|done| done.rows_affected())
            }
        };
        let rows = self.seen(statement.name, rows).await?;
        self.wrote |= rows > 0;
        Ok(rows)
    }

    async fn seen<T>(&mut self, what: &'static str, done: sqlx::Result<T>) -> Result<T> {
        match done {
            Ok(done) => {
                self.db.health.worked(what);
                Ok(done)
            }
            Err(error) => {
                self.again |= class::is_again(&error);
                Err(self.db.failed(what, error).await.0)
            }
        }
    }
}

async fn within(
    mut rows: impl Stream<Item = sqlx::Result<Row>> + Unpin,
    column: usize,
    room: &mut usize,
) -> sqlx::Result<Option<Vec<Row>>> {
    let mut read = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row?;
        let Some(left) = room.checked_sub(row.weight(column)) else { return Ok(None) };
        *room = left;
        read.push(row);
    }
    Ok(Some(read))
}

async fn page_of<T>(
    mut rows: impl Stream<Item = sqlx::Result<Row>> + Unpin,
    room: usize,
    mut keep: impl FnMut(Row) -> T,
) -> sqlx::Result<Vec<T>> {
    let (mut read, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().await {
        let row = row?;
        if room < usize::MAX {
            bytes += row.bytes();
        }
        read.push(keep(row));
        if bytes > room && read.len() > 1 {
            break;
        }
    }
    Ok(read)
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let (Some(since), Kind::Sqlite { fair, .. }) = (self.much, &self.db.kind) {
            fair.spent(Instant::now(), since.elapsed());
        }
        if self.open {
            match &mut self.line {
                Line::Sqlite(line) => line.close_on_drop(),
                Line::Postgres(line) => line.close_on_drop(),
            }
        }
    }
}

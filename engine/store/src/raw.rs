//! Raw batched writes for `stafette bench`: the same rows in the same batches, without the logic. So a figure of the
//! engine is a ratio to what the database can do.

use program::{ContactId, EventId, EventType, MessageId, Object, Time, TokenId, WorkspaceId};

use std::{collections::HashMap, sync::atomic::Ordering};

use program::{Action, Purpose, StreamClass, StreamName, TraceStep};

use sqlx::{Connection as _, Executor as _, PgConnection, PgPool, Row as _};

use crate::{
    Error, MessageState, NewMessage, NewToken, Result, Store,
    args::Args,
    claim,
    db::{Kind, Tx},
    ingest::insert_tokens,
    sql,
    tokens::{due, write},
    trace,
};

/// An event, its contact and its token, ready to be written.
#[derive(Clone, Debug)]
pub struct RawEvent {
    /// The event.
    pub id: EventId,
    /// Whose; not looked up.
    pub contact: ContactId,
    /// What happened.
    pub event: EventType,
    /// The payload.
    pub data: Object,
    /// The caller's own id of it.
    pub key: String,
    /// The token, if it starts one.
    pub token: Option<NewToken>,
}

/// What the database has done since it was started; differences count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Transactions, single statements included: of all clients on PostgreSQL, told a second late, ten where a
    /// connection is idle; of this store on SQLite.
    pub transactions: u64,
    /// Bytes of write-ahead log; PostgreSQL only.
    pub wal_bytes: Option<u64>,
    /// Rows that wait for vacuum, as PostgreSQL guesses.
    pub dead_rows: Option<u64>,
}

/// A snapshot of PostgreSQL that keeps vacuum from tidying up, held as long as this lives.
#[derive(Debug)]
pub struct Snapshot(PgConnection);

impl Snapshot {
    /// Lets go, and says whether it was really held until now.
    pub async fn release(mut self) -> Result<()> {
        self.0.execute(include_str!("../sql/postgres/raw_snapshot.sql")).await?;
        Ok(self.0.close().await?)
    }
}

impl Store {
    /// Reads the database's meters.
    pub async fn meters(&self) -> Result<Meters> {
        match &self.db.kind {
            Kind::Sqlite { asked, .. } => {
                Ok(Meters { transactions: asked.load(std::sync::atomic::Ordering::Relaxed), ..Meters::default() })
            }
            Kind::Postgres { pool, .. } => {
                let row = sqlx::query(include_str!("../sql/postgres/meters.sql")).fetch_one(pool).await?;
                // Counters of a server that runs are not negative.
                let read = |name| row.try_get::<i64, _>(name).map(|n| u64::try_from(n).unwrap_or_default());
                Ok(Meters {
                    transactions: read("transactions")?,
                    wal_bytes: Some(read("wal_bytes")?),
                    dead_rows: Some(read("dead_rows")?),
                })
            }
        }
    }

    /// Makes PostgreSQL write down all that is only in its log, so that a checkpoint of its own is far away.
    pub async fn checkpoint(&self) -> Result<()> {
        if let Kind::Postgres { pool, .. } = &self.db.kind {
            let mut connection = unguarded(pool).await?;
            connection.execute("CHECKPOINT").await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// Opens a snapshot and holds it; none on SQLite.
    pub async fn hold_snapshot(&self) -> Result<Option<Snapshot>> {
        let Kind::Postgres { pool, .. } = &self.db.kind else { return Ok(None) };
        let mut connection = unguarded(pool).await?;
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
        connection.execute(include_str!("../sql/postgres/raw_snapshot.sql")).await?;
        Ok(Some(Snapshot(connection)))
    }

    /// The statement that comes after so many in transactions, commits among them, fails in the database as if its
    /// transaction stood in another's way: once, in a debug build, on PostgreSQL.
    pub fn inject_conflict(&self, after: u64) {
        if let Kind::Postgres { injected, .. } = &self.db.kind {
            injected.store(after + 1, Ordering::Relaxed);
        }
    }

    /// From now on looks at what is due take no time, so that a test's clock alone says when one is from the start again.
    pub fn looks_take_no_time(&self) {
        self.dues.tokens.takes_no_time();
        StreamClass::ALL.into_iter().for_each(|class| self.dues.messages[class].takes_no_time());
    }

    /// Whether it has not failed yet; it will not any more.
    pub fn take_conflict_back(&self) -> bool {
        match &self.db.kind {
            Kind::Postgres { injected, .. } => injected.swap(0, Ordering::Relaxed) > 0,
            Kind::Sqlite { .. } => true,
        }
    }

    /// The database's own settings that decide what a commit costs, as name and value.
    pub async fn durability(&self) -> Result<Vec<(String, String)>> {
        // In a transaction, so that on SQLite it is the writer that answers.
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch(&sql::durability, Args::new()).await?;
        tx.rollback().await?;
        rows.iter()
            .map(|row| {
                let mut row = row.read("durability");
                Ok((row.text("name")?, row.text("value")?))
            })
            .collect()
    }

    /// Writes events and tokens in one transaction; says how many events were new.
    pub async fn raw_ingest(&self, workspace: WorkspaceId, now: Time, events: &[RawEvent]) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let new = Self::raw_events(&mut tx, workspace, now, events).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Writes events and tokens that wait at their node, each until its own time, in one transaction.
    pub async fn raw_wait(&self, workspace: WorkspaceId, now: Time, events: &[RawEvent], due: &[Time]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        Self::raw_events(&mut tx, workspace, now, events).await?;
        let tokens: Vec<_> = events.iter().filter_map(|event| event.token.as_ref()).zip(due).collect();
        let args = Args::new()
            .time(now)
            .uuids(tokens.iter().map(|_| workspace.uuid()))
            .uuids(tokens.iter().map(|(token, _)| token.id.uuid()))
            .ints(tokens.iter().map(|_| 0))
            .texts(tokens.iter().map(|(token, _)| token.node.to_string()))
            .texts(tokens.iter().map(|_| "due".to_owned()))
            .ints(tokens.iter().map(|_| 1))
            .texts(tokens.iter().map(|_| "ready".to_owned()))
            .ints(tokens.iter().map(|(_, due)| due.timestamp_millis()))
            .ints(tokens.iter().map(|_| 0))
            .texts(tokens.iter().map(|_| None::<String>));
        tx.execute(&sql::token_update, args).await?;
        tx.commit().await
    }

    async fn raw_events(tx: &mut Tx, workspace: WorkspaceId, now: Time, events: &[RawEvent]) -> Result<u64> {
        let mut data = Vec::with_capacity(events.len());
        for event in events {
            let text = serde_json::to_string(&event.data);
            data.push(text.map_err(|error| Error::Invalid { field: "data", why: error.to_string() })?);
        }
        let args = Args::new()
            .uuid(workspace.uuid())
            .time(now)
            .uuids(events.iter().map(|event| event.id.uuid()))
            .uuids(events.iter().map(|event| event.contact.uuid()))
            .texts(events.iter().map(|event| event.event.as_str().to_owned()))
            .texts(events.iter().map(|event| event.key.clone()))
            .texts(data)
            .ints(events.iter().map(|_| now.timestamp_millis()))
            .ints(events.iter().map(|_| None::<i64>))
            .texts(events.iter().map(|_| None::<String>));
        let new = tx.fetch(&sql::event_insert, args).await?.len() as u64;
        let tokens = events.iter().filter_map(|event| Some((event.token.as_ref()?, event.id, event.contact)));
        let tokens: Vec<_> = tokens.collect();
        if !tokens.is_empty() {
            insert_tokens(tx, workspace, now, &tokens).await?;
        }
        Ok(new)
    }

    /// Selects at most `limit` due tokens, finishes them with one step and one message each, in one
    /// transaction; says how many.
    pub async fn raw_advance(&self, now: Time, limit: u32, id: &(dyn Fn() -> MessageId + Sync)) -> Result<u64> {
        let stream = StreamName::new("raw").map_err(|error| Error::Database(error.to_string()))?;
        let mut tx = self.db.begin().await?;
        let rows = claim::any_tokens(&mut tx, &self.dues.tokens, now, limit).await?;
        let tokens = rows.iter().map(|row| Ok(due(row)?.0)).collect::<Result<Vec<_>>>()?;
        if tokens.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let args = Args::new()
            .time(now)
            .uuids(tokens.iter().map(|token| token.workspace.uuid()))
            .uuids(tokens.iter().map(|token| token.id.uuid()))
            .ints(tokens.iter().map(|token| i64::from(token.place.seq)))
            .texts(tokens.iter().map(|token| token.place.node.to_string()))
            .texts(tokens.iter().map(|_| "arrived".to_owned()))
            .ints(tokens.iter().map(|token| i64::from(token.place.seq) + 1))
            .texts(tokens.iter().map(|_| "done".to_owned()))
            .ints(tokens.iter().map(|_| now.timestamp_millis()))
            .ints(tokens.iter().map(|_| 0))
            .texts(tokens.iter().map(|_| None::<String>));
        tx.execute(&sql::token_update, args).await?;
        let steps: HashMap<TokenId, TraceStep> = tokens
            .iter()
            .map(|token| {
                let (node, seq) = (token.place.node.clone(), token.place.seq + 1);
                (
                    token.id,
                    TraceStep {
                        seq,
                        at: now,
                        node,
                        action: Action::Finished,
                        reason: program::Reason::NONE,
                        effects: Vec::new(),
                    },
                )
            })
            .collect();
        let rows: Vec<_> =
            tokens.iter().filter_map(|token| Some((token.workspace, token.id, steps.get(&token.id)?))).collect();
        trace::insert_trace(&mut tx, &rows).await?;
        let messages: Vec<_> = tokens
            .iter()
            .map(|token| NewMessage {
                id: id(),
                token: token.id,
                seq: token.place.seq + 1,
                n: 0,
                program: token.program,
                version: token.version,
                node: token.place.node.clone(),
                stream: stream.clone(),
                stream_version: Some(token.version),
                class: StreamClass::Operational,
                contact: token.contact,
                event: token.event,
                joined: Default::default(),
                recipient: "raw@example.com".into(),
                message_id: format!("{}@example.com", token.id),
                purpose: Purpose::Mail,
                state: MessageState::Queued,
                due_at: now,
            })
            .collect();
        let rows: Vec<_> = tokens.iter().zip(&messages).map(|(token, message)| (token.workspace, message)).collect();
        write::insert_messages(&mut tx, now, &rows).await?;
        tx.commit().await?;
        Ok(tokens.len() as u64)
    }
}

/// A connection of its own without the limits that keep a lost node from holding things up.
async fn unguarded(pool: &PgPool) -> Result<PgConnection> {
    let options = pool.connect_options().as_ref().clone();
    let none = [("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0")];
    Ok(PgConnection::connect_with(&options.options(none)).await?)
}

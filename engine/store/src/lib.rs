//! The only crate with SQL: one [`Store`] over SQLite and PostgreSQL.
//!
//! The rule book:
//!
//! - Time and ids are arguments. Only heartbeats and leases may use the database's clock (`clock.rs` has the rule). Ids
//!   are UUIDv7, so their order is the order of creation.
//! - Every write is set-based and in one short transaction.
//! - Rows are private. This crate takes and gives `program` types. Stored data that does not fit gives
//!   [`Error::Corrupt`] with table, column and row.
//! - [`Error::class`] says who must act; [`Error::retryable`] whether the same call may succeed later.
//! - Lists are newest first and come in pages; a cursor is opaque text.

use std::sync::Arc;

use program::PerClass;

mod access;
mod act;
mod args;
mod audit;
mod awaits;
mod backoff;
mod backup;
mod bucket;
mod calls;
mod claim;
mod class;
mod clock;
mod contacts;
mod contracts;
mod counts;
mod db;
mod dead_letters;
mod documents;
mod dry_run;
mod due;
mod error;
mod events;
mod fair;
mod feed;
mod floor;
mod health;
mod holding;
mod inbox;
mod ingest;
mod known;
mod lane;
mod leader;
mod limits;
mod look;
mod mend;
mod messages;
mod migrate;
mod nodes;
mod options;
mod outbox;
mod page;
mod pieces;
mod programs;
mod prune;
mod publications;
mod putting;
mod queues;
#[cfg(feature = "raw")]
mod raw;
mod reclaim;
mod routing;
mod row;
mod said;
mod seen;
mod spelling;
mod sql;
mod streams;
mod test_runs;
mod timeline;
mod tokens;
mod trace;
mod twins;
mod visits;
mod wake;
mod within;
mod words;
mod workspaces;

pub use access::{ApiKey, Digest, NewKey, NewSession, NewUser, Session, User};
pub use act::Act;
pub use audit::{ActorKind, Audit, AuditActor, AuditFilter, AuditTarget};
pub use awaits::CrowdsAt;
pub use backup::{compact_sqlite, copy_sqlite, open_copy};
pub use calls::{
    Call, CallAnswer, CallEnd, CallFilter, CallStatus, DueHosts, LeasedCall, NewCall, NewCallState, SettleCall,
};
pub use class::Class;
pub use contacts::{Contact, ContactFilter};
pub use contracts::{ContractVersion, MOST_CONTRACTS, ViolationRow, Violations};
pub use counts::NodeCount;
pub use dead_letters::{DeadLetter, DeadLetterFilter, DeadLetterKind, DeadLetters};
pub use documents::{Document, DocumentId, DocumentVersion, Draft, DraftHead, Expected, FreshIds, Saving};
pub use dry_run::{PastBranch, PastEvent, PastMail, Span};
pub use error::{Error, Result};
pub use events::{Attachment, Event, EventData, EventFilter, EventTypeRow};
pub use feed::{FeedItem, FeedKind};
pub use health::Obstacle;
pub use holding::{CatchUp, Held, Released};
pub use inbox::{InboxMail, InboxMailBody};
pub use ingest::{IngestOutcome, Ingested, MAX_CONTACT, NewAttachment, NewEvent, NewToken, Told, Who, tell_apart};
pub use limits::Bounds;
pub use look::{Look, look, migrations};
pub use mend::{Left, Mended};
pub use messages::{Message, MessageFilter, MessageStatus};
pub use nodes::{Beat, Rescued};
pub use options::{Dialect, Migrate, Options, Pooling, Synchronous};
pub use outbox::{Blame, Leased, Resolution, Settle, Settled, Settlement};
pub use page::{Page, Paging};
pub use programs::{ProgramState, ProgramSummary, Put, VersionSummary};
pub use prune::{Keep, Pruned};
pub use publications::{Choice, Moved, NodeChoice, Publish, Published, Publishing, Returned, Standing, Undone};
pub use queues::{Queue, QueueName, RelaySeen};
#[cfg(feature = "raw")]
pub use raw::{Meters, RawEvent, Snapshot};
pub use reclaim::Room;
pub use routing::{Route, Routing};
pub use seen::MOST_TYPES;
pub use streams::{Export, StreamSummary};
pub use test_runs::{NewTestRun, TestRun};
pub use timeline::{TimelineItem, TimelineKind};
pub use tokens::{
    Awaiting, Claim, ContactWrite, CorruptToken, DueToken, Entered, FailedWait, Loaded, MessageState, NewMessage,
    OpenWait, StreamHead, TokenState, TokenWrite, Waits, Wanted,
};
pub use trace::{Due, Token, TokenFilter, TokenStatus};
pub use visits::{Passage, Visit, VisitFilter};
pub use wake::Hints;
pub use workspaces::{Settings, UnknownEvents};

/// The database of an installation. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Store {
    db: db::Db,
    dues: Arc<Dues>,
    lease_clock: Arc<clock::LeaseClock>,
    bounds: Bounds,
}

/// The queues, as this process goes about them.
#[derive(Debug)]
struct Dues {
    tokens: due::Due,
    messages: PerClass<due::Due>,
}

impl Dues {
    fn new(dialect: Dialect) -> Arc<Self> {
        let messages = PerClass::each(|_| due::Due::new(dialect));
        Arc::new(Self { tokens: due::Due::new(dialect), messages })
    }
}

impl Store {
    /// Connects, and migrates unless the options say otherwise; the default workspace is there afterwards.
    pub async fn open(options: Options) -> Result<Self> {
        Ok(Self::over(db::Db::open(&options).await?, &options))
    }

    /// For who looks at a database that is up to date, and changes nothing: it can be read, and not even files are made.
    pub fn examine(options: &Options) -> Result<Self> {
        Ok(Self::over(db::Db::examine(options)?, options))
    }

    fn over(db: db::Db, options: &Options) -> Self {
        let dues = Dues::new(db.dialect());
        Self { db, dues, lease_clock: Arc::default(), bounds: options.bounds }
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    /// Asks the database for one row.
    pub async fn ping(&self) -> Result<()> {
        self.db.fetch(&sql::ping, args::Args::new()).await.map(drop)
    }

    /// What the database cannot do at present. Where something stands in the way, a write is tried first, so that an idle
    /// installation finds out, too, when it is over.
    pub async fn obstacle(&self) -> Option<Obstacle> {
        self.known_obstacle()?;
        // Whatever comes of it is in the book.
        let _ = self.db.execute(&sql::probe, args::Args::new()).await;
        self.known_obstacle()
    }

    /// The same without asking the database.
    pub fn known_obstacle(&self) -> Option<Obstacle> {
        self.db.health.obstacle()
    }

    /// Prepares every statement of this crate, so that a database which lacks what this build needs is
    /// found out at once.
    pub async fn check_statements(&self) -> Result<()> {
        for statement in sql::all() {
            self.db.prepare(statement).await.map_err(|error| match error {
                Error::Database(why) => Error::Database(format!("{}: {why}", statement.name)),
                error => error,
            })?;
        }
        Ok(())
    }

    /// Closes all connections; later calls give [`Error::Unavailable`].
    pub async fn close(&self) {
        self.db.close().await;
    }
}

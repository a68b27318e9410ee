//! The only crate with SQL: one [`Store`] over SQLite and PostgreSQL.
//!
//! The rule book:
//!
//! - Time and ids are arguments. Ids are UUIDv7, so their order is the order of creation.
//! - Every write is set-based and in one short transaction.
//! - Rows are private; what leaves this crate is made of `program` types. Stored data that does not
//!   fit gives [`Error::Corrupt`] with table, column and row.
//! - [`Error::retryable`] says whether the same call may succeed later.
//! - Lists are newest first and come in pages; a cursor is opaque text.

mod access;
mod contacts;
mod counts;
mod dead_letters;
mod error;
mod events;
mod feed;
mod inbox;
mod ingest;
mod messages;
mod nodes;
mod options;
mod outbox;
mod page;
mod programs;
mod prune;
mod raw;
mod routing;
mod streams;
mod timeline;
mod tokens;
mod trace;
mod workspaces;

pub use access::{ApiKey, Digest, NewKey, NewLoginLink, NewSession, NewUser, Session, User};
pub use contacts::{Contact, ContactFilter};
pub use counts::NodeCount;
pub use dead_letters::{DeadLetter, DeadLetterKind};
pub use error::{Error, Result};
pub use events::{Attachment, Event, EventData, EventFilter, EventTypeRow};
pub use feed::{FeedItem, FeedKind};
pub use inbox::{InboxMail, InboxMailBody};
pub use ingest::{IngestOutcome, Ingested, NewAttachment, NewEvent, NewToken, Who};
pub use messages::{Message, MessageFilter, MessageStatus};
pub use nodes::Rescued;
pub use options::{Dialect, Options, Synchronous};
pub use outbox::{Leased, Resolution, Settle, Settled, Settlement};
pub use page::{Page, Paging};
pub use programs::{FreshIds, ProgramState, ProgramSummary, Put, VersionSummary};
pub use prune::{Keep, Pruned};
pub use raw::RawEvent;
pub use routing::{Route, Routing};
pub use streams::{Export, StreamSummary};
pub use timeline::{TimelineItem, TimelineKind};
pub use tokens::{Claim, DueToken, Loaded, MessageState, NewMessage, StreamHead, TokenState, TokenWrite};
pub use trace::{Token, TokenFilter, TokenStatus};
pub use workspaces::{Settings, UnknownEvents};

/// The database of an installation. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Store;

impl Store {
    /// Connects, migrates and makes sure that the default workspace exists.
    pub async fn open(options: Options) -> Result<Self> {
        let _ = options;
        todo!()
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        todo!()
    }

    /// Asks the database for one row.
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }

    /// Closes all connections; later calls give [`Error::Unavailable`].
    pub async fn close(&self) {
        todo!()
    }
}

//! A whole server, for benches over HTTP. This crate must not know the server, so the caller of a bench brings one.

use std::{future::Future, path::PathBuf, pin::Pin};

use program::WorkspaceId;
use store::Store;

use crate::BenchError;

/// What a server is started on.
#[derive(Clone, Debug)]
pub struct Site {
    /// The database, with the bench's program.
    pub store: Store,
    /// The same, as an option.
    pub database_url: String,
    /// Folder for the server's files.
    pub folder: PathBuf,
    /// Relay that it hands its mails to; the built-in inbox where there is none.
    pub smtp: Option<String>,
    /// Where the key may report events.
    pub workspace: WorkspaceId,
}

/// A server that runs.
pub struct Host {
    /// Where it takes events in.
    pub events: String,
    /// A key that may report them.
    pub key: String,
    /// Ends it.
    pub stop: Later<()>,
}

/// A result that comes later.
pub type Later<T> = Pin<Box<dyn Future<Output = T>>>;

/// Starts a server.
pub type Start = fn(Site) -> Later<Result<Host, BenchError>>;

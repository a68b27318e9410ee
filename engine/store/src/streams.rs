//! Mail streams and their versions; export of all definitions.

use program::{Program, Stream, StreamClass, StreamId, StreamName, Time, WorkspaceId};

use crate::{FreshIds, Page, Paging, Put, Result, Store, VersionSummary};

/// A stream in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSummary {
    /// Its id.
    pub id: StreamId,
    /// Its name.
    pub name: StreamName,
    /// Title of the current version.
    pub title: String,
    /// Who may be written to.
    pub class: StreamClass,
    /// The current version.
    pub current: VersionSummary,
    /// When it was made.
    pub created_at: Time,
    /// When it was last put.
    pub updated_at: Time,
}

/// All definitions of a workspace: of programs the latest versions, of streams the current ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    /// Programs, by name.
    pub programs: Vec<Program>,
    /// Streams, by name.
    pub streams: Vec<Stream>,
}

impl Store {
    /// Stores a stream: a new immutable version, current at once, if it differs from the current one.
    /// Its class is fixed: another one gives `Error::Conflict`.
    pub async fn put_stream(
        &self,
        workspace: WorkspaceId,
        fresh: FreshIds,
        stream: &Stream,
        now: Time,
    ) -> Result<Put<StreamId>> {
        let _ = (workspace, fresh, stream, now);
        todo!()
    }

    /// All streams.
    pub async fn streams(&self, workspace: WorkspaceId, paging: &Paging) -> Result<Page<StreamSummary>> {
        let _ = (workspace, paging);
        todo!()
    }

    /// One stream, by its name, with its current version.
    pub async fn stream(&self, workspace: WorkspaceId, name: &StreamName) -> Result<(StreamSummary, Stream)> {
        let _ = (workspace, name);
        todo!()
    }

    /// The versions of a stream.
    pub async fn stream_versions(
        &self,
        workspace: WorkspaceId,
        id: StreamId,
        paging: &Paging,
    ) -> Result<Page<VersionSummary>> {
        let _ = (workspace, id, paging);
        todo!()
    }

    /// All definitions.
    pub async fn export(&self, workspace: WorkspaceId) -> Result<Export> {
        let _ = workspace;
        todo!()
    }
}

//! Programs and their versions.

use program::{Program, ProgramId, ProgramName, Time, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::{Page, Paging, Result, Store};

/// Ids for what a put may have to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshIds {
    /// For the program or stream, if it is new.
    pub id: Uuid,
    /// For the version, if it differs from the latest.
    pub version: VersionId,
}

/// What a put led to; `Id` is the program's or the stream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put<Id> {
    /// The program or stream.
    pub id: Id,
    /// The version that holds what was put.
    pub version: VersionId,
    /// Its number, from 1.
    pub number: u32,
    /// Whether anything was written.
    pub changed: bool,
}

/// Whether a program takes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgramState {
    /// Never published.
    Draft,
    /// Its entries start tokens.
    Live,
    /// No entry starts a token; those under way go on.
    Paused,
}

/// A program in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramSummary {
    /// Its id.
    pub id: ProgramId,
    /// Its name.
    pub name: ProgramName,
    /// Title of the latest version.
    pub title: String,
    /// Description of the latest version.
    pub description: String,
    /// Whether it takes events.
    pub state: ProgramState,
    /// The published version, if any.
    pub current: Option<VersionSummary>,
    /// The latest version.
    pub latest: VersionSummary,
    /// When it was made.
    pub created_at: Time,
    /// When it was last put, published or paused.
    pub updated_at: Time,
}

/// A version of a program or stream, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionSummary {
    /// Its id.
    pub id: VersionId,
    /// Its number, from 1.
    pub number: u32,
    /// When it was made.
    pub created_at: Time,
    /// When it was first published, if it was. Streams publish at once.
    pub published_at: Option<Time>,
}

impl Store {
    /// Stores a program: a new immutable version if it differs from the latest. `publish` makes that
    /// version current and the program live, registers its event types and grows the routing revision.
    /// Idempotent. A stream that is not there gives `Error::Invalid`.
    pub async fn put_program(
        &self,
        workspace: WorkspaceId,
        fresh: FreshIds,
        program: &Program,
        publish: bool,
        now: Time,
    ) -> Result<Put<ProgramId>> {
        let _ = (workspace, fresh, program, publish, now);
        todo!()
    }

    /// Makes a version that is there the current one and the program live.
    pub async fn publish(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        version: VersionId,
        now: Time,
    ) -> Result<()> {
        let _ = (workspace, program, version, now);
        todo!()
    }

    /// Pauses a program or lets it go on. One that was never published gives `Error::Conflict`.
    pub async fn set_program_state(
        &self,
        workspace: WorkspaceId,
        program: ProgramId,
        state: ProgramState,
        now: Time,
    ) -> Result<()> {
        let _ = (workspace, program, state, now);
        todo!()
    }

    /// All programs.
    pub async fn programs(&self, workspace: WorkspaceId, paging: &Paging) -> Result<Page<ProgramSummary>> {
        let _ = (workspace, paging);
        todo!()
    }

    /// One program.
    pub async fn program(&self, workspace: WorkspaceId, id: ProgramId) -> Result<ProgramSummary> {
        let _ = (workspace, id);
        todo!()
    }

    /// One program, by its name.
    pub async fn program_by_name(&self, workspace: WorkspaceId, name: &ProgramName) -> Result<ProgramSummary> {
        let _ = (workspace, name);
        todo!()
    }

    /// The versions of a program.
    pub async fn program_versions(
        &self,
        workspace: WorkspaceId,
        id: ProgramId,
        paging: &Paging,
    ) -> Result<Page<VersionSummary>> {
        let _ = (workspace, id, paging);
        todo!()
    }

    /// A version of a program. Immutable, so callers may cache it.
    pub async fn version_program(&self, workspace: WorkspaceId, version: VersionId) -> Result<Program> {
        let _ = (workspace, version);
        todo!()
    }
}

//! Which events start which programs.

use program::{EventType, ProgramId, VersionId, WorkspaceId};

use crate::{Result, Store};

/// Which events start which programs, as of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Grows with every publish, pause and the like.
    pub revision: i64,
    /// Live programs only; one per program and entry event.
    pub entries: Vec<Route>,
}

/// An event type and a version that it enters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The event type.
    pub event: EventType,
    /// The program.
    pub program: ProgramId,
    /// Its current version.
    pub version: VersionId,
}

impl Store {
    /// The routing and its revision.
    pub async fn routing(&self, workspace: WorkspaceId) -> Result<Routing> {
        let _ = workspace;
        todo!()
    }

    /// The routing's revision alone.
    pub async fn routing_revision(&self, workspace: WorkspaceId) -> Result<i64> {
        let _ = workspace;
        todo!()
    }
}

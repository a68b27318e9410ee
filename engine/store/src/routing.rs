//! Which events start which programs.

use program::{EventType, ProgramId, VersionId, WorkspaceId};

use std::collections::BTreeSet;

use crate::{Error, Result, Store, args::Args, awaits::AwaitedTypes, programs::entries, sql};

/// Which events start which programs, as of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Grows with every publish, pause and the like.
    pub revision: i64,
    /// The event types that tokens may wait for.
    pub awaited: BTreeSet<EventType>,
    /// Live programs, and paused ones, which hold what comes in; one per program and entry event.
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
        // The revision first: a publish in between makes the entries newer than it says, which costs one reload.
        let rows = self.db.fetch(&sql::workspace_routing, Args::new().uuid(workspace.uuid())).await?;
        let mut row = rows.first().ok_or(Error::NotFound { what: "workspace" })?.read("workspace");
        let revision = row.int("routing_revision")?;
        let awaited = AwaitedTypes::read(&mut row.from("awaited"))?.into_set();
        let mut routes = Vec::new();
        for row in self.db.fetch(&sql::program_live, Args::new().uuid(workspace.uuid())).await? {
            let mut row = row.read("program_version");
            let version = row.id("id")?;
            let program = row.id("program")?;
            let body = row.json("body")?;
            routes.extend(entries(&body).into_iter().map(|event| Route { event, program, version }));
        }
        Ok(Routing { revision, awaited, entries: routes })
    }

    /// The routing's revision alone.
    pub async fn routing_revision(&self, workspace: WorkspaceId) -> Result<i64> {
        let rows = self.db.fetch(&sql::workspace_routing, Args::new().uuid(workspace.uuid())).await?;
        rows.first().ok_or(Error::NotFound { what: "workspace" })?.read("workspace").int("routing_revision")
    }
}

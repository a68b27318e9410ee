//! Names behind ids, for endpoints: lists show programs by name and contacts by address; rows hold ids.

use std::{collections::HashMap, sync::Arc};

use program::{ContactId, Program, ProgramId, VersionId, WorkspaceId};
use store::ProgramSummary;

use super::error::ApiResult;
use crate::{App, names};

/// A version of a program.
pub async fn body(app: &App, workspace: WorkspaceId, id: VersionId) -> ApiResult<Arc<Program>> {
    Ok(app.names.body(&app.store, workspace, id).await?)
}

/// The name of a program; its id where it is gone.
pub async fn program(app: &App, workspace: WorkspaceId, id: ProgramId) -> ApiResult<String> {
    Ok(app.names.program(&app.store, workspace, id).await?)
}

/// The number of a program's version; 0 where it is gone.
pub async fn version(app: &App, workspace: WorkspaceId, program: ProgramId, id: VersionId) -> ApiResult<u32> {
    Ok(app.names.version(&app.store, workspace, program, id).await?)
}

/// Addresses of contacts, each read once per answer.
#[derive(Default)]
pub struct Contacts(HashMap<ContactId, String>);

impl Contacts {
    /// The contact's address, or external id where there is none; its id where it is gone.
    pub async fn name(&mut self, app: &App, workspace: WorkspaceId, id: ContactId) -> ApiResult<String> {
        if let Some(name) = self.0.get(&id) {
            return Ok(name.clone());
        }
        let name = app.store.contact_name(workspace, id).await?.unwrap_or_else(|| id.to_string());
        self.0.insert(id, name.clone());
        Ok(name)
    }
}

/// A program by the name in a path or query; one by its id, too.
pub async fn find(app: &App, workspace: WorkspaceId, name: &str) -> ApiResult<ProgramSummary> {
    Ok(names::find(&app.store, workspace, name).await?)
}

/// The program that a filter asks for by name or id, if it asks for one.
pub async fn wanted(app: &App, workspace: WorkspaceId, name: Option<&str>) -> ApiResult<Option<ProgramSummary>> {
    match name {
        Some(name) => find(app, workspace, name).await.map(Some),
        None => Ok(None),
    }
}

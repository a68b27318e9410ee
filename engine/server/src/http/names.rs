//! Names behind ids. Lists show programs by name and contacts by address; rows hold ids.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use program::{ContactId, Program, ProgramId, ProgramName, VersionId, WorkspaceId};
use store::{Paging, ProgramSummary};

use super::error::{ApiError, ApiResult};
use crate::app::App;

/// What never changes, once read: a program's name, a version's number and its program.
#[derive(Debug, Default)]
pub struct Names {
    programs: Mutex<HashMap<ProgramId, ProgramName>>,
    versions: Mutex<HashMap<VersionId, u32>>,
    bodies: Mutex<Bodies>,
}

/// Versions of programs.
#[derive(Debug, Default)]
struct Bodies {
    kept: HashMap<VersionId, Arc<Program>>,
    /// How long they are as files.
    bytes: usize,
}

impl Bodies {
    /// Keeps one. Where it finds no room, the others go.
    fn keep(&mut self, id: VersionId, body: &Arc<Program>, bytes: usize) {
        const MOST: usize = 4 << 20;
        if bytes > MOST / 4 || self.kept.contains_key(&id) {
            return;
        }
        if self.bytes + bytes > MOST {
            *self = Self::default();
        }
        self.kept.insert(id, body.clone());
        self.bytes += bytes;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A version of a program.
pub async fn body(app: &App, workspace: WorkspaceId, id: VersionId) -> ApiResult<Arc<Program>> {
    let known = lock(&app.names.bodies).kept.get(&id).cloned();
    if let Some(body) = known {
        return Ok(body);
    }
    let body = Arc::new(app.store.version::<Program>(workspace, id).await?);
    let text = serde_json::to_string(&*body).map_err(|error| ApiError::Internal(error.to_string()))?;
    lock(&app.names.bodies).keep(id, &body, text.len());
    Ok(body)
}

/// The name of a program; its id where it is gone.
pub async fn program(app: &App, workspace: WorkspaceId, id: ProgramId) -> ApiResult<String> {
    let known = lock(&app.names.programs).get(&id).cloned();
    if let Some(name) = known {
        return Ok(name.to_string());
    }
    match app.store.program(workspace, id).await {
        Ok(row) => {
            lock(&app.names.programs).insert(id, row.name.clone());
            Ok(row.name.to_string())
        }
        Err(store::Error::NotFound { .. }) => Ok(id.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// The number of a program's version; 0 where it is gone.
pub async fn version(app: &App, workspace: WorkspaceId, program: ProgramId, id: VersionId) -> ApiResult<u32> {
    let known = || lock(&app.names.versions).get(&id).copied();
    if let Some(number) = known() {
        return Ok(number);
    }
    let mut paging = Paging { after: None, limit: 200 };
    loop {
        let page = app.store.versions(workspace, program, &paging).await?;
        lock(&app.names.versions).extend(page.items.iter().map(|row| (row.id, row.number)));
        match (known(), page.next) {
            (Some(number), _) => return Ok(number),
            (None, None) => return Ok(0),
            (None, after) => paging.after = after,
        }
    }
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
    if let Ok(id) = name.parse() {
        return Ok(app.store.program(workspace, id).await?);
    }
    let name = ProgramName::new(name).map_err(|_| ApiError::NotFound("program"))?;
    Ok(app.store.program_by_name(workspace, &name).await?)
}

/// The program that a filter asks for by name or id, if it asks for one.
pub async fn wanted(app: &App, workspace: WorkspaceId, name: Option<&str>) -> ApiResult<Option<ProgramSummary>> {
    match name {
        Some(name) => find(app, workspace, name).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_kept_of_versions_has_an_end() {
        let body = Arc::new(Program::parse("stafette: 1\nname: a\ntitle: A\nnodes: {}").unwrap());
        let (mut bodies, id) = (Bodies::default(), |n| VersionId(Uuid::from_u128(n)));
        for n in 0..9 {
            for _ in 0..2 {
                bodies.keep(id(n), &body, 1 << 20);
            }
            assert!((1..=4).contains(&bodies.kept.len()) && bodies.bytes == bodies.kept.len() << 20);
        }
        bodies.keep(id(9), &body, (1 << 20) + 1);
        assert!(!bodies.kept.contains_key(&id(9)));
    }
}

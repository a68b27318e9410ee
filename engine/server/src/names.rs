//! Names behind ids. Lists show programs by name and contacts by address; rows hold ids.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use program::{Program, ProgramId, ProgramName, VersionId, WorkspaceId};
use store::{Paging, ProgramSummary, Result, Store};

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

impl Names {
    /// A version of a program.
    pub async fn body(&self, store: &Store, workspace: WorkspaceId, id: VersionId) -> Result<Arc<Program>> {
        let known = lock(&self.bodies).kept.get(&id).cloned();
        if let Some(body) = known {
            return Ok(body);
        }
        let body = Arc::new(store.version::<Program>(workspace, id).await?);
        // One that could not be written would be too large to keep.
        let bytes = serde_json::to_string(&*body).map_or(usize::MAX, |text| text.len());
        lock(&self.bodies).keep(id, &body, bytes);
        Ok(body)
    }

    /// The name of a program; its id where it is gone.
    pub async fn program(&self, store: &Store, workspace: WorkspaceId, id: ProgramId) -> Result<String> {
        let known = lock(&self.programs).get(&id).cloned();
        if let Some(name) = known {
            return Ok(name.to_string());
        }
        match store.program(workspace, id).await {
            Ok(row) => {
                lock(&self.programs).insert(id, row.name.clone());
                Ok(row.name.to_string())
            }
            Err(store::Error::NotFound { .. }) => Ok(id.to_string()),
            Err(error) => Err(error),
        }
    }

    /// The number of a program's version; 0 where it is gone.
    pub async fn version(
        &self,
        store: &Store,
        workspace: WorkspaceId,
        program: ProgramId,
        id: VersionId,
    ) -> Result<u32> {
        let known = || lock(&self.versions).get(&id).copied();
        if let Some(number) = known() {
            return Ok(number);
        }
        let mut paging = Paging { after: None, limit: 200 };
        loop {
            let page = store.versions(workspace, program, &paging).await?;
            lock(&self.versions).extend(page.items.iter().map(|row| (row.id, row.number)));
            match (known(), page.next) {
                (Some(number), _) => return Ok(number),
                (None, None) => return Ok(0),
                (None, after) => paging.after = after,
            }
        }
    }
}

/// A program by its name, or by its id.
pub async fn find(store: &Store, workspace: WorkspaceId, name: &str) -> Result<ProgramSummary> {
    if let Ok(id) = name.parse() {
        return store.program(workspace, id).await;
    }
    let name = ProgramName::new(name).map_err(|_| store::Error::NotFound { what: "program" })?;
    store.program_by_name(workspace, &name).await
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

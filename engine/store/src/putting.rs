//! Programs are stored as they come from files: a new version where they differ, and what follows from it.

use program::{Program, ProgramId, Time, WorkspaceId};

use crate::{
    FreshIds, ProgramState, Put, Result, Store,
    args::Args,
    drafts,
    programs::{Made, body, lock, make_current, publishable, summary},
    sql,
};

/// What a put does besides storing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Putting<'a> {
    /// Whether events enter the version from now on.
    pub publish: bool,
    /// Who puts it, if that is known.
    pub author: Option<&'a str>,
}

impl Store {
    /// [`Store::put_program_by`] nobody in particular.
    pub async fn put_program(
        &self,
        workspace: WorkspaceId,
        fresh: FreshIds,
        program: &Program,
        publish: bool,
        now: Time,
    ) -> Result<Put<ProgramId>> {
        self.put_program_by(workspace, fresh, program, Putting { publish, author: None }, now).await
    }

    /// Stores a program: a new immutable version if it differs from the latest. Publishing makes that
    /// version current and the program live, unless somebody paused, finished or stopped it, registers its event types and grows the routing revision.
    /// Idempotent. A stream that is not there gives
    /// `Error::Invalid` when publishing; a draft may name it already. Publishing an archived one gives `Error::Conflict`,
    /// and nothing is stored. A draft that nobody has edited follows the new version; an edited one is kept.
    pub async fn put_program_by(
        &self,
        workspace: WorkspaceId,
        fresh: FreshIds,
        program: &Program,
        Putting { publish, author }: Putting<'_>,
        now: Time,
    ) -> Result<Put<ProgramId>> {
        let mut tx = self.db.begin().await?;
        lock(&mut tx, workspace).await?;
        let args = Args::new().uuid(workspace.uuid()).text(program.name.to_string());
        let rows = tx.fetch(&sql::program_by_name, args).await?;
        let stored = rows.first().map(summary).transpose()?;
        let latest = rows.first().map(body).transpose()?;
        if let Some(stored) = stored.as_ref().filter(|_| publish)
            && let Err(error) = publishable(stored)
        {
            return Err(tx.fail(error).await);
        }
        // Version 0 is none: it stands for a program that so far is only a draft.
        let same = latest.as_ref() == Some(program) && stored.as_ref().is_some_and(|stored| stored.latest.number > 0);
        let mut put = match &stored {
            Some(stored) if same => {
                Put { id: stored.id, version: stored.latest.id, number: stored.latest.number, changed: false }
            }
            Some(stored) => {
                Put { id: stored.id, version: fresh.version, number: stored.latest.number + 1, changed: true }
            }
            None => Put { id: ProgramId(fresh.id), version: fresh.version, number: 1, changed: true },
        };
        if put.changed {
            let version = Made { program: put.id, id: put.version, number: put.number, author, now };
            match (&stored, &latest) {
                (Some(stored), Some(latest)) => {
                    version.add(&mut tx, workspace, program).await?;
                    drafts::follow(&mut tx, workspace, stored, (latest, program), (author, now)).await?;
                }
                _ => version.begin(&mut tx, workspace, program).await?,
            }
        }
        let published = stored.is_some_and(|stored| {
            stored.state != ProgramState::Draft && stored.current.is_some_and(|current| current.id == put.version)
        });
        if publish && !published {
            make_current(&mut tx, workspace, put.id, put.version, (program, now)).await?;
            put.changed = true;
        }
        tx.commit().await?;
        Ok(put)
    }
}

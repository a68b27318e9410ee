//! Stores programs that come from files: a new version if they differ, and what follows from it.

use program::{Program, ProgramId};

use crate::{
    Act, FreshIds, ProgramState, Put, Result, Store,
    args::Args,
    db::whole,
    documents::{Made, follow, lock, publishable},
    programs::{Current, body, make_current, summary},
    sql,
};

impl Store {
    /// Stores a program: a new immutable version if it differs from the latest. Publishing makes that
    /// version live and the program, too, unless somebody paused, finished or stopped it; it registers the program's
    /// event types and grows the routing revision. Idempotent. A stream that is not there gives
    /// `Error::Invalid` when publishing; a draft may name it already. Publishing an archived one gives `Error::Conflict`,
    /// and nothing is stored. A draft that nobody has edited follows the new version; an edited one is kept.
    pub async fn put_program(
        &self,
        act: Act<'_>,
        fresh: FreshIds,
        program: &Program,
        publish: bool,
    ) -> Result<Put<ProgramId>> {
        let Act { workspace, now, .. } = act;
        whole!(self.db, |tx| {
            lock(tx, workspace).await?;
            let args = Args::new().uuid(workspace.uuid()).text(program.name.to_string());
            let rows = tx.fetch(&sql::program_by_name, args).await?;
            let stored = rows.first().map(summary).transpose()?;
            let latest = rows.first().map(body).transpose()?;
            let archived = stored.as_ref().is_some_and(|stored| stored.state == ProgramState::Archived);
            publishable::<Program>(program.name.as_str(), archived && publish)?;
            // Version 0 is none: it stands for a program that so far is only a draft.
            let same =
                latest.as_ref() == Some(program) && stored.as_ref().is_some_and(|stored| stored.latest.number > 0);
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
                let version = Made { document: put.id, id: put.version, number: put.number, act };
                match &latest {
                    Some(latest) => {
                        version.add(tx, program).await?;
                        follow(tx, act, put.id, put.number, (latest, program)).await?;
                    }
                    None => version.begin(tx, program).await?,
                }
            }
            let published = stored.is_some_and(|stored| {
                stored.state != ProgramState::Draft && stored.current.is_some_and(|current| current.id == put.version)
            });
            if publish && !published {
                make_current(tx, workspace, now, Current { id: put.id, version: put.version, program }).await?;
                put.changed = true;
            }
            Ok(put)
        })
    }
}

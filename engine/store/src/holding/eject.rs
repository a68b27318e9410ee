//! Takes all tokens out of a stopped program, in bounded batches.

use program::{NodeId, ProgramId, Time, WorkspaceId};

use super::release::held_tokens;
use crate::{
    Result, TokenStatus,
    args::Args,
    claim,
    counts::Counts,
    db::{Db, Tx, whole},
    programs::holding,
    row::Row,
    sql,
};

/// Tokens of one batch.
const BATCH: i64 = 2_000;

pub(super) async fn batch(db: &Db, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
    whole!(db, |tx| run(tx, workspace, program, now).await, |n| *n > 0)
}

async fn run(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
    // The program must not be resumed meanwhile, because a resume looks for ejected tokens only once.
    let states = holding(tx, std::iter::once((workspace, program))).await?;
    if states.get(&(workspace, program)) != Some(&TokenStatus::Ejected) {
        return Ok(0);
    }
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid()).time(now).int(BATCH);
    let mut rows = claim::eject_tokens(tx, args).await?;
    if rows.is_empty() {
        let held = held_tokens(tx, workspace, program, TokenStatus::Held, BATCH).await?;
        if held.is_empty() {
            return Ok(0);
        }
        let ids = || held.iter().map(|token| token.id.uuid());
        let args = Args::new().time(now).uuids(ids().map(|_| workspace.uuid())).uuids(ids());
        rows = tx.fetch(&sql::token_eject_held, args).await?;
    }
    let mut counts = Counts::default();
    let node = |row: &Row| row.read("token").name::<NodeId>("node");
    for row in &rows {
        counts.add(workspace, program, &node(row)?, "ejected", 1);
    }
    counts.write(tx, now).await?;
    Ok(rows.len() as u64)
}

//! Sets messages of a paused or stopped program aside. The lease that meets them does it.

use std::collections::BTreeSet;

use program::{MessageId, ProgramId, Reason, Time, WorkspaceId};

use super::change::{Change, apply};
use crate::{
    MessageStatus, Result,
    args::Args,
    db::{Db, Tx, whole},
    programs::holding,
    sql,
};

/// A leased message and its program.
pub(crate) type Ours = (MessageId, u32, (WorkspaceId, ProgramId));

/// Sets leased messages aside, and returns which. If a program goes on by now, its messages stay leased.
pub(crate) async fn set_aside(tx: &mut Tx, now: Time, ours: &[Ours]) -> Result<BTreeSet<MessageId>> {
    let holding = holding(tx, ours.iter().map(|(.., program)| *program)).await?;
    let held = ours.iter().filter(|(.., program)| holding.contains_key(program));
    let held: Vec<_> = held.map(|(id, attempt, _)| change(*id, *attempt)).collect();
    apply(tx, now, &held).await?;
    Ok(held.iter().map(|change| change.id).collect())
}

fn change(id: MessageId, attempt: u32) -> Change {
    Change { reason: Some(Reason::OnHold), ..Change::to(id, attempt, MessageStatus::Held) }
}

/// Sets aside what was leased before the program was paused. It waits for marks that are being written. Later leases
/// read the program's state themselves. Returns how many hand-overs had begun.
pub(crate) async fn bar(db: &Db, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
    whole!(db, |tx| bar_in(tx, workspace, program, now).await)
}

async fn bar_in(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
    if holding(tx, std::iter::once((workspace, program))).await?.is_empty() {
        // The program was resumed already.
        return Ok(0);
    }
    let args = Args::new().uuid(workspace.uuid()).uuid(program.uuid());
    let (mut begun, mut held) = (0, Vec::new());
    for row in tx.fetch(&sql::message_leased_of_program, args).await? {
        let mut row = row.read("message");
        let (id, attempt) = (row.id("id")?, row.number("attempt")?);
        match row.get::<bool>("handing")? {
            true => begun += 1,
            false => held.push(change(id, attempt)),
        }
    }
    apply(tx, now, &held).await?;
    Ok(begun)
}

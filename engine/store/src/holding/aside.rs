//! What falls due in a program that holds is set aside by whoever meets it.

use std::collections::{BTreeSet, HashMap};

use program::{MessageId, NodeId, ProgramId, Reason, Time, TokenId, WorkspaceId};

use crate::{
    MessageStatus, Result, TokenStatus,
    args::Args,
    counts::Counts,
    db::{Db, Tx},
    outbox::settle::{Change, apply},
    row::Row,
    sql,
    words::Word as _,
};

/// A claimed token of a program that holds.
#[derive(Clone, Debug)]
pub(crate) struct HeldToken {
    pub(crate) workspace: WorkspaceId,
    pub(crate) id: TokenId,
    pub(crate) program: ProgramId,
    pub(crate) node: NodeId,
}

/// A message that is leased here, and its program.
pub(crate) type Ours = (MessageId, u32, (WorkspaceId, ProgramId));

/// Which of these programs hold, and what their tokens become. They go on doing so until this transaction ends.
pub(crate) async fn holding(
    tx: &mut Tx,
    programs: impl Iterator<Item = (WorkspaceId, ProgramId)>,
) -> Result<HashMap<(WorkspaceId, ProgramId), TokenStatus>> {
    let programs: BTreeSet<_> = programs.collect();
    if programs.is_empty() {
        return Ok(HashMap::new());
    }
    let args = Args::new()
        .uuids(programs.iter().map(|(workspace, _)| workspace.uuid()))
        .uuids(programs.iter().map(|(_, program)| program.uuid()));
    let rows = tx.fetch(&sql::program_holding, args).await?;
    let read = |row: &Row| {
        let mut row = row.read("program");
        Ok(((row.id("workspace")?, row.id("id")?), row.word("holds")?))
    };
    rows.iter().map(read).collect()
}

/// Sets claimed tokens aside. Those of a program that goes on by now stay due.
pub(crate) async fn hold_tokens(tx: &mut Tx, now: Time, tokens: &[HeldToken], counts: &mut Counts) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let states = holding(tx, tokens.iter().map(|token| (token.workspace, token.program))).await?;
    let state = |token: &HeldToken| states.get(&(token.workspace, token.program)).copied();
    let mut held: Vec<_> = tokens.iter().filter_map(|token| state(token).map(|state| (token, state))).collect();
    held.sort_unstable_by_key(|(token, _)| (token.workspace, token.id));
    if held.is_empty() {
        return Ok(());
    }
    let args = Args::new()
        .time(now)
        .uuids(held.iter().map(|(token, _)| token.workspace.uuid()))
        .uuids(held.iter().map(|(token, _)| token.id.uuid()))
        .texts(held.iter().map(|(_, state)| state.word().to_owned()));
    tx.execute(&sql::token_hold, args).await?;
    for (token, _) in held.iter().filter(|(_, state)| *state == TokenStatus::Ejected) {
        counts.add(token.workspace, token.program, &token.node, "ejected", 1);
    }
    Ok(())
}

/// Sets leased messages aside, and says which. Those of a program that goes on by now stay as they are.
pub(crate) async fn set_aside(tx: &mut Tx, now: Time, ours: &[Ours]) -> Result<BTreeSet<MessageId>> {
    let holding = holding(tx, ours.iter().map(|(.., program)| *program)).await?;
    let held = ours.iter().filter(|(.., program)| holding.contains_key(program));
    let held: Vec<_> = held.map(|(id, attempt, _)| change(*id, *attempt)).collect();
    apply(tx, now, &held).await?;
    Ok(held.iter().map(|change| change.id).collect())
}

fn change(id: MessageId, attempt: u32) -> Change {
    Change { reason: Some(Reason::OnHold.into()), ..Change::to(id, attempt, MessageStatus::Held) }
}

/// Bars the way of what was leased before the program held: sets it aside, after the marks that were being written. A
/// message leased later meets the program's state itself. Says how many had begun.
pub(super) async fn bar(db: &Db, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
    let mut tx = db.begin().await?;
    match bar_in(&mut tx, workspace, program, now).await {
        Ok(begun) => tx.commit().await.map(|()| begun),
        Err(error) => Err(tx.fail(error).await),
    }
}

async fn bar_in(tx: &mut Tx, workspace: WorkspaceId, program: ProgramId, now: Time) -> Result<u64> {
    if holding(tx, std::iter::once((workspace, program))).await?.is_empty() {
        // Somebody let it go on at once.
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

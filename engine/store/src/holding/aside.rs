//! Sets tokens of a paused or stopped program aside when they fall due. The claim that finds them does it.

use program::{NodeId, ProgramId, Time, TokenId, WorkspaceId};

use crate::{Result, TokenStatus, args::Args, counts::Counts, db::Tx, programs::holding, sql, words::Word as _};

/// A claimed token of a program that is on hold.
#[derive(Clone, Debug)]
pub(crate) struct HeldToken {
    pub(crate) workspace: WorkspaceId,
    pub(crate) id: TokenId,
    pub(crate) program: ProgramId,
    pub(crate) node: NodeId,
}

/// Sets claimed tokens aside. If a program goes on by now, its tokens stay due.
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

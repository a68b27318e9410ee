//! Parks tokens whose row cannot be read, in the transaction that claimed them, so that they stop no other token.

use program::{ContactId, EventId, NodeId, Phase, ProgramId, Time, TokenId, VersionId, WorkspaceId};
use uuid::Uuid;

use crate::{
    Error, Result,
    args::{Args, storable},
    counts::Counts,
    db::Tx,
    row::Row,
    sql,
};

/// The node of a token whose real node cannot be read. A replay fails there again.
const NOWHERE: &str = "unreadable";

/// A claimed token whose row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorruptToken {
    /// Its id.
    pub id: TokenId,
    /// Which columns are wrong, with their values.
    pub error: String,
    workspace: WorkspaceId,
    program: ProgramId,
    version: VersionId,
    contact: ContactId,
    event: EventId,
    node: NodeId,
    /// None: as many steps as its trace has.
    seq: Option<u32>,
}

/// Reads the readable columns. If the key cannot be read, the row cannot be written, so that is an error.
pub(super) fn read(row: &Row) -> Result<CorruptToken> {
    let mut row = row.read("token");
    let (id, workspace) = (row.id("id")?, row.id("workspace")?);
    let mut wrong = Vec::new();
    let program = or_nil(&mut wrong, row.get("program"));
    let version = or_nil(&mut wrong, row.get("version"));
    let contact = or_nil(&mut wrong, row.get("contact"));
    let event = or_nil(&mut wrong, row.get("event"));
    let node = kept(&mut wrong, row.name("node"));
    kept(&mut wrong, row.word::<Phase>("phase"));
    let seq = kept(&mut wrong, row.number("seq"));
    kept(&mut wrong, row.number::<u32>("attempts"));
    kept(&mut wrong, row.time("due_at"));
    let node = match node {
        Some(node) => node,
        None => NodeId::new(NOWHERE).map_err(|error| Error::Database(error.to_string()))?,
    };
    let error = wrong.join("; ");
    Ok(CorruptToken {
        id,
        error,
        workspace,
        program: program.into(),
        version: version.into(),
        contact: contact.into(),
        event: event.into(),
        node,
        seq,
    })
}

fn kept<T>(wrong: &mut Vec<String>, read: Result<T>) -> Option<T> {
    read.map_err(|error| wrong.push(error.to_string())).ok()
}

/// An unused id stands for one that cannot be read.
fn or_nil(wrong: &mut Vec<String>, read: Result<Uuid>) -> Uuid {
    kept(wrong, read).unwrap_or_default()
}

/// Makes them dead letters, and counts them. The caller writes the counters.
pub(super) async fn park(tx: &mut Tx, now: Time, tokens: &[CorruptToken], counts: &mut Counts) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let args = Args::new()
        .time(now)
        .uuids(tokens.iter().map(|token| token.workspace.uuid()))
        .uuids(tokens.iter().map(|token| token.id.uuid()))
        .uuids(tokens.iter().map(|token| token.program.uuid()))
        .uuids(tokens.iter().map(|token| token.version.uuid()))
        .uuids(tokens.iter().map(|token| token.contact.uuid()))
        .uuids(tokens.iter().map(|token| token.event.uuid()))
        .texts(tokens.iter().map(|token| token.node.to_string()))
        .ints(tokens.iter().map(|token| token.seq.map(i64::from)))
        .texts(tokens.iter().map(|token| storable(&token.error)));
    tx.execute(&sql::token_park, args).await?;
    for token in tokens {
        counts.add(token.workspace, token.program, &token.node, "failed", 1);
    }
    Ok(())
}

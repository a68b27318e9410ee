//! Stores long values in pieces. SQLite runs in this process and holds a value several times in memory while it is
//! written or read.

use program::WorkspaceId;
use uuid::Uuid;

use crate::{
    Dialect, Error, Result,
    args::Args,
    db::{Db, Tx},
    sql,
};

/// The longest piece, in bytes. PostgreSQL gets all in one: nodes of the former build, which work on beside newer ones,
/// know of no pieces.
const fn longest(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Sqlite => 256 << 10,
        Dialect::Postgres => usize::MAX,
    }
}

/// So many are read at once.
const AT_ONCE: i64 = 4;

/// What a value in pieces belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of {
    pub(crate) workspace: WorkspaceId,
    /// The event of a file, or the message of a mail.
    pub(crate) owner: Uuid,
    /// Which of the event's files; 0 for a mail.
    pub(crate) position: i64,
}

/// The piece that stands in the owner's own row; all of a short value.
pub(crate) fn first(dialect: Dialect, bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(longest(dialect))]
}

/// Writes the pieces after the first one.
pub(crate) async fn write(tx: &mut Tx, of: Of, bytes: &[u8]) -> Result<()> {
    for (number, piece) in (0..).zip(bytes.chunks(longest(tx.dialect()))).skip(1) {
        tx.execute(&sql::piece_insert, of.args().int(number).blob(piece.to_vec())).await?;
    }
    Ok(())
}

/// Puts the other pieces behind the first one. They are of this length together, or somebody deletes them right now.
pub(crate) async fn read(db: &Db, of: Of, first: Vec<u8>, rest: usize) -> Result<Vec<u8>> {
    if rest == 0 {
        return Ok(first);
    }
    let whole = first.len() + rest;
    let mut bytes = Vec::with_capacity(whole);
    bytes.extend(first);
    let mut last = 0;
    while bytes.len() < whole {
        let rows = db.fetch(&sql::piece_list, of.args().int(last).int(AT_ONCE)).await?;
        if rows.is_empty() {
            return Err(Error::NotFound { what: "piece" });
        }
        for row in &rows {
            let mut row = row.read("piece");
            last = row.get("number")?;
            bytes.extend(row.get::<Vec<u8>>("bytes")?);
        }
    }
    Ok(bytes)
}

/// Deletes all pieces of these owners.
pub(crate) async fn prune(tx: &mut Tx, workspace: WorkspaceId, owners: Vec<Uuid>) -> Result<()> {
    tx.execute(&sql::piece_prune, Args::new().uuid(workspace.uuid()).uuids(owners)).await.map(drop)
}

impl Of {
    fn args(self) -> Args {
        Args::new().uuid(self.workspace.uuid()).uuid(self.owner).int(self.position)
    }
}

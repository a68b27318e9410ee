//! What one node does while all others wait, known by an advisory lock of PostgreSQL. The only file that has to do with one.
//!
//! That is migrating and nothing else. All other work is shared out by `claim.rs`, and duties may run on every node at once, so
//! no node has to be the first among them. Another database would need a row with a lease here.

use sqlx::{PgConnection, migrate::Migrator};

use crate::Result;

/// Migrates. The lock is the driver's own, so that nodes of former builds wait, too; it ends with the session.
pub(crate) async fn migrate(connection: &mut PgConnection, migrator: &Migrator) -> Result<()> {
    Ok(migrator.run(connection).await?)
}

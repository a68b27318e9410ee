//! Work that one node does while all others wait, by an advisory lock of PostgreSQL. Only this file uses such a lock.
//!
//! That is migrating and nothing else. All other work is shared out by `claim.rs`, and duties may run on every node at once, so
//! no node has to be the first among them. Another database would need a row with a lease here.

use sqlx::{
    PgConnection,
    migrate::{MigrateError, Migrator},
};

use crate::{Result, class, limits::TRIES};

/// Migrates. The lock is the driver's own, so that nodes of former builds wait, too; it ends with the session. A migration
/// and the claims of such nodes may wait for each other in a circle; then it is begun again.
pub(crate) async fn migrate(connection: &mut PgConnection, migrator: &Migrator) -> Result<()> {
    let mut tries = 1;
    loop {
        match migrator.run(&mut *connection).await {
            Err(MigrateError::ExecuteMigration(error, _)) if class::is_again(&error) && tries < TRIES => tries += 1,
            done => return Ok(done?),
        }
    }
}

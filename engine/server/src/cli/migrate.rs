//! `stafette migrate`.

use clap::Args;

use super::{Done, Failure, print};
use crate::{config::Place, folder, open};

/// Bring the database up to date for this build, and print what was done. Only this command and `serve` ever change its
/// tables. On PostgreSQL servers of the former build may run meanwhile; on SQLite the server must be stopped.
#[derive(Args)]
pub(super) struct Migrate {
    /// Only say what would be made.
    #[arg(long)]
    dry_run: bool,
    /// Write SQLite's file anew, too, without free pages: files that former builds made do not shrink otherwise. It
    /// takes as much free disk as the file is long, and about a second for each 100 MB.
    #[arg(long, conflicts_with = "dry_run")]
    compact: bool,
    #[command(flatten)]
    place: Place,
}

impl Migrate {
    pub(super) async fn run(self) -> Done {
        let place = self.place.load()?;
        let found = store::look(&place.direct_url()).await?;
        if let Some(found) = found.as_ref().filter(|found| found.newer.is_some()) {
            found.expect_complete()?;
        }
        let missing = found.map_or_else(store::migrations, |found| found.missing);
        if !self.dry_run {
            folder::make(place.folder())?;
            let _locks = folder::lock(&place)?;
            open::make(&place).await?.close().await;
            match place.database_file() {
                Some(_) if self.compact => store::compact_sqlite(&place.direct_url()).await?,
                None if self.compact => {
                    return Err(Failure("PostgreSQL gives space back by itself (autovacuum)".into()));
                }
                _ => {}
            }
        }
        let done = if self.dry_run { "would make" } else { "made" };
        missing.iter().try_for_each(|name| print(&format!("{done} {name}")))?;
        if missing.is_empty() {
            print("nothing to do: the database has all that this build needs")?;
        }
        Ok(())
    }
}

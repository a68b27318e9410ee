//! `stafette backup` and `stafette restore`.

mod postgres;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::Args;
use store::Dialect;

use super::{Done, Failure, print, say};
use crate::{access::secret, config::Place, folder, open};

/// How SQLite's files begin.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// How the files of pg_dump begin.
const POSTGRES: &[u8] = b"PGDMP";

/// Write the whole database, as it is at this moment, into a file, also while a server runs. On PostgreSQL pg_dump does
/// it.
#[derive(Args)]
pub(super) struct Backup {
    /// The file; it must not be there yet. Only its owner may read it.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Restore a backup into a place that is still empty. Waits, queued mails and links go on. The backup does not know
/// which mails were sent after it was made; they may be sent again.
#[derive(Args)]
pub(super) struct Restore {
    /// The file that `backup` wrote.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Backup {
    pub(super) async fn run(self) -> Done {
        let place = self.place.load()?;
        let url = place.direct_url();
        let found = store::look(&url).await?.filter(|found| found.done > 0);
        let found = found.ok_or_else(|| Failure(format!("there is no database at {}", open::shown(&place))))?;
        new(&self.file)?;
        let written = match found.dialect {
            Dialect::Sqlite => sqlite(&place, &url, &self.file).await,
            Dialect::Postgres => postgres::dump(&url, &self.file),
        };
        let kept = written.and_then(|()| Ok(File::open(&self.file).and_then(|file| file.sync_all())?));
        if let Err(error) = kept {
            // Half a backup is worse than none.
            let _ = fs::remove_file(&self.file);
            return Err(error);
        }
        print(&format!("{}: {} bytes", self.file.display(), fs::metadata(&self.file)?.len()))
    }
}

/// Makes a file that was not there.
fn new(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::AlreadyExists => "is there already; it is never overwritten".into(),
            _ => format!("cannot be made: {error}"),
        };
        Failure(format!("{} {why}", path.display()))
    })
}

async fn sqlite(place: &Place, url: &str, to: &Path) -> Done {
    let kept = match fs::read_to_string(place.folder().join("secret")) {
        Ok(text) => secret::unhex(text.trim()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure(format!("{}: {error}", place.folder().join("secret").display()))),
    };
    Ok(store::copy_sqlite(url, to, kept.as_deref()).await?)
}

impl Restore {
    pub(super) async fn run(self) -> Done {
        let (from, place) = (self.file, self.place.load()?);
        let mut head = Vec::new();
        let failed = |error: io::Error| Failure(format!("{}: {error}", from.display()));
        File::open(&from).and_then(|file| file.take(16).read_to_end(&mut head)).map_err(failed)?;
        match place.database_file() {
            Some(database) if head == SQLITE => restore_sqlite(&from, &place, &database).await?,
            None if head.starts_with(POSTGRES) => restore_postgres(&from, &place).await?,
            Some(_) if head.starts_with(POSTGRES) => {
                let why = "this is a backup of PostgreSQL: name an empty database with --database-url";
                return Err(Failure(why.into()));
            }
            None if head == SQLITE => {
                return Err(Failure("this is a backup of SQLite: leave --database-url out".into()));
            }
            _ => return Err(Failure(format!("{} is no backup of Stafette", from.display()))),
        }
        let found = store::look(&place.direct_url()).await?;
        let missing = found.map_or(0, |found| found.missing.len());
        let rest = if missing == 0 { "" } else { "; it is of a former build, and the next start migrates it" };
        print(&format!("restored{rest}"))
    }
}

async fn restore_sqlite(from: &Path, place: &Place, database: &Path) -> Done {
    for path in [database.to_path_buf(), beside(database, "-wal")] {
        if path.exists() {
            return Err(Failure(format!("{} is there already; it is never overwritten", path.display())));
        }
    }
    folder::make(place.folder())?;
    let copy = beside(database, ".restoring");
    let done = bring(from, place, &copy, database).await;
    // It has another name by now, or is of no use.
    let _ = fs::remove_file(&copy);
    done
}

async fn bring(from: &Path, place: &Place, copy: &Path, database: &Path) -> Done {
    io::copy(&mut File::open(from)?, &mut new(copy)?)?;
    let kept = store::open_copy(copy).await?;
    match store::look(&Place::url_of(copy)).await? {
        Some(found) if found.done > 0 && found.newer.is_none() => {}
        Some(found) if found.done > 0 => found.expect_complete()?,
        _ => return Err(Failure(format!("{} is no backup of Stafette", from.display()))),
    }
    match kept {
        Some(bytes) => folder::keep_secret(place, &bytes)?,
        None => say("the secret that signs links is not in it: give the option secret as before"),
    }
    // Fails where somebody was faster.
    Ok(fs::hard_link(copy, database)?)
}

async fn restore_postgres(from: &Path, place: &Place) -> Done {
    let url = place.direct_url();
    if store::look(&url).await?.is_some_and(|found| !found.is_empty) {
        return Err(Failure("the database holds tables already; nothing is overwritten, name an empty one".into()));
    }
    postgres::restore(&url, from)
}

/// A file beside another.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

//! A page of the database's files that is not what it was, under a node that runs.

use std::{
    cell::RefCell,
    fs::{self, File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use sqlx::{Connection, Executor, SqliteConnection};

use super::ground::{ask, wait};
use crate::restart::Postgres;

const GARBAGE: u8 = 0xa5;
/// Ingest alone asks it, with each event that has an id.
const INDEX: &str = "event_key";
/// Changes something, so that nobody trusts what he has read before.
const NOISE: &str = "INSERT INTO installation (name, value) VALUES ('noise', '1') \
                     ON CONFLICT (name) DO UPDATE SET value = value || '1'";

/// A page, and what it was.
struct Page {
    at: u64,
    whole: Vec<u8>,
}

pub(super) struct Pages {
    path: PathBuf,
    url: String,
    torn: RefCell<Option<Page>>,
}

impl Pages {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), url: format!("sqlite:{}", path.display()), torn: RefCell::default() }
    }

    fn file(&self) -> File {
        OpenOptions::new().read(true).write(true).open(&self.path).unwrap()
    }

    /// Fills the page with garbage; does nothing if somebody is in the way, or if it is done.
    pub(super) fn tear(&self) {
        if self.torn.borrow().is_none() {
            *self.torn.borrow_mut() = wait(self.try_to_tear()).unwrap_or_default();
        }
    }

    async fn try_to_tear(&self) -> sqlx::Result<Option<Page>> {
        let (mut keeper, mut other) =
            (SqliteConnection::connect(&self.url).await?, SqliteConnection::connect(&self.url).await?);
        // From here on nobody writes, and when all is in the file itself, it stays there.
        keeper.execute("BEGIN IMMEDIATE").await?;
        let moved = "PRAGMA wal_checkpoint(PASSIVE)";
        let (_, all, moved): (i64, i64, i64) = sqlx::query_as(moved).fetch_one(&mut other).await?;
        if all != moved {
            return Ok(None);
        }
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = $1";
        let (number,): (u32,) = sqlx::query_as(root).bind(INDEX).fetch_one(&mut other).await?;
        let (size,): (u32,) = sqlx::query_as("PRAGMA page_size").fetch_one(&mut other).await?;
        let page = Page { at: u64::from(number - 1) * u64::from(size), whole: vec![0; size as usize] };
        let (file, mut whole) = (self.file(), page.whole);
        file.read_exact_at(&mut whole, page.at)?;
        file.write_all_at(&vec![GARBAGE; whole.len()], page.at)?;
        keeper.execute(NOISE).await?;
        keeper.execute("COMMIT").await?;
        Ok(Some(Page { whole, ..page }))
    }

    /// Makes it what it was. Nobody has changed it meanwhile, since nobody could read it.
    pub(super) fn mend(&self) {
        while let Some(page) = self.torn.take() {
            if wait(self.try_to_mend(&page)).is_err() {
                self.torn.replace(Some(page));
            }
        }
    }

    async fn try_to_mend(&self, page: &Page) -> sqlx::Result<()> {
        let mut keeper = SqliteConnection::connect(&self.url).await?;
        keeper.execute("BEGIN IMMEDIATE").await?;
        let (file, mut now) = (self.file(), vec![0; page.whole.len()]);
        file.read_exact_at(&mut now, page.at)?;
        assert!(now.iter().all(|byte| *byte == GARBAGE), "somebody wrote a page that nobody can read");
        file.write_all_at(&page.whole, page.at)?;
        keeper.execute(NOISE).await?;
        keeper.execute("COMMIT").await?;
        Ok(())
    }
}

/// The same of PostgreSQL's. Its server is down meanwhile, since what it has in memory it does not read again.
pub(super) struct Blocks<'a> {
    server: &'a Postgres,
    path: PathBuf,
    whole: RefCell<Option<Vec<u8>>>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(server: &'a Postgres, url: &str) -> Self {
        let path = ask(url, "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('event_key')");
        Self { server, path: path.into(), whole: RefCell::default() }
    }

    /// What is in its memory is in its files first.
    fn stopped(&self, act: impl FnOnce()) {
        self.server.control(&["stop", "-m", "fast"]);
        act();
        self.server.control(&["start"]);
    }

    /// Fills all with garbage; does nothing if it is done.
    pub(super) fn tear(&self) {
        if self.whole.borrow().is_none() {
            self.stopped(|| {
                let whole = fs::read(&self.path).unwrap();
                fs::write(&self.path, vec![GARBAGE; whole.len()]).unwrap();
                *self.whole.borrow_mut() = Some(whole);
            });
        }
    }

    /// Makes it what it was. Nobody has changed it meanwhile, since nobody could read it.
    pub(super) fn mend(&self) {
        self.stopped(|| {
            let now = fs::read(&self.path).unwrap();
            assert!(now.iter().all(|byte| *byte == GARBAGE), "somebody wrote a page that nobody can read");
            fs::write(&self.path, self.whole.take().unwrap()).unwrap();
        });
    }
}

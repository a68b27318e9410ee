//! SQLite's file, and those beside it.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::Result;

/// How SQLite's file is only read, and where it is. While nobody has it open, not even the files beside it are made.
pub(crate) fn quiet(url: &str) -> Result<(SqliteConnectOptions, PathBuf)> {
    let connect = SqliteConnectOptions::from_str(url)?.create_if_missing(false).read_only(true);
    let file = connect.get_filename().to_path_buf();
    let quiet = !beside(&file, "-wal").exists();
    Ok((connect.immutable(quiet).disable_statement_logging(), file))
}

/// The file that SQLite keeps beside its own.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

//! The data folder: made for its owner only, locked by the server that uses it, and keeper of the secret.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use store::{Dialect, Store};

use crate::{
    access::secret,
    config::{ConfigError, Place},
};

/// Makes the folder, for its owner only, if it is not there.
pub fn make(folder: &Path) -> Result<(), ConfigError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| ConfigError(format!("cannot make the data folder {}: {error}", folder.display())))
}

/// Whether the database is a file, which only one server may use.
pub fn is_file(place: &Place) -> bool {
    place.database_url().starts_with("sqlite:")
}

/// Holds the folder until dropped, so that a second server on the same file stops before it does harm.
pub fn lock(folder: &Path) -> Result<File, ConfigError> {
    let path = folder.join("lock");
    let failed = |error: io::Error| ConfigError(format!("cannot lock {}: {error}", path.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ConfigError(format!(
            "another server uses the data folder {}. With SQLite there can be one; stop it, take another folder \
             (--data), or use PostgreSQL (--database-url) for many.",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The installation's secret: as configured; else of the folder with SQLite, of the database with PostgreSQL. Drawn
/// at the first call.
pub async fn secret(place: &Place, configured: Option<&str>, store: &Store) -> Result<Vec<u8>, ConfigError> {
    if let Some(text) = configured {
        return checked(text).ok_or_else(|| ConfigError("the option secret must be 64 hex digits".into()));
    }
    if store.dialect() == Dialect::Postgres {
        let kept = store.secret("links", &secret::draw_bytes()).await;
        return kept.map_err(|error| ConfigError(format!("the secret cannot be read: {error}")));
    }
    let path = place.folder().join("secret");
    let failed = |error: io::Error| ConfigError(format!("{}: {error}", path.display()));
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let text = secret::draw();
            file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            checked(&text).ok_or_else(|| ConfigError("a new secret could not be read".into()))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(&path).map_err(failed)?;
            checked(&text).ok_or_else(|| ConfigError(format!("{} does not hold 64 hex digits", path.display())))
        }
        Err(error) => Err(failed(error)),
    }
}

fn checked(text: &str) -> Option<Vec<u8>> {
    secret::unhex(text).filter(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_for_one_server_and_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("a/b");
        make(&folder).unwrap();
        make(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let first = lock(&folder).unwrap();
        assert!(lock(&folder).unwrap_err().to_string().contains("another server"));
        drop(first);
        lock(&folder).unwrap();
    }
}

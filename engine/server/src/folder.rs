//! The data folder. Only its owner can read it. The server that uses it locks it and keeps the secret in it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    mem,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use store::{Dialect, Store};

use crate::{
    access::secret,
    config::{ConfigError, Place},
    seal::{SealError, Seals, Spot},
};

/// Makes the folder, for its owner only, if it is not there.
pub fn make(folder: &Path) -> Result<(), ConfigError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| ConfigError(format!("cannot make the data folder {}: {error}", folder.display())))
}

/// Keeps other servers away until it is dropped.
#[derive(Debug)]
pub struct Locks {
    _folder: File,
    _database: File,
}

/// Takes the folder and SQLite's file for one server, so that a second one stops before it does harm, by whichever path
/// it comes. Nothing where the database is no file.
pub fn lock(place: &Place) -> Result<Option<Locks>, ConfigError> {
    let Some(database) = place.database_file() else { return Ok(None) };
    let folder = hold(&place.folder().join("lock"), "the data folder", place.folder())?;
    touch(&database)?;
    let file = hold(&database, "the database", &database)?;
    Ok(Some(Locks { _folder: folder, _database: file }))
}

fn hold(path: &Path, what: &str, shown: &Path) -> Result<File, ConfigError> {
    let failed = |error: io::Error| ConfigError(format!("cannot lock {}: {error}", path.display()));
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            // Were it closed and the other server this very process, SQLite's own locks would go with it.
            mem::forget(file);
            Err(ConfigError(format!(
                "another server uses {what} {}. With SQLite there can be one; stop it, take another folder (--data), or \
                 use PostgreSQL (--database-url) for many.",
                shown.display()
            )))
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Makes an empty file that its owner alone may read, if there is none; SQLite gives its mode to what it keeps beside.
/// Former builds made one that everybody may read: of such a one others lose their rights.
pub fn touch(path: &Path) -> Result<(), ConfigError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            for beside in ["", "-wal", "-shm"] {
                let mut file = path.as_os_str().to_owned();
                file.push(beside);
                shut(Path::new(&file));
            }
            Ok(())
        }
        Err(error) => Err(ConfigError(format!("{} cannot be made: {error}", path.display()))),
    }
}

/// Takes the rights of others away; those of the owner and of a group are somebody's choice.
fn shut(file: &Path) {
    let Ok(found) = fs::metadata(file) else { return };
    let mut rights = found.permissions();
    if rights.mode() & 0o007 == 0 {
        return;
    }
    rights.set_mode(rights.mode() & !0o007);
    match fs::set_permissions(file, rights) {
        Ok(()) => {
            tracing::warn!(file = %file.display(), "everybody on this machine could open this file; no longer so")
        }
        Err(error) => tracing::warn!(file = %file.display(), %error, "everybody on this machine can open this file"),
    }
}

/// Where the secret that signs links stands in the database.
pub const LINKS: Spot<'_> = Spot { table: "secret", row: "links", workspace: None };

/// The installation's secret: as configured; else of the folder with SQLite, of the database with PostgreSQL. Drawn
/// at the first call.
pub async fn secret(
    place: &Place,
    configured: Option<&str>,
    store: &Store,
    seals: &Seals,
) -> Result<Vec<u8>, ConfigError> {
    if let Some(text) = configured {
        return checked(text).ok_or_else(|| ConfigError("the option secret must be 64 hex digits".into()));
    }
    if store.dialect() == Dialect::Postgres {
        return links(store, seals).await;
    }
    let path = place.folder().join("secret");
    checked(&drawn(&path)?).ok_or_else(|| ConfigError(format!("{} does not hold 64 hex digits", path.display())))
}

/// The secret of the database. A new one is sealed if this node has a key to seal with; one that is there stays as it is.
async fn links(store: &Store, seals: &Seals) -> Result<Vec<u8>, ConfigError> {
    let failed =
        |error: &dyn std::error::Error| ConfigError(format!("the secret that signs links cannot be read: {error}"));
    let fresh = secret::draw_bytes();
    let fresh = match seals.can_seal() {
        true => seals.seal(&fresh, LINKS).map_err(|error| failed(&error))?.into_bytes(),
        false => fresh.to_vec(),
    };
    let kept = store.secret(LINKS.row, &fresh).await.map_err(|error| failed(&error))?;
    opened(kept, seals).map_err(|error| failed(&error))
}

/// What stands in the database as the secret that signs links, opened if it is sealed.
pub fn opened(kept: Vec<u8>, seals: &Seals) -> Result<Vec<u8>, SealError> {
    if !Seals::is_sealed(&kept) {
        return Ok(kept);
    }
    seals.open(&String::from_utf8_lossy(&kept), LINKS)
}

/// The keys that seal secrets: as configured; else one of the folder with SQLite, drawn at the first call. With PostgreSQL
/// there are none then, for all nodes need the same ones.
pub fn seals(place: &Place, configured: Option<&str>) -> Result<Seals, ConfigError> {
    if let Some(text) = configured {
        return Seals::parse(text).map_err(|error| ConfigError(format!("the option seal_key: {error}")));
    }
    if place.database_file().is_none() {
        return Ok(Seals::default());
    }
    let path = place.folder().join("seal-key");
    Seals::parse(&drawn(&path)?).map_err(|error| ConfigError(format!("{}: {error}", path.display())))
}

/// The text of a file that its owner alone may read; 256 random bits in hex digits, where there was none.
fn drawn(path: &Path) -> Result<String, ConfigError> {
    let failed = |error: io::Error| ConfigError(format!("{}: {error}", path.display()));
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let text = secret::draw();
            file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(text)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read_to_string(path).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// Writes down a secret that was brought back; another one that is there already stays, and is an error.
pub fn keep_secret(place: &Place, bytes: &[u8]) -> Result<(), ConfigError> {
    let path = place.folder().join("secret");
    let failed = |error: io::Error| ConfigError(format!("{}: {error}", path.display()));
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => file
            .write_all(format!("{}\n", secret::hex(bytes)).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            match checked(&fs::read_to_string(&path).map_err(failed)?) {
                Some(there) if there == bytes => Ok(()),
                _ => Err(ConfigError(format!("{} is there already, and another one", path.display()))),
            }
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

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_folder_is_for_one_server_and_its_owner() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("a/b");
        make(&folder).unwrap();
        make(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        let place = Place { data: Some(folder.clone()), ..Place::default() };
        let first = lock(&place).unwrap();
        assert_eq!(mode(&folder.join("stafette.db")), 0o600);
        assert!(lock(&place).unwrap_err().to_string().contains("another server"));
        drop(first);
        lock(&place).unwrap();
    }

    #[tokio::test]
    async fn the_secret_of_links_is_sealed_where_there_is_a_key() {
        const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let folder = tempfile::tempdir().unwrap();
        let open = async |name: &str| {
            let url = format!("sqlite:{}/{name}", folder.path().display());
            Store::open(store::Options::new(url)).await.unwrap()
        };
        let (with, without) = (Seals::parse(KEY).unwrap(), Seals::default());
        // What a former build kept stays as it is, and is read with a key, too.
        let former = open("former.db").await;
        let kept = links(&former, &without).await.unwrap();
        assert_eq!((links(&former, &with).await.unwrap(), kept.len()), (kept.clone(), 32));
        assert_eq!(former.secret("links", b"").await.unwrap(), kept);
        // A new one is sealed: whoever has the database has not the secret.
        let new = open("new.db").await;
        let kept = links(&new, &with).await.unwrap();
        assert_eq!((links(&new, &with).await.unwrap(), kept.len()), (kept.clone(), 32));
        let stored = new.secret("links", b"").await.unwrap();
        assert!(Seals::is_sealed(&stored) && !stored.windows(32).any(|part| part == kept), "{stored:?}");
        for seals in [without, Seals::parse(&KEY.replace("00", "01")).unwrap()] {
            let error = links(&new, &seals).await.unwrap_err().to_string();
            assert!(error.contains("add it to the seal keys"), "{error}");
        }
    }

    #[test]
    fn the_folder_keeps_a_seal_key_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { data: Some(folder.path().into()), ..Place::default() };
        let sealed = seals(&place, None).unwrap().seal(b"whsec", LINKS).unwrap();
        assert_eq!(mode(&folder.path().join("seal-key")), 0o600);
        assert_eq!(seals(&place, None).unwrap().open(&sealed, LINKS).unwrap(), b"whsec");
        let other = "ab".repeat(32);
        assert!(seals(&place, Some(&other)).unwrap().open(&sealed, LINKS).is_err());
        assert!(seals(&place, Some("ab")).unwrap_err().to_string().contains("seal_key"));
        // Nodes that share a database share no folder.
        let postgres = crate::config::Database { database_url: Some("postgres://db/x".into()), ..Default::default() };
        let place = Place { data: Some(folder.path().join("other")), database: postgres };
        assert!(!seals(&place, None).unwrap().can_seal());
        assert!(!folder.path().join("other").exists());
    }

    #[test]
    fn what_a_former_build_made_is_shut() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["a.db", "a.db-wal", "a.db-shm"].map(|name| folder.path().join(name));
        for (file, rights) in files.iter().zip([0o644, 0o644, 0o640]) {
            fs::write(file, "").unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(rights)).unwrap();
        }
        touch(&files[0]).unwrap();
        assert_eq!(files.map(|file| mode(&file)), [0o640; 3]);
    }

    #[test]
    fn the_file_is_for_one_server_by_whichever_path() {
        let outer = tempfile::tempdir().unwrap();
        let folders = ["one", "two", "three"].map(|name| outer.path().join(name));
        folders.iter().for_each(|folder| make(folder).unwrap());
        let file = folders[0].join("stafette.db");
        let place = |folder: &Path, url: Option<String>| Place {
            data: Some(folder.into()),
            database: crate::config::Database { database_url: url, ..Default::default() },
        };
        let first = lock(&place(&folders[0], None)).unwrap();
        std::os::unix::fs::symlink(&file, folders[1].join("stafette.db")).unwrap();
        let by_link = lock(&place(&folders[1], None)).unwrap_err().to_string();
        assert!(by_link.contains("another server uses the database"), "{by_link}");
        let by_url = format!("sqlite:{}/../one/stafette.db", folders[2].display());
        assert!(lock(&place(&folders[2], Some(by_url))).is_err());
        fs::hard_link(&file, folders[2].join("stafette.db")).unwrap();
        assert!(lock(&place(&folders[2], None)).is_err());
        drop(first);
        lock(&place(&folders[2], None)).unwrap();
        assert!(lock(&place(&folders[1], Some("postgres://db/x".into()))).unwrap().is_none());
    }
}

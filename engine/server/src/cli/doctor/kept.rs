//! What lies on this machine: folder, files and who may read them, room on the disk.

use std::{
    fs::{File, TryLockError},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access, statvfs};

use super::{Finding, note, ok, problem};
use crate::config::Config;

/// Less free space than this is a problem, in MB.
const FREE: u64 = 500;
/// Options in `stafette.toml` that make it a secret.
const SECRETS: [&str; 7] =
    ["secret", "seal_key", "smtp", "smtp_marketing", "database_url", "database_direct_url", "database_replica_url"];

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![data(config)];
    findings.extend(files(config));
    findings.push(disk(config));
    findings.push(running(config));
    findings
}

fn data(config: &Config) -> Finding {
    const WHAT: &str = "data folder";
    let path = config.place.folder();
    let chown = "Give the folder to the user that runs Stafette: chown -R.";
    if !path.exists() {
        let there = nearest(path);
        return match access(&there, Access::WRITE_OK | Access::EXEC_OK) {
            Ok(()) => ok(WHAT, format!("{} is not there yet; the first start makes it", path.display())),
            Err(error) => {
                problem(WHAT, format!("{} cannot be made: {}: {error}", path.display(), there.display()), chown)
            }
        };
    }
    match access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Err(error) => problem(WHAT, format!("{} cannot be written to: {error}", path.display()), chown),
        Ok(()) if mode(path).is_some_and(|mode| mode & 0o007 != 0) => {
            let mode = mode(path).unwrap_or_default();
            let remedy = format!("It holds contacts and the secret: chmod 700 {}", path.display());
            problem(WHAT, format!("{} is open to everybody (mode {mode:o})", path.display()), remedy)
        }
        Ok(()) => ok(WHAT, format!("{} can be written to", path.display())),
    }
}

/// Who may read what only Stafette needs to read.
fn files(config: &Config) -> Option<Finding> {
    let folder = config.place.folder();
    let mut secret = vec![folder.join("secret"), folder.join("seal-key")];
    if let Some(database) = config.place.database_file() {
        for ending in ["", "-wal", "-shm"] {
            let mut name = database.clone().into_os_string();
            name.push(ending);
            secret.push(name.into());
        }
    }
    let options = folder.join("stafette.toml");
    let text = std::fs::read_to_string(&options).unwrap_or_default();
    let holds = |line: &str| line.split_once('=').is_some_and(|(name, _)| SECRETS.contains(&name.trim()));
    if text.lines().any(holds) {
        secret.push(options);
    }
    secret.extend(config.mail.dkim_key.clone());
    let wide = |path: &PathBuf| mode(path).is_some_and(|mode| mode & 0o077 != 0);
    let there = secret.iter().filter(|path| path.exists()).count();
    let open: Vec<_> = secret.iter().filter(|path| wide(path)).map(|path| path.display().to_string()).collect();
    match (there, open.is_empty()) {
        (0, _) => None,
        (_, true) => Some(ok("files", "only their owner may read what is secret")),
        (_, false) => {
            let remedy = format!("They hold contacts, keys or passwords: chmod 600 {}", open.join(" "));
            Some(problem("files", format!("others may read {}", open.join(", ")), remedy))
        }
    }
}

fn mode(path: &Path) -> Option<u32> {
    Some(path.metadata().ok()?.permissions().mode() & 0o777)
}

/// The path, or what is nearest above it.
fn nearest(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|path| path.exists());
    there.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf()
}

fn disk(config: &Config) -> Finding {
    const WHAT: &str = "disk";
    let place = config.place.database_file().unwrap_or_else(|| config.place.folder().to_path_buf());
    match statvfs(nearest(&place)) {
        Err(error) => note(WHAT, format!("not known: {error}"), "See yourself whether there is room."),
        Ok(disk) => match disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000 {
            mb if mb < FREE => problem(WHAT, format!("{mb} MB are free"), "Make room, or move the data folder."),
            mb => ok(WHAT, format!("{mb} MB are free")),
        },
    }
}

fn running(config: &Config) -> Finding {
    const WHAT: &str = "server";
    // A lock that is shared for a moment, on files that are there: nothing is made.
    let held = |path: PathBuf| {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    };
    if config.place.database_file().is_some_and(|file| held(config.place.folder().join("lock")) || held(file)) {
        return ok(WHAT, format!("one runs on {} already", config.place.folder().display()));
    }
    match std::net::TcpListener::bind(config.http.listen()) {
        Ok(_) => ok(WHAT, format!("{} is free", config.http.listen())),
        Err(error) => problem(
            WHAT,
            format!("{} cannot be listened on: {error}", config.http.listen()),
            "Stop what listens there, or name another address with --listen.",
        ),
    }
}

//! A clock of its own for a process, as wrong as a file says: `-30s`. libfaketime is between the process and its system.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// libfaketime as Debian installs it.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let library = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    library.expect("libfaketime is missing; `scripts/setup test` installs it")
}

/// What a process is started with. It looks into the file every second, and time passes for it as for all others.
pub(crate) fn environment(file: &Path) -> [(&'static str, String); 5] {
    [
        ("LD_PRELOAD", library().display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1".into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        // Another user's children have no share in it.
        ("FAKETIME_DISABLE_SHM", "1".into()),
    ]
}

/// Sets the clock that goes by this file, so many seconds ahead.
pub(crate) fn set(file: &Path, ahead: i32) {
    fs::write(file, format!("{ahead:+}s")).unwrap();
}

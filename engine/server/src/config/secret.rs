//! Secrets among the options. A secret may stand in a file of its own, or come as a credential of systemd.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::ConfigError;

/// The largest file that a secret is read from, in bytes.
const MOST: u64 = 64 * 1024;

/// One section of the options.
pub(super) trait Section: Clone + Serialize + DeserializeOwned {
    /// The secrets in it.
    fn secrets(&mut self) -> Vec<Secret<'_>> {
        Vec::new()
    }
}

/// A secret: its name, the option that holds it, and the option that names a file with it.
pub(super) struct Secret<'a> {
    pub(super) name: &'static str,
    pub(super) value: &'a mut Option<String>,
    pub(super) file: &'a mut Option<PathBuf>,
}

/// Reads the files that a layer of options names. This is done before the layer above is added, so that it may still
/// give another value.
pub(super) fn reveal(section: &mut impl Section) -> Result<(), ConfigError> {
    for Secret { name, value, file } in section.secrets() {
        let Some(path) = file.take() else { continue };
        if value.is_some() {
            return Err(ConfigError(format!("{name} and {name}_file are both given; leave one out")));
        }
        *value = Some(read(name, &path)?);
    }
    Ok(())
}

/// Reads credentials of systemd (`LoadCredential=smtp:FILE`) for secrets that have no value yet.
pub(super) fn credentials(section: &mut impl Section, folder: Option<&Path>) -> Result<(), ConfigError> {
    let Some(folder) = folder else { return Ok(()) };
    for Secret { name, value, .. } in section.secrets() {
        let path = folder.join(name);
        if value.is_none() && path.exists() {
            *value = Some(read(name, &path)?);
        }
    }
    Ok(())
}

/// The text of a file, without the line end that editors add.
pub(crate) fn read(name: &str, path: &Path) -> Result<String, ConfigError> {
    let failed = |why: &str| ConfigError(format!("{name}: the file {} {why}", path.display()));
    let unreadable = |error: io::Error| failed(&format!("cannot be read: {error}"));
    if fs::metadata(path).map_err(unreadable)?.len() > MOST {
        return Err(failed("is larger than any secret"));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(failed("is empty")),
        text if text.contains(char::is_control) => Err(failed("has more than one line")),
        text => Ok(text.to_owned()),
    }
}

//! Where an installation is kept: its folder, its database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Config, ConfigError, Database};

/// Where things are kept: what every command that opens the database needs.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// Folder of this installation: database, secret and `stafette.toml`. It is made if absent. Default `data`.
    #[arg(long, value_name = "DIR", env = "STAFETTE_DATA")]
    pub data: Option<PathBuf>,
    /// The database.
    #[command(flatten)]
    pub database: Database,
}

impl Place {
    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new("data"))
    }

    /// The same with what `stafette.toml` adds.
    pub fn load(self) -> Result<Self, ConfigError> {
        Ok(Config { place: self, ..Config::default() }.load()?.place)
    }

    /// Where the database is.
    pub fn database_url(&self) -> String {
        self.database.database_url.clone().unwrap_or_else(|| Self::url_of(&self.folder().join("stafette.db")))
    }

    /// The URL of the database without a pooler.
    pub fn direct_url(&self) -> String {
        self.database.database_direct_url.clone().unwrap_or_else(|| self.database_url())
    }

    /// A path as a URL, with its special characters encoded.
    pub fn url_of(path: &Path) -> String {
        let text = path.to_string_lossy().replace('%', "%25").replace('?', "%3F");
        match path.is_absolute() {
            true => format!("sqlite:/{}", text.trim_start_matches('/')),
            false => format!("sqlite:./{text}"),
        }
    }

    /// SQLite's file; none for another database.
    pub fn database_file(&self) -> Option<PathBuf> {
        match &self.database.database_url {
            None => Some(self.folder().join("stafette.db")),
            Some(url) => file(url),
        }
    }
}

/// The file of a URL. There a % is written as %25, and a ? as %3F.
fn file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    if path == ":memory:" || options.split('&').any(|option| option == "mode=memory") {
        return None;
    }
    let (mut bytes, mut left) = (Vec::new(), path.as_bytes());
    while let Some((&first, tail)) = left.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(first));
        left = if byte.is_some() { &tail[2..] } else { tail };
    }
    Some(PathBuf::from(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_may_have_any_name() {
        for name in ["data", "%20", "what?x=1", "a#b", "50%", "file:x", "sqlite:", "ü ö", "//tmp//x", "/abs/%41"] {
            let place = Place { data: Some(name.into()), ..Place::default() };
            let file = place.database_file().unwrap();
            assert_eq!(file, Path::new(name).join("stafette.db"));
            let named = Place {
                database: Database { database_url: Some(place.database_url()), ..Database::default() },
                ..Place::default()
            };
            let same = |path: &Path| path.components().filter(|part| part.as_os_str() != ".").collect::<PathBuf>();
            assert_eq!(same(&named.database_file().unwrap()), same(&file), "{name}");
        }
        assert_eq!(file("postgres://db/x"), None);
        assert_eq!(file("sqlite::memory:"), None);
    }
}

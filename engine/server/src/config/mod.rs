//! Options of the program `stafette`: flags over environment over `stafette.toml` in the data folder.
//!
//! One name everywhere: `--rate-limit`, `STAFETTE_RATE_LIMIT` and `rate_limit = …`. One section per file;
//! each field's comment says default, unit and special value, and is what `--help` prints.

mod database;
mod http;
mod ingest;
mod log;
mod mail;
mod work;

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser};
use figment::{
    Figment, Provider,
    providers::{Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

pub use database::Database;
pub use http::Http;
pub use ingest::{Ingest, UnknownEvents};
pub use log::{Log, LogFormat};
pub use mail::Mail;
pub use work::{Role, Work};

/// The file of options in the data folder.
const FILE: &str = "stafette.toml";

/// All options of a server. What is `None` has its default.
#[derive(Args, Clone, Debug, Default)]
pub struct Config {
    /// Where things are kept.
    #[command(flatten)]
    pub place: Place,
    /// How the server is reached.
    #[command(flatten)]
    pub http: Http,
    /// What comes in.
    #[command(flatten)]
    pub ingest: Ingest,
    /// How mail goes out.
    #[command(flatten)]
    pub mail: Mail,
    /// Which work this process does, and for how long its results are kept.
    #[command(flatten)]
    pub work: Work,
    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}

/// Where things are kept: what every command that opens the database needs.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// Folder of this installation: database, secret and `stafette.toml`; made if absent. Default `data`.
    #[arg(long, value_name = "DIR", env = "STAFETTE_DATA")]
    pub data: Option<PathBuf>,
    /// The database.
    #[command(flatten)]
    pub database: Database,
}

/// Why the options cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

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
        let default = || format!("sqlite:{}", self.folder().join("stafette.db").display());
        self.database.database_url.clone().unwrap_or_else(default)
    }
}

impl Config {
    /// The same with what `stafette.toml` adds; flags and environment, which are here already, win.
    pub fn load(self) -> Result<Self, ConfigError> {
        let file = self.place.folder().join(FILE);
        let mut toml = Figment::new();
        if file.exists() {
            toml = toml.merge(Toml::file_exact(&file));
            known(&toml, &file)?;
        }
        Ok(Self {
            place: Place { database: layer(&toml, &self.place.database)?, data: self.place.data },
            http: layer(&toml, &self.http)?,
            ingest: layer(&toml, &self.ingest)?,
            mail: layer(&toml, &self.mail)?,
            work: layer(&toml, &self.work)?,
            log: layer(&toml, &self.log)?,
        })
    }
}

/// One section: the file below, flags and environment above.
fn layer<T: Serialize + for<'de> Deserialize<'de>>(toml: &Figment, flags: &T) -> Result<T, ConfigError> {
    let mut errors = match toml.clone().merge(Serialized::defaults(flags)).extract() {
        Ok(section) => return Ok(section),
        Err(errors) => errors.into_iter(),
    };
    let first = errors.next().map_or_else(|| "the options cannot be read".into(), |error| error.to_string());
    Err(ConfigError(first))
}

/// Refuses keys that no option has, with the nearest one that there is.
fn known(toml: &Figment, file: &Path) -> Result<(), ConfigError> {
    #[derive(Parser)]
    struct All {
        #[command(flatten)]
        _config: Config,
    }

    let command = All::command();
    let names: Vec<_> = command.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    let values = toml.data().map_err(|error| ConfigError(format!("{}: {error}", file.display())))?;
    for key in values.values().flat_map(|section| section.keys()) {
        if key == "data" || !names.contains(&key.as_str()) {
            let mut options: Vec<_> = names.iter().copied().filter(|name| !["data", "help"].contains(name)).collect();
            options.sort_unstable();
            let message = format!("{}: unknown option \"{key}\"; there are {}", file.display(), options.join(", "));
            return Err(ConfigError(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    fn load(toml: &str, flags: &[&str]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), toml).unwrap();
        let data = folder.path().to_str().unwrap();
        let flags = ["stafette", "--data", data].into_iter().chain(flags.iter().copied());
        Cli::try_parse_from(flags).unwrap().config.load()
    }

    #[test]
    fn flags_win_over_the_file() {
        let config = load("rate_limit = 5\nlisten = \"127.0.0.1:1\"", &["--rate-limit", "7"]).unwrap();
        assert_eq!((config.ingest.rate_limit(), config.http.listen()), (7, "127.0.0.1:1"));
        assert_eq!(load("", &[]).unwrap().ingest.rate_limit(), 6_000);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = load("rate_limt = 5", &[]).unwrap_err().to_string();
        assert!(error.contains("unknown option \"rate_limt\"") && error.contains("rate_limit"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_named() {
        let error = load("rate_limit = \"many\"", &[]).unwrap_err().to_string();
        assert!(error.contains("rate_limit"), "{error}");
        assert!(load("rate_limit = = 1", &[]).is_err());
    }

    #[test]
    fn every_option_comes_from_the_environment_too() {
        use clap::CommandFactory;
        for argument in Cli::command().get_arguments().filter(|argument| argument.get_id() != "help") {
            let expected = format!("STAFETTE_{}", argument.get_id().as_str().to_uppercase());
            assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
            assert!(argument.get_help().is_some_and(|help| help.to_string().len() > 20), "{expected} has no help");
        }
    }
}

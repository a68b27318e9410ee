//! Options of the program `stafette`: flags over environment over `stafette.toml` in the data folder.
//!
//! Each option has one name: `--rate-limit`, `STAFETTE_RATE_LIMIT` and `rate_limit = …`. There is one file per section.
//! A field's comment says default, unit and special value, and `--help` prints it. A secret may stand in a file of its
//! own: `smtp_file` beside `smtp`, or the credential `smtp` of systemd.

mod calls;
mod database;
mod http;
mod ingest;
mod log;
mod mail;
mod place;
mod proxies;
mod secret;
mod work;
mod wrong;

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser};
use figment::{
    Figment, Provider,
    providers::{Format, Serialized, Toml},
};

pub use calls::Calls;
pub use database::{Database, Pooling};
pub use http::Http;
pub use ingest::{Ingest, UnknownEvents};
pub use log::{Log, LogFormat};
pub use mail::Mail;
pub use place::Place;
pub use proxies::Proxies;
pub(crate) use secret::read as read_secret;
use secret::{Secret, Section};
pub use work::{MigrateRule, Role, Work};

/// The file of options in the data folder.
const FILE: &str = "stafette.toml";

/// All options of a server. `None` means the default.
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
    /// How other people's servers are called.
    #[command(flatten)]
    pub calls: Calls,
    /// Which work this process does, and for how long its results are kept.
    #[command(flatten)]
    pub work: Work,
    /// What is logged.
    #[command(flatten)]
    pub log: Log,
}

/// Why the options cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Section for Http {
    fn secrets(&mut self) -> Vec<Secret<'_>> {
        vec![
            Secret { name: "secret", value: &mut self.secret, file: &mut self.secret_file },
            Secret { name: "seal_key", value: &mut self.seal_key, file: &mut self.seal_key_file },
        ]
    }
}

impl Section for Mail {
    fn secrets(&mut self) -> Vec<Secret<'_>> {
        vec![
            Secret { name: "smtp", value: &mut self.smtp, file: &mut self.smtp_file },
            Secret { name: "smtp_marketing", value: &mut self.smtp_marketing, file: &mut self.smtp_marketing_file },
        ]
    }
}

impl Section for Database {
    fn secrets(&mut self) -> Vec<Secret<'_>> {
        vec![
            Secret { name: "database_url", value: &mut self.database_url, file: &mut self.database_url_file },
            Secret {
                name: "database_direct_url",
                value: &mut self.database_direct_url,
                file: &mut self.database_direct_url_file,
            },
            Secret {
                name: "database_replica_url",
                value: &mut self.database_replica_url,
                file: &mut self.database_replica_url_file,
            },
        ]
    }
}

impl Section for Calls {}
impl Section for Ingest {}
impl Section for Work {}
impl Section for Log {}

impl Config {
    /// Adds the options of `stafette.toml`. Flags and environment, which are here already, win. Secrets in files are
    /// read.
    pub fn load(self) -> Result<Self, ConfigError> {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        self.load_with(credentials.as_deref())
    }

    fn load_with(self, credentials: Option<&Path>) -> Result<Self, ConfigError> {
        let file = self.place.folder().join(FILE);
        let mut toml = Figment::new();
        if file.exists() {
            toml = toml.merge(Toml::file_exact(&file));
            known(&toml, &file)?;
        }
        let layers = Layers { toml, file, credentials };
        Ok(Self {
            place: Place { database: layers.section(&self.place.database)?, data: self.place.data },
            http: layers.section(&self.http)?,
            ingest: layers.section(&self.ingest)?,
            mail: layers.section(&self.mail)?,
            calls: layers.section(&self.calls)?,
            work: layers.section(&self.work)?,
            log: layers.section(&self.log)?,
        })
    }
}

/// The layers below flags and environment.
struct Layers<'a> {
    toml: Figment,
    file: PathBuf,
    credentials: Option<&'a Path>,
}

impl Layers<'_> {
    /// One section: credentials at the bottom, the file above, flags and environment on top.
    fn section<T: Section>(&self, flags: &T) -> Result<T, ConfigError> {
        let wrong = |error| wrong::explain(error, &self.toml, &self.file);
        let mut below: T = self.toml.extract().map_err(wrong)?;
        let mut above = flags.clone();
        secret::reveal(&mut below)?;
        secret::reveal(&mut above)?;
        let merged = Figment::from(Serialized::defaults(&below)).merge(Serialized::defaults(&above));
        let mut section: T = merged.extract().map_err(wrong)?;
        secret::credentials(&mut section, self.credentials)?;
        Ok(section)
    }
}

/// Refuses unknown keys, and names the nearest option.
fn known(toml: &Figment, file: &Path) -> Result<(), ConfigError> {
    #[derive(Parser)]
    struct All {
        #[command(flatten)]
        _config: Config,
    }

    let command = All::command();
    let names: Vec<_> = command.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    let values = toml.data().map_err(|error| wrong::explain(error, toml, file))?;
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

    /// `UPDATE=1 cargo test -p server --lib the_guide` writes the table again.
    #[test]
    fn the_guide_names_every_option() {
        use std::fmt::Write;

        const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md");
        let mut table = "| option | what it is |\n|---|---|\n".to_owned();
        for argument in Cli::command().get_arguments().filter(|argument| argument.get_id() != "help") {
            let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
            let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
            writeln!(table, "| `{}` | {help} |", argument.get_id()).unwrap();
        }
        let text = std::fs::read_to_string(GUIDE).unwrap();
        let (head, rest) = text.split_once("<!-- options -->\n").unwrap();
        let (there, tail) = rest.split_once("<!-- /options -->").unwrap();
        if std::env::var_os("UPDATE").is_some() {
            let new = format!("{head}<!-- options -->\n{table}<!-- /options -->{tail}");
            return std::fs::write(GUIDE, new).unwrap();
        }
        assert!(there == table, "docs/operating.md is behind: UPDATE=1 cargo test -p server --lib the_guide");
    }

    #[test]
    fn flags_win_over_the_file() {
        let config = load("rate_limit = 5\nlisten = \"127.0.0.1:1\"", &["--rate-limit", "7"]).unwrap();
        assert_eq!((config.ingest.rate_limit(), config.http.listen()), (7, "127.0.0.1:1"));
        assert_eq!(load("", &[]).unwrap().ingest.rate_limit(), 6_000);
    }

    #[test]
    fn budgets_have_defaults_and_options() {
        let budgets = |flags: &[&str]| {
            let Config { http, ingest, .. } = load("", flags).unwrap();
            let times = [http.header_timeout(), http.body_timeout(), http.write_timeout()];
            let connected =
                [http.connections(), http.connections_per_address(), http.listeners().0, http.listeners().1];
            let bytes = [http.body_memory(), ingest.max_contact(), ingest.max_event(), ingest.max_batch()];
            (times.map(|time| time.as_secs()), connected, bytes)
        };
        assert_eq!(budgets(&[]), ([10, 60, 30], [1_024, 64, 256, 8], [64 << 20, 512 << 10, 1 << 20, 64 << 20]));
        let set = "--header-timeout 1s --body-timeout 2s --write-timeout 3s --connections 4 --connections-per-address 5 \
                   --listeners 6 --listeners-per-session 7 --body-memory 32 --max-contact 9 --max-event 10 --max-batch 11";
        let set: Vec<_> = set.split_whitespace().collect();
        assert_eq!(budgets(&set), ([1, 2, 3], [4, 5, 6, 7], [32 << 20, 9 << 10, 10 << 10, 11 << 20]));
    }

    #[test]
    fn a_stop_takes_twenty_seconds_unless_said_otherwise() {
        let stop = |flags: &[&str]| {
            let work = load("", flags).unwrap().work;
            [work.drain(), work.notice()].map(|time| time.as_secs())
        };
        assert_eq!((stop(&[]), stop(&["--drain", "30s", "--notice", "2s"])), ([20, 1], [30, 2]));
    }

    #[test]
    fn proxies_are_counted_and_yes_is_one() {
        for (toml, flags, proxies) in [
            ("", &[][..], 0),
            ("", &["--trust-forwarded"], 1),
            ("", &["--trust-forwarded", "--listen", "a:1"], 1),
            ("", &["--trust-forwarded", "2"], 2),
            ("", &["--trust-forwarded=true"], 1),
            ("trust_forwarded = true", &[], 1),
            ("trust_forwarded = false", &[], 0),
            ("trust_forwarded = 3", &[], 3),
            ("trust_forwarded = 3", &["--trust-forwarded"], 1),
            ("trust_forwarded = 3", &["--trust-forwarded=0"], 0),
        ] {
            assert_eq!(load(toml, flags).unwrap().http.proxies(), proxies, "{toml} {flags:?}");
        }
        for toml in ["trust_forwarded = 17", "trust_forwarded = -1", "trust_forwarded = \"all\""] {
            let error = load(toml, &[]).unwrap_err().to_string();
            assert!(
                error.ends_with("trust_forwarded: expected a number of proxies from 0 to 16, or true or false"),
                "{error}"
            );
        }
        assert!(Cli::try_parse_from(["stafette", "--trust-forwarded", "all"]).is_err());
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
    fn a_mistake_tells_no_secret() {
        for toml in [
            "smtp = \"smtp://shop:hunter2@relay\nlisten = 1",
            "smtp = \"smtp://shop:hunter2@relay\" oops",
            "smtp = smtp://shop:hunter2@relay",
            "rate_limit = \"hunter2\"",
            "smtp = [\"hunter2\"]",
            "unknown_events = \"hunter2\"",
            "keep_trace = \"hunter2\"",
            "roles = \"hunter2\"",
            "secret = 72757465723200000000000000000000000000hunter2",
        ] {
            let error = load(toml, &[]).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && error.contains("stafette.toml: "), "{toml}: {error}");
        }
        let error = load("listen = \"a\"\nsmtp = \"smtp://shop:hunter2@relay\" oops", &[]).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn secrets_stand_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (one, two) = (file("one", "smtp://shop:hunter2@relay\n"), file("two", "smtp://two"));
        let toml = format!("smtp_file = {one:?}");
        let smtp = |toml: &str, flags: &[&str]| load(toml, flags).unwrap().mail.smtp.unwrap();
        assert_eq!(smtp(&toml, &[]), "smtp://shop:hunter2@relay");
        assert_eq!(smtp("", &["--smtp-file", &one]), "smtp://shop:hunter2@relay");
        // The layer above wins, in either form.
        assert_eq!(smtp(&toml, &["--smtp", "smtp://flag"]), "smtp://flag");
        assert_eq!(smtp("smtp = \"smtp://below\"", &["--smtp-file", &two]), "smtp://two");
        let both = load("", &["--smtp", "smtp://a", "--smtp-file", &two]).unwrap_err().to_string();
        assert!(both.contains("both given"), "{both}");
        for (name, text, why) in [("empty", "\n", "empty"), ("lines", "hunter2\nb", "one line"), ("no", "", "")] {
            let path = if name == "no" { "/no/such/file".into() } else { file(name, text) };
            let error = load("", &["--secret-file", &path]).unwrap_err().to_string();
            assert!(error.contains("secret: the file") && error.contains(why), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let database = load("", &["--database-url-file", &file("url", "postgres://db/x")]).unwrap();
        assert_eq!(database.place.database_url(), "postgres://db/x");
    }

    #[test]
    fn credentials_come_last() {
        let (data, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(credentials.path().join("smtp"), "smtp://credential\n").unwrap();
        std::fs::write(credentials.path().join("secret"), "5afe".repeat(16)).unwrap();
        let data = data.path().to_str().unwrap();
        let load = |flags: &[&str]| {
            let flags = ["stafette", "--data", data].into_iter().chain(flags.iter().copied());
            Cli::try_parse_from(flags).unwrap().config.load_with(Some(credentials.path())).unwrap()
        };
        let config = load(&[]);
        assert_eq!(config.mail.smtp.as_deref(), Some("smtp://credential"));
        assert_eq!(config.http.secret, Some("5afe".repeat(16)));
        assert_eq!(load(&["--smtp", "smtp://flag"]).mail.smtp.as_deref(), Some("smtp://flag"));
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

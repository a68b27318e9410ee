//! `stafette doctor`.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, process::Command, time::Duration};

use clap::Args;
use mail::SmtpConfig;
use runner::Clock;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::{Done, Failure, print};
use crate::{
    config::{Config, ConfigError},
    folder,
};

/// Look for what would keep a server with these options from working, and say what to do. Exit 1 on a problem.
#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    config: Config,
}

/// One thing that was looked at: what was seen, or what is wrong and the remedy.
type Finding = Result<String, (String, String)>;

/// How long another machine may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Less free space than this is a problem, in MB.
const FREE: u64 = 500;

impl Doctor {
    pub(super) async fn run(self) -> Done {
        let config = match self.config.load() {
            Ok(config) => config,
            Err(ConfigError(why)) => return Err(Failure(why)),
        };
        let findings = [
            ("data folder", data(&config)),
            ("disk", disk(&config)),
            ("server", running(&config)),
            ("database", database(&config).await),
            ("smtp", smtp(&config).await),
            ("clock", clock()),
        ];
        let mut problems = 0;
        for (what, finding) in findings {
            match finding {
                Ok(seen) => print(&format!("ok       {what}: {seen}"))?,
                Err((wrong, remedy)) => {
                    problems += 1;
                    print(&format!("problem  {what}: {wrong}\n         {remedy}"))?;
                }
            }
        }
        if problems == 0 { Ok(()) } else { Err(Failure(String::new())) }
    }
}

fn problem<T>(wrong: impl Into<String>, remedy: impl Into<String>) -> Result<T, (String, String)> {
    Err((wrong.into(), remedy.into()))
}

fn data(config: &Config) -> Finding {
    let path = config.place.folder();
    if let Err(ConfigError(why)) = folder::make(path) {
        return problem(why, "Make the folder, or name another with --data.");
    }
    let probe = path.join(".probe");
    if let Err(error) = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)) {
        return problem(
            format!("{} cannot be written to: {error}", path.display()),
            "Give the folder to the user that runs Stafette: chown -R.",
        );
    }
    let mode = fs::metadata(path).map(|meta| meta.permissions().mode() & 0o777).unwrap_or_default();
    if mode & 0o007 != 0 {
        let remedy = format!("It holds contacts and the secret: chmod 700 {}", path.display());
        return problem(format!("{} is open to everybody (mode {mode:o})", path.display()), remedy);
    }
    Ok(format!("{} can be written to", path.display()))
}

fn disk(config: &Config) -> Finding {
    // df is on every machine, and the standard library cannot ask.
    let out = Command::new("df").arg("-Pk").arg(config.place.folder()).output();
    let text = out.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    let free =
        text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)).and_then(|kb| kb.parse::<u64>().ok());
    match free.map(|kb| kb / 1_024) {
        None => Ok("not known: df does not answer".into()),
        Some(mb) if mb < FREE => problem(format!("{mb} MB are free"), "Make room, or move the data folder."),
        Some(mb) => Ok(format!("{mb} MB are free")),
    }
}

fn running(config: &Config) -> Finding {
    if folder::is_file(&config.place) && folder::lock(config.place.folder()).is_err() {
        return Ok(format!("one runs on {} already", config.place.folder().display()));
    }
    match TcpListener::bind(config.http.listen()) {
        Ok(_) => Ok(format!("{} is free", config.http.listen())),
        Err(error) => problem(
            format!("{} cannot be listened on: {error}", config.http.listen()),
            "Stop what listens there, or name another address with --listen.",
        ),
    }
}

async fn database(config: &Config) -> Finding {
    // The URL may hold a password, so it is not printed.
    match crate::open(&config.place).await {
        Ok(store) => {
            let pinged = store.ping().await;
            let dialect = store.dialect();
            store.close().await;
            match pinged {
                Ok(()) => Ok(format!("{dialect:?} answers, and its tables are up to date")),
                Err(error) => problem(error.to_string(), "See whether the database server is well."),
            }
        }
        Err(error) => problem(
            error.to_string(),
            "Check --database-url, that the server runs, and that the user may make tables there.",
        ),
    }
}

async fn smtp(config: &Config) -> Finding {
    let Some(url) = &config.mail.smtp else { return Ok("none; mail goes to the built-in inbox".into()) };
    let remedy = "Check --smtp, and that this machine may reach the relay.";
    let relay = match SmtpConfig::parse(url) {
        Ok(relay) => relay,
        Err(error) => return problem(error.to_string(), remedy),
    };
    let place = format!("{}:{}", relay.host, relay.port);
    if relay.tls == mail::Tls::Implicit {
        // Its greeting comes only inside TLS: an open port is what can be seen from here.
        return match timeout(PATIENCE, TcpStream::connect(&place)).await {
            Ok(Ok(_)) => Ok(format!("{place} takes connections")),
            Ok(Err(error)) => problem(format!("{place}: {error}"), remedy),
            Err(_) => problem(format!("{place} does not answer"), remedy),
        };
    }
    match timeout(PATIENCE, ehlo(&place, &relay.hello)).await {
        Ok(Ok(greeting)) => Ok(format!("{place} answers: {greeting}")),
        Ok(Err(why)) => problem(format!("{place}: {why}"), remedy),
        Err(_) => problem(format!("{place} does not answer"), remedy),
    }
}

/// Says EHLO and QUIT; gives the greeting.
async fn ehlo(place: &str, hello: &str) -> Result<String, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut stream = BufReader::new(TcpStream::connect(place).await.map_err(text)?);
    let mut greeting = String::new();
    stream.read_line(&mut greeting).await.map_err(text)?;
    stream.write_all(format!("EHLO {hello}\r\n").as_bytes()).await.map_err(text)?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await.map_err(text)?;
    // A relay that hangs up first has said all that was asked.
    let _ = stream.write_all(b"QUIT\r\n").await;
    match (greeting.starts_with("220"), answer.starts_with("250")) {
        (true, true) => Ok(greeting.trim().into()),
        (true, false) => Err(answer.trim().into()),
        _ => Err(greeting.trim().into()),
    }
}

fn clock() -> Finding {
    let now = Clock::system().now();
    // This program cannot have been built after it runs.
    let built = fs::metadata(std::env::current_exe().unwrap_or_default()).and_then(|meta| meta.modified());
    match built {
        Ok(built) if chrono::DateTime::<chrono::Utc>::from(built) > now + chrono::TimeDelta::days(1) => problem(
            format!("this machine says {now}, which is before Stafette was installed"),
            "Set the clock, best by NTP: waits end by it.",
        ),
        _ => Ok(now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    }
}

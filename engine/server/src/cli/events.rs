//! `stafette events send`.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
    time::Duration,
};

use api::{events::Receipt, problem::ProblemDetails};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Done, Failure, print, say};
use crate::config::read_secret;

/// Report events to a running server.
#[derive(Subcommand)]
pub(super) enum Events {
    /// Send the events of a file, up to 1,000 in a request.
    Send(Send),
}

/// What to send where.
#[derive(Args)]
pub(super) struct Send {
    /// Events as the API takes them: a JSON array, one object, or one JSON object per line. `-` is the standard input.
    file: PathBuf,
    /// The server.
    #[arg(long, value_name = "URL", env = "STAFETTE_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An API key with the scope events:write.
    #[arg(
        long,
        value_name = "KEY",
        env = "STAFETTE_KEY",
        hide_env_values = true,
        required_unless_present = "key_file"
    )]
    key: Option<String>,
    /// File that holds the key, instead of `--key`.
    #[arg(long, value_name = "FILE", env = "STAFETTE_KEY_FILE")]
    key_file: Option<PathBuf>,
}

impl Events {
    pub(super) fn run(self) -> Done {
        match self {
            Self::Send(command) => command.run(),
        }
    }
}

impl Send {
    fn run(self) -> Done {
        let mut text = String::new();
        if self.file.as_os_str() == "-" {
            io::stdin().read_to_string(&mut text)?;
        } else {
            text =
                fs::read_to_string(&self.file).map_err(|error| Failure(format!("{}: {error}", self.file.display())))?;
        }
        let events = read(&text).map_err(|error| Failure(format!("{}: {error}", self.file.display())))?;
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .into();
        let key = match (&self.key, &self.key_file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => read_secret("key", file)?,
            (None, None) => return Err(Failure("--key is missing".into())),
        };
        let (mut accepted, mut rejected) = (0, 0);
        for batch in events.chunks(1_000) {
            let receipt = self.post(&agent, &key, batch)?;
            accepted += receipt.accepted;
            rejected += receipt.rejected;
            for (at, result) in receipt.results.iter().enumerate() {
                if let api::events::EventResult::Rejected { code, field, detail } = result {
                    say(&format!("[{at}] {field}: {code}: {detail}"));
                }
            }
        }
        print(&format!("{accepted} accepted, {rejected} rejected"))?;
        if rejected == 0 { Ok(()) } else { Err(Failure(String::new())) }
    }

    fn post(&self, agent: &ureq::Agent, key: &str, batch: &[Value]) -> Result<Receipt, Failure> {
        let url = format!("{}{}", self.url.trim_end_matches('/'), api::path::EVENTS);
        let mut response = agent.post(&url).header("authorization", format!("Bearer {key}")).send_json(batch)?;
        if response.status().is_success() {
            return Ok(response.body_mut().read_json()?);
        }
        let problem: ProblemDetails = response.body_mut().read_json()?;
        for error in &problem.errors {
            say(&format!("{}: {}: {}", error.field, error.code, error.detail));
        }
        Err(Failure(format!("{} {}: {}", problem.status, problem.code, problem.detail)))
    }
}

fn read(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    let values: Vec<Value> = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?;
    let flat = values.into_iter().flat_map(|value| match value {
        Value::Array(items) => items,
        item => vec![item],
    });
    Ok(flat.collect())
}

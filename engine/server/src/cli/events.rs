//! `stafette events send`.

use std::{
    fmt, fs,
    io::{self, Read},
    ops::Range,
    path::PathBuf,
    time::Duration,
};

use api::{
    events::{EventResult, Receipt},
    problem::ProblemDetails,
};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Done, Failure, print, say};
use crate::config::read_secret;

/// The most events of a request.
const MOST: usize = 1_000;
/// The most bytes of a request; the server takes a little more.
const MOST_BYTES: usize = 14 << 20;

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
        let mut sent = Sent::default();
        for batch in batches(&events) {
            // What went before is stored, whatever becomes of the rest.
            if let Err(Failure(why)) = self.post((&agent, &key), &events[batch.clone()], batch.start, &mut sent) {
                print(&sent.to_string())?;
                let rest = format!("the events from [{}] on were not sent", batch.start);
                return Err(Failure(format!("{why}; {rest}; with ids all of them may be sent again")));
            }
        }
        print(&sent.to_string())?;
        if sent.rejected == 0 { Ok(()) } else { Err(Failure(String::new())) }
    }

    /// One request, whose first event stands at this place in the file: so are all places told.
    fn post(&self, (agent, key): (&ureq::Agent, &str), batch: &[Value], first: usize, sent: &mut Sent) -> Done {
        let url = format!("{}{}", self.url.trim_end_matches('/'), api::path::EVENTS);
        let mut response = agent.post(&url).header("authorization", format!("Bearer {key}")).send_json(batch)?;
        if response.status().is_success() {
            let receipt: Receipt = response.body_mut().read_json()?;
            for (at, result) in receipt.results.iter().enumerate() {
                match result {
                    EventResult::Accepted { .. } => sent.accepted += 1,
                    EventResult::Duplicate { .. } => sent.duplicates += 1,
                    EventResult::Rejected { code, field, detail } => {
                        sent.rejected += 1;
                        say(&format!("[{}] {field}: {code}: {detail}", first + at));
                    }
                }
            }
            return Ok(());
        }
        let problem: ProblemDetails = response.body_mut().read_json()?;
        for error in &problem.errors {
            say(&format!("{}: {}: {}", in_file(&error.field, first), error.code, error.detail));
        }
        // Every event of the request was wrong; those of the next one may be right.
        if problem.status == 422 && !problem.errors.is_empty() {
            sent.rejected += batch.len();
            return Ok(());
        }
        Err(Failure(format!("{} {}: {}", problem.status, problem.code, problem.detail)))
    }
}

/// What became of the events so far.
#[derive(Default)]
struct Sent {
    accepted: usize,
    duplicates: usize,
    rejected: usize,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, duplicates, rejected } = self;
        match duplicates {
            0 => write!(f, "{accepted} accepted, {rejected} rejected"),
            1 => write!(f, "{accepted} accepted, 1 duplicate, {rejected} rejected"),
            n => write!(f, "{accepted} accepted, {n} duplicates, {rejected} rejected"),
        }
    }
}

/// The place in the file of what is `[at]` or `[at].field` in a request that begins with this event.
fn in_file(field: &str, first: usize) -> String {
    let place = field.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match place.and_then(|(at, rest)| Some((at.parse::<usize>().ok()?, rest))) {
        Some((at, rest)) => format!("[{}]{rest}", first + at),
        None => field.to_owned(),
    }
}

/// Requests that the server takes: so many events and bytes at most. A larger event goes alone, and is refused there.
fn batches(events: &[Value]) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (at, event) in events.iter().enumerate() {
        let size = event.to_string().len() + 1;
        bytes += size;
        match batches.last_mut() {
            Some(last) if last.len() < MOST && bytes <= MOST_BYTES => last.end = at + 1,
            _ => {
                batches.push(at..at + 1);
                bytes = size;
            }
        }
    }
    batches
}

fn read(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    let values: Vec<Value> = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?;
    let flat = values.into_iter().flat_map(|value| match value {
        Value::Array(items) => items,
        item => vec![item],
    });
    Ok(flat.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_as_large_as_the_server_takes() {
        let small = vec![Value::from(1); 2_001];
        assert_eq!(batches(&small), [0..1_000, 1_000..2_000, 2_000..2_001]);
        let large: Vec<_> = [6, 6, 6, 20, 1].map(|mib| Value::from("x".repeat(mib << 20))).into();
        assert_eq!(batches(&large), [0..2, 2..3, 3..4, 4..5]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn places_are_those_of_the_file() {
        for (field, expected) in
            [("[500].contact", "[1500].contact"), ("[0]", "[1000]"), ("contact", "contact"), ("[x]", "[x]"), ("", "")]
        {
            assert_eq!(in_file(field, 1_000), expected);
        }
    }
}

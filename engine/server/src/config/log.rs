//! What is logged.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// Form and amount of the log, which goes to the standard error.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Log {
    /// Form of an entry: `text`, one line for people, or `json`, one object for machines. Default text.
    #[arg(long, value_name = "FORMAT", env = "STAFETTE_LOG_FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,
    /// What is logged: a level, or levels by part such as `info,server=debug`. Default info, warn for other libraries.
    #[arg(long, value_name = "FILTER", env = "STAFETTE_LOG")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// Form of a log entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One line for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// The standard error. If its reader is gone, or its disk is full, work goes on.
struct Unheard;

impl Write for Unheard {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(entry);
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Starts logging. A second call changes nothing.
    pub fn start(&self) {
        use tracing_subscriber::{EnvFilter, fmt};

        let filter = self.log.as_deref().unwrap_or("warn,server=info,runner=info,store=info,mail=info,stafette=info");
        let builder = fmt().with_env_filter(EnvFilter::new(filter)).with_writer(|| Unheard).log_internal_errors(false);
        let started = match self.log_format.unwrap_or_default() {
            LogFormat::Text => {
                let colour = io::IsTerminal::is_terminal(&io::stderr());
                builder.compact().with_ansi(colour).try_init()
            }
            LogFormat::Json => builder.json().flatten_event(true).try_init(),
        };
        // A test process starts many servers. All of them log as the first one does.
        drop(started);
    }
}

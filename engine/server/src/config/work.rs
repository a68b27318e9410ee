//! Which work this process does, and for how long its results are kept.

use std::time::Duration;

use clap::{Args, ValueEnum};
use program::Period;
use runner::press::Means;
use serde::{Deserialize, Serialize};

use super::http::is_false;

/// Roles, trial settings and retention.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Work {
    /// What this process does, separated by commas: api answers HTTP, runner moves tokens, dispatcher hands mail over,
    /// duties rescues and prunes. Health and metrics are always answered. Default: all four.
    #[arg(long, value_name = "ROLES", env = "STAFETTE_ROLES", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "roles")]
    pub roles: Option<Vec<Role>>,
    /// Trial only: waits pass this many times faster. Default 1.
    #[arg(long, value_name = "N", env = "STAFETTE_TIME_SCALE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_scale: Option<f64>,
    /// What happens if the database lacks migrations of this build: `run` makes them at the start, `expect` refuses to
    /// start and names the remedy, `stafette migrate`. Default run.
    #[arg(long, value_name = "RULE", env = "STAFETTE_MIGRATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrate: Option<MigrateRule>,
    /// Import and publish the example program if there is no program yet. Default no.
    #[arg(long, env = "STAFETTE_EXAMPLE")]
    #[serde(skip_serializing_if = "is_false")]
    pub example: bool,
    /// How long a stop may take, counted from SIGTERM. Running work may end in this time. What takes longer is cut off.
    /// Keep it below the grace time of whoever sends the signal. Default 20s.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_DRAIN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain: Option<Period>,
    /// How long a node still takes requests after SIGTERM, while /readyz says that it is leaving. Choose what a load
    /// balancer needs to see it. It is part of the drain, at most half of it. Default 1s.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_NOTICE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Period>,
    /// How long finished tokens and their trace are kept, such as 90d. A token stays as long as one of its messages.
    /// Default 365d.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_KEEP_TRACE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_trace: Option<Period>,
    /// How long events are kept. Conditions cannot count older ones. Default 730d.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_KEEP_EVENTS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_events: Option<Period>,
    /// How long messages that were sent, blocked or refused are kept. Default 365d.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_KEEP_MESSAGES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_messages: Option<Period>,
    /// How long mails in the built-in inbox are kept. Default 30d.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_KEEP_INBOX")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_inbox: Option<Period>,
    /// How long the list of who changed what is kept. Default 400d.
    #[arg(long, value_name = "PERIOD", env = "STAFETTE_KEEP_AUDIT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_audit: Option<Period>,
    /// Where templates are rendered. This is no option: tests set it, because a test is no program that can start
    /// itself again.
    #[arg(skip)]
    #[serde(skip)]
    pub renderer: Means,
}

/// What becomes of a database that lacks migrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrateRule {
    /// They are made at the start.
    #[default]
    Run,
    /// The server does not start.
    Expect,
}

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers HTTP.
    Api,
    /// Moves tokens.
    Runner,
    /// Hands mail over.
    Dispatcher,
    /// Rescues and prunes.
    Duties,
}

impl Role {
    /// Its name, as options say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Runner => "runner",
            Self::Dispatcher => "dispatcher",
            Self::Duties => "duties",
        }
    }
}

impl Work {
    /// Whether this process has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.as_ref().is_none_or(|roles| roles.contains(&role))
    }

    /// The roles of this process, by name.
    pub fn role_names(&self) -> Vec<&'static str> {
        let all = [Role::Api, Role::Runner, Role::Dispatcher, Role::Duties];
        all.into_iter().filter(|role| self.has(*role)).map(Role::name).collect()
    }

    /// How many times faster waits pass.
    pub fn time_scale(&self) -> f64 {
        self.time_scale.unwrap_or(1.0)
    }

    /// How long a stop may take.
    pub fn drain(&self) -> Duration {
        self.drain.map_or(Duration::from_secs(20), |period| Duration::from_millis(period.millis()))
    }

    /// How long a node says that it is leaving before it takes no more requests.
    pub fn notice(&self) -> Duration {
        self.notice.map_or(Duration::from_secs(1), |period| Duration::from_millis(period.millis()))
    }

    /// How long data is kept.
    pub fn keep(&self) -> store::Keep {
        const DAY: u64 = 86_400_000;
        let days = |n| Period::from_millis(n * DAY).unwrap_or(Period::MAX);
        store::Keep {
            trace: self.keep_trace.unwrap_or_else(|| days(365)),
            events: self.keep_events.unwrap_or_else(|| days(730)),
            messages: self.keep_messages.unwrap_or_else(|| days(365)),
            inbox: self.keep_inbox.unwrap_or_else(|| days(30)),
            audit: self.keep_audit.unwrap_or_else(|| days(400)),
        }
    }
}

/// A list, or a text with commas as on the command line.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given<T> {
    List(Vec<T>),
    Text(String),
}

fn roles<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Role>>, D::Error> {
    match Given::deserialize(deserializer)? {
        Given::List(roles) => Ok(Some(roles)),
        Given::Text(text) => {
            let parse = |name: &str| Role::from_str(name.trim(), false).map_err(serde::de::Error::custom);
            text.split(',').map(parse).collect::<Result<_, _>>().map(Some)
        }
    }
}

/// Texts, in either form.
pub(super) fn texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(Some(match Given::deserialize(deserializer)? {
        Given::List(texts) => texts,
        Given::Text(text) => text.split(',').map(|text| text.trim().to_owned()).collect(),
    }))
}

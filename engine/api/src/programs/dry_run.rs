//! A draft on the events of the last days, without sending.

use chrono::{DateTime, NaiveDate, Utc};
use program::Program;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which draft, over how many days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartDryRun {
    /// How many days back from now: 1 to 90.
    pub days: u16,
    /// The draft; the stored one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub program: Option<Program>,
}

/// What a dry run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DryRunState {
    /// Under way.
    Running,
    /// Over; the result is there.
    Done,
    /// Broken off; `error` says why.
    Failed,
}

/// A dry run. The node that took it keeps it for ten minutes after its end; others do not know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DryRun {
    /// Id, for asking again and for cancelling.
    pub id: Uuid,
    /// What it is doing.
    pub state: DryRunState,
    /// Events read or played so far; each is counted twice, once for either.
    pub events_done: u64,
    /// What `events_done` goes up to.
    pub events_all: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// What came of it.
    pub result: Option<DryRunResult>,
}

/// What the draft would have done in these days, and what the program did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DryRunResult {
    /// Beginning of the days.
    pub from: DateTime<Utc>,
    /// Their end, when the dry run was asked for.
    pub to: DateTime<Utc>,
    /// Events of the days that the draft's entries or conditions look at.
    pub events: u64,
    /// Earlier events that were read for what conditions count and who entered before.
    pub history: u64,
    /// How far back those go: as far as the draft looks, or less where there are too many.
    pub history_from: DateTime<Utc>,
    /// Contacts that were left out, because one alone has more events than any person causes.
    pub left_out: u64,
    /// What the draft would have done.
    pub draft: Figures,
    /// What the program did, in whatever version was live.
    pub live: Figures,
}

/// What happened in some days. A mail counts when the program asks for it, before opt-in and address are looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// Tokens that passed an entry.
    pub entered: u64,
    /// Tokens whose step failed; not known of the past.
    pub failed: u64,
    /// Mails.
    pub mails: u64,
    /// Contacts with at least one mail.
    pub contacts: u64,
    /// Mails per day (UTC) and node; days without any are left out.
    pub by_day: Vec<DayMails>,
    /// The most mails to one contact.
    pub most_per_contact: u64,
    /// 99 of 100 contacts with mail got no more.
    pub p99_per_contact: u64,
    /// Contacts that got two mails within 24 hours.
    pub close: u64,
    /// Some of them.
    pub close_first: Vec<Close>,
    /// The most mails in one minute.
    pub peak: u64,
    /// Which minute, if there was any mail.
    pub peak_at: Option<DateTime<Utc>>,
    /// How many tokens left each node by which port.
    pub branches: Vec<Branch>,
}

/// Mails of one node on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayMails {
    /// Which day, in UTC.
    pub day: NaiveDate,
    /// Which node.
    pub node: String,
    /// How many.
    pub mails: u64,
}

/// A contact that got two mails within 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Close {
    /// Who.
    pub contact: Uuid,
    /// When the first of the two was sent.
    pub first: DateTime<Utc>,
    /// And the second.
    pub second: DateTime<Utc>,
}

/// Tokens that left a node by a port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Branch {
    /// Which node.
    pub node: String,
    /// By which port.
    pub port: String,
    /// How many.
    pub tokens: u64,
}

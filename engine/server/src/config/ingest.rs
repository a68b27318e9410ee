//! What comes in.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::http::is_false;

/// The default of the largest event without its files, in bytes.
const MAX_EVENT: usize = 1 << 20;

/// Limits and rules of what comes in.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Ingest {
    /// Requests a minute for one API key. As many may come at once. 0 for no limit. Default 6000.
    #[arg(long, value_name = "N", env = "STAFETTE_RATE_LIMIT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<u32>,
    /// The largest contact, in KiB of its attributes as JSON. An event that would make it larger is refused. Default
    /// 512.
    #[arg(long, value_name = "KIB", env = "STAFETTE_MAX_CONTACT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_contact: Option<u32>,
    /// The largest event without its files, in KiB. A larger one is refused. A request of more than 15 MB is always
    /// refused. Default 1024.
    #[arg(long, value_name = "KIB", env = "STAFETTE_MAX_EVENT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_event: Option<u32>,
    /// The most memory for one commit of events, in MiB. More events are stored in several commits. Default 64.
    #[arg(long, value_name = "MIB", env = "STAFETTE_MAX_BATCH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_batch: Option<u32>,
    /// What happens to events of a type that is not registered: `register` registers the type, `refuse` refuses the
    /// event. Default: the stored setting, at first `register`.
    #[arg(long, value_name = "RULE", env = "STAFETTE_UNKNOWN_EVENTS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_events: Option<UnknownEvents>,
    /// Take attachments that can run when they are opened. These are programs, scripts, documents with macros, all else
    /// that Gmail, Outlook or Exchange refuse by name (such as certificates, disk images, shortcuts, databases of
    /// Access), and ZIP archives of them. ZIP archives that are broken, have more than 10,000 files, or show other
    /// files to one reader than to another count as well. Other archives are not looked into. A name such as `a.js.7z`
    /// or `a.ps1.gz` counts as the file inside. Many mail servers refuse such mail. Default no.
    #[arg(long, env = "STAFETTE_EXECUTABLE_ATTACHMENTS")]
    #[serde(skip_serializing_if = "is_false")]
    pub executable_attachments: bool,
}

/// What happens to events of a type that nobody has registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownEvents {
    /// The type is registered and the event stored.
    Register,
    /// The event is refused.
    Refuse,
}

impl Ingest {
    /// Requests a minute and key; 0 for no limit.
    pub fn rate_limit(&self) -> u32 {
        self.rate_limit.unwrap_or(6_000)
    }

    /// The most bytes of an event without its files.
    pub fn max_event(&self) -> usize {
        self.max_event.map_or(MAX_EVENT, |kib| kib.max(1) as usize * 1_024)
    }

    /// The most bytes of a commit.
    pub fn max_batch(&self) -> usize {
        self.max_batch.map_or(runner::IngestConfig::default().batch_bytes, |mib| mib.max(1) as usize * 1_048_576)
    }

    /// The most bytes of a contact.
    pub fn max_contact(&self) -> usize {
        self.max_contact.map_or(store::MAX_CONTACT, |kib| kib.max(1) as usize * 1_024)
    }
}

//! Calls of other people's servers.

use chrono::{DateTime, Utc};
use program::Reason;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One call that a token asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallSummary {
    /// Its id; `webhook-id` of each try, without the hyphens.
    pub id: Uuid,
    /// Step of the token that asked for it.
    pub seq: u32,
    /// Which of that step's effects it is, from 0.
    #[serde(default)]
    pub n: u32,
    /// Node that asked for it.
    pub node: String,
    /// What is called.
    pub url: String,
    /// How far it is.
    pub state: CallState,
    /// Status code of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How the last answer began, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Why it is where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub why: Option<Reason>,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next, while it is queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When it was queued first.
    pub queued_at: DateTime<Utc>,
    /// When it came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<DateTime<Utc>>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CallState {
    /// To be made.
    Queued,
    /// Being made.
    Calling,
    /// The server took it.
    Answered,
    /// The server did not take it, or not in time; a dead letter.
    Failed,
    /// Set aside, because the program is paused or stopped.
    Held,
    /// Not made any more, because a pause held it for too long.
    Skipped,
}

/// By what a receiver can tell that a call is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookSecret {
    /// `whsec_…`, as Standard Webhooks spell it.
    pub secret: String,
}

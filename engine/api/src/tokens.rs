//! Tokens and their trace.

use chrono::{DateTime, Utc};
use program::{Reason, TraceStep};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{calls::CallSummary, messages::MessageSummary};

/// What a token is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum TokenState {
    /// Due now, or to be tried again.
    Ready,
    /// Resting at a wait.
    Waiting,
    /// Through.
    Done,
    /// Parked as a dead letter.
    Failed,
    /// Fell due while its program was paused; goes on when the program does.
    Held,
    /// Taken out when its program was stopped; comes back when the program goes on.
    Ejected,
}

/// A token that came by a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visit {
    /// When it came, or left.
    pub at: DateTime<Utc>,
    /// The token as it is now.
    pub token: TokenSummary,
}

/// One token in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenSummary {
    /// Id.
    pub id: Uuid,
    /// Program, by name.
    pub program: String,
    /// Number of the program version that it runs in.
    pub version: u32,
    /// Whose.
    pub contact_id: Uuid,
    /// The contact's address, or external id where there is none.
    pub contact: String,
    /// The event that started it.
    pub event_id: Uuid,
    /// At which node.
    pub node: String,
    /// What it is doing.
    pub state: TokenState,
    /// Steps taken.
    pub seq: u32,
    /// When it goes on, or would have, were it not held or ejected; absent where it does not.
    pub due_at: Option<DateTime<Utc>>,
    /// Why it is parked.
    pub error: Option<String>,
    /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub why: Option<Reason>,
    /// When it entered.
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
}

/// One token, with what happened to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: TokenSummary,
    /// Its steps, oldest first.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub trace: Vec<TraceStep>,
    /// Its messages, oldest first.
    pub messages: Vec<MessageSummary>,
    /// The calls of other people's servers that it asked for, oldest first.
    #[serde(default)]
    pub calls: Vec<CallSummary>,
}

//! The queues of mails and of calls, and the relays and hosts that they lead to.

use chrono::{DateTime, Utc};
use program::Reason;
use serde::{Deserialize, Serialize};

/// Which of the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum QueueName {
    /// Operational mail.
    Operational,
    /// Marketing mail.
    Marketing,
    /// Calls of other people's servers.
    Calls,
}

/// A queue, and how its relay stands, or the hosts that its calls go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// Which one.
    pub name: QueueName,
    /// Since when an operator holds it: nothing is handed over and nobody is called, on any node.
    pub held_at: Option<DateTime<Utc>>,
    /// When all that waits was last said to be tried at once.
    pub flushed_at: Option<DateTime<Utc>>,
    /// Messages or calls that wait; 100,000 means as many or more.
    pub waiting: u64,
    /// Those of them that were tried in vain.
    pub put_off: u64,
    /// Since when the oldest of them waits.
    pub oldest_at: Option<DateTime<Utc>>,
    /// What nodes see of the relay, or of hosts that they leave alone for a while; empty where all is well. Of all queues
    /// together 500 at most.
    pub relays: Vec<Relay>,
}

/// What one node sees of a relay, or of a host that is called, that is not all well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Relay {
    /// The node.
    pub node: String,
    /// Host and port.
    pub server: String,
    /// How it stands.
    pub state: RelayState,
    /// Its words, or what broke.
    pub cause: String,
    /// The same by its name and its parts, `{"reason": "drew", "drawn": 42}`, unless it is somebody else's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub why: Option<Reason>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is looked at next, while it is open.
    #[serde(default)]
    pub next_at: Option<DateTime<Utc>>,
}

/// How a relay or a host stands. Nothing is said of one that is closed, which is the state where mails and calls flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RelayState {
    /// It takes nothing: messages or calls wait, and it is looked at now and then.
    Open,
    /// It is tried carefully.
    HalfOpen,
}

/// All queues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queues {
    /// Operational mail, marketing mail, calls.
    pub items: Vec<Queue>,
}

//! What happened to a token, step by step, and its text form for goldens, timeline and CLI.

use std::fmt;

use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};

use crate::{Effect, NodeId, Port, Time};

/// One step of one token. The key in the store is (token, seq).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceStep {
    /// Counts the token's steps from 1.
    pub seq: u32,
    /// When it was taken.
    pub at: Time,
    /// Which node was stepped.
    pub node: NodeId,
    /// What became of the token.
    #[serde(flatten)]
    pub action: Action,
    /// Why, as [`Reason`](crate::Reason) writes it.
    pub reason: String,
    /// What the world was asked to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// What became of a token in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Left by this port.
    Passed {
        /// The port.
        port: Port,
    },
    /// Stays until then.
    Waiting {
        /// The due time.
        until: Time,
    },
    /// Put elsewhere by a publication, or back by its undoing; the reason says which.
    Moved {
        /// To which node, perhaps the same one in another version.
        to: NodeId,
    },
    /// The run is over.
    Finished,
    /// The step could not be taken; the token is parked as a dead letter.
    Failed {
        /// What went wrong and what to do.
        error: String,
    },
}

impl fmt::Display for TraceStep {
    /// `2026-03-01T09:00:00Z  #3 pause            waiting until 2026-03-03T09:00:00Z  (2 days)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = |time: &Time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        write!(f, "{}  #{:<2} {:<16} ", stamp(&self.at), self.seq, self.node)?;
        match &self.action {
            Action::Passed { port } => write!(f, "passed {port}")?,
            Action::Waiting { until } => write!(f, "waiting until {}", stamp(until))?,
            Action::Moved { to } => write!(f, "moved to {to}")?,
            Action::Finished => write!(f, "finished")?,
            Action::Failed { error } => write!(f, "failed: {error}")?,
        }
        if let Some(Effect::SendMail { stream, .. }) = &self.effect {
            write!(f, ", mail {stream}")?;
        }
        if !self.reason.is_empty() {
            write!(f, "  ({})", self.reason)?;
        }
        Ok(())
    }
}

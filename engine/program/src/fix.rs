//! Fixes: what one click does to solve a problem.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{NodeId, Period, Port};

/// An edit that takes a problem away, at the problem's node where it names none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fix", rename_all = "snake_case")]
pub enum Fix {
    /// Put an entry before the first node.
    AddEntry,
    /// Cut the edge of a port.
    Disconnect {
        /// Which.
        port: Port,
    },
    /// Lead an open port to a new exit.
    Finish {
        /// Which.
        port: Port,
    },
    /// Take the nodes out.
    Remove {
        /// Which.
        nodes: Vec<NodeId>,
    },
    /// Give a field of the node another value; null leaves it out.
    Set {
        /// Which.
        field: String,
        /// To what.
        value: Value,
    },
    /// Put a wait right before the node.
    WaitBefore {
        /// How long.
        duration: Period,
    },
}

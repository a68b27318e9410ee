//! What people add to the drawing of a graph. The runner never reads it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::NodeId;

/// Where each card's upper left corner stands in free mode. A node without a place is laid out.
pub type Places = IndexMap<NodeId, Spot>;

/// A place on the drawing, in pixels at actual size; written `[x, y]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i32, i32)", into = "(i32, i32)")]
pub struct Spot {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

impl From<(i32, i32)> for Spot {
    fn from((x, y): (i32, i32)) -> Self {
        Self { x, y }
    }
}

impl From<Spot> for (i32, i32) {
    fn from(spot: Spot) -> Self {
        (spot.x, spot.y)
    }
}

/// A sticky note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// The node beside which it hangs; it moves with its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// Where: from the corner of its node's card, otherwise from that of the drawing.
    pub at: Spot,
}

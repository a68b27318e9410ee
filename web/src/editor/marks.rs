//! PURE: which nodes differ from the live version, and how.

use std::collections::HashMap;

use program::{Change, NodeId, Program, diff};

/// What became of each node; nodes without a word are as they were.
pub type Marks = HashMap<NodeId, Change>;

/// The marks of a program beside the live one.
pub fn marks(live: Option<&Program>, now: &Program) -> Marks {
    let differs = diff(live, now).into_iter().filter(|node| node.change != Change::Unchanged);
    differs.map(|node| (node.node, node.change)).collect()
}

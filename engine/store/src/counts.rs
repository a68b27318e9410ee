//! How many tokens came by each node: counter rows, never a count over tokens.

use program::{NodeId, ProgramId, WorkspaceId};

use crate::{Result, Store};

/// What happened at one node of a program, over all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCount {
    /// The node.
    pub node: NodeId,
    /// Tokens that came in.
    pub entered: u64,
    /// Tokens that left, by port (`next`, `yes` …), sorted by name.
    pub passed: Vec<(String, u64)>,
    /// Tokens that rest here now.
    pub waiting: u64,
    /// Tokens whose run ended here.
    pub finished: u64,
    /// Tokens that stand here as dead letters.
    pub failed: u64,
    /// Messages that were handed over.
    pub sent: u64,
    /// Messages that were blocked.
    pub blocked: u64,
}

impl Store {
    /// The counts of all nodes where anything happened.
    pub async fn node_counts(&self, workspace: WorkspaceId, program: ProgramId) -> Result<Vec<NodeCount>> {
        let _ = (workspace, program);
        todo!()
    }
}

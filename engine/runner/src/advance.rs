//! Tokens move: one batch, one transaction.

use store::Result;

/// Moves due tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Advancer {}

/// What one batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advanced {
    /// Tokens that were claimed and written.
    pub tokens: usize,
    /// Steps that they took.
    pub steps: usize,
    /// Messages put into the outbox, those that may not go out included.
    pub messages: usize,
    /// Tokens that were parked as dead letters.
    pub failed: usize,
}

impl Advancer {
    /// Claims at most `limit` due tokens of all workspaces and carries each as far as it goes.
    pub async fn advance_once(&self, limit: u32) -> Result<Advanced> {
        let _ = limit;
        todo!()
    }
}

//! Messages go out: lease a batch, write the mails, hand them over, settle.

use program::StreamClass;
use store::Result;

/// Hands messages over. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dispatcher {}

/// What one batch led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Messages that were leased.
    pub leased: usize,
    /// Handed over.
    pub sent: usize,
    /// To be tried again.
    pub retried: usize,
    /// Given up.
    pub failed: usize,
    /// Handed over, perhaps.
    pub unknown: usize,
    /// Fenced off before they were handed over: another node has them.
    pub lost: usize,
}

impl Dispatcher {
    /// Leases at most `limit` due messages of a class and brings each to the end of its attempt.
    pub async fn dispatch_once(&self, class: StreamClass, limit: u32) -> Result<Dispatched> {
        let _ = (class, limit);
        todo!()
    }
}

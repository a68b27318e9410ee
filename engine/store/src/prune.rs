//! Old rows go, in bounded batches.

use program::{Period, Time};

use crate::{Result, Store};

/// How long to keep what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Finished tokens and their trace.
    pub trace: Period,
    /// Events that no live token or message needs, with their attachments.
    pub events: Period,
    /// Messages that are sent, blocked, skipped or failed.
    pub messages: Period,
    /// Mails of the built-in inbox.
    pub inbox: Period,
}

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Steps.
    pub trace: u64,
    /// Finished tokens.
    pub tokens: u64,
    /// Events.
    pub events: u64,
    /// Messages.
    pub messages: u64,
    /// Inbox mails.
    pub inbox: u64,
    /// Expired sessions and login links.
    pub access: u64,
}

impl Pruned {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.trace + self.tokens + self.events + self.messages + self.inbox + self.access
    }
}

impl Store {
    /// Deletes at most `limit` rows of each sort. Call again while [`Pruned::total`] is not 0.
    pub async fn prune(&self, now: Time, keep: Keep, limit: u32) -> Result<Pruned> {
        let _ = (now, keep, limit);
        todo!()
    }
}

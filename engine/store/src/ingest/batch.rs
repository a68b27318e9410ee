//! What one transaction of an ingest stores.

use program::{Time, WorkspaceId};

use super::NewEvent;
use crate::args::Args;

/// Events that are stored together.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) now: Time,
    pub(super) routing_revision: i64,
    pub(super) max_contact: usize,
    pub(super) events: &'a [&'a NewEvent],
}

impl Batch<'_> {
    /// The first column of `n` rows.
    pub(super) fn rows(&self, n: usize) -> Args {
        Args::new().uuids(std::iter::repeat_n(self.workspace.uuid(), n))
    }
}

//! What happened to a contact: events, steps and messages in one list.

use program::{ContactId, ProgramId, Time, TokenId, TraceStep, WorkspaceId};

use crate::{Event, Message, Page, Paging, Result, Store};

/// One thing that happened to a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineItem {
    /// When.
    pub at: Time,
    /// What.
    pub kind: TimelineKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineKind {
    /// An event came in; `at` is when it happened.
    Event(Event),
    /// A token took a step.
    Step {
        /// Which token.
        token: TokenId,
        /// In which program.
        program: ProgramId,
        /// The step.
        step: TraceStep,
    },
    /// A message was queued (`at`), as it stands now.
    Message(Message),
}

impl Store {
    /// What happened to a contact, newest first.
    pub async fn timeline(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        paging: &Paging,
    ) -> Result<Page<TimelineItem>> {
        let _ = (workspace, contact, paging);
        todo!()
    }
}

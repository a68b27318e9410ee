//! An act: who does something, when, and in which workspace.

use program::{Time, WorkspaceId};

/// What every change of a definition needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act<'a> {
    /// Whose tenant.
    pub workspace: WorkspaceId,
    /// Who does it, if that is known.
    pub author: Option<&'a str>,
    /// When.
    pub now: Time,
}

//! A workspace and its settings.

use program::WorkspaceId;

use crate::{Result, Store};

/// The settings of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What happens to events of unknown types.
    pub unknown_events: UnknownEvents,
}

/// What happens to events of unknown types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownEvents {
    /// The type is registered and the event stored.
    #[default]
    Register,
    /// The event is refused.
    Refuse,
}

impl Store {
    /// The settings.
    pub async fn settings(&self, workspace: WorkspaceId) -> Result<Settings> {
        let _ = workspace;
        todo!()
    }

    /// Changes the settings.
    pub async fn set_settings(&self, workspace: WorkspaceId, settings: &Settings) -> Result<()> {
        let _ = (workspace, settings);
        todo!()
    }

    /// A random secret of this installation: kept from `fresh` at the first call, the same for ever after.
    pub async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
        let _ = (name, fresh);
        todo!()
    }
}

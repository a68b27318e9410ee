//! A workspace and its settings.

use program::WorkspaceId;

use crate::{
    Error, Result, Store,
    args::Args,
    sql,
    words::{Word as _, words},
};

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

words! {
    UnknownEvents: Register "register", Refuse "refuse";
}

impl Store {
    /// The settings.
    pub async fn settings(&self, workspace: WorkspaceId) -> Result<Settings> {
        let rows = self.db.fetch(&sql::workspace_routing, Args::new().uuid(workspace.uuid())).await?;
        let row = rows.first().ok_or(Error::NotFound { what: "workspace" })?;
        Ok(Settings { unknown_events: row.read("workspace").from("unknown_events").word("unknown_events")? })
    }

    /// Changes the settings.
    pub async fn set_settings(&self, workspace: WorkspaceId, settings: &Settings) -> Result<()> {
        let unknown_events = settings.unknown_events.word().to_owned();
        let args = Args::new().uuid(workspace.uuid()).text(unknown_events);
        match self.db.execute(&sql::workspace_set, args).await? {
            0 => Err(Error::NotFound { what: "workspace" }),
            _ => Ok(()),
        }
    }

    /// The secret of this name, as it is kept; none where none was kept yet.
    pub async fn kept_secret(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let rows = self.db.fetch(&sql::secret_get, Args::new().text(name.to_owned())).await?;
        rows.first().map(|row| row.read("secret").get("bytes")).transpose()
    }

    /// A random secret of this installation: kept from `fresh` at the first call, the same for ever after.
    pub async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
        let args = Args::new().text(name.to_owned()).blob(fresh.to_owned());
        self.db.execute(&sql::secret_keep, args).await?;
        let rows = self.db.fetch(&sql::secret_get, Args::new().text(name.to_owned())).await?;
        rows.first().ok_or(Error::NotFound { what: "secret" })?.read("secret").get("bytes")
    }
}

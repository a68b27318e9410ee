//! `stafette keys create`.

use clap::{Args, Subcommand};
use program::{KeyId, WorkspaceId};
use runner::Clock;
use store::NewKey;

use super::{Done, Failure, print};
use crate::{
    access::key::{KeyText, Scope},
    config::Place,
    folder,
};

/// Make API keys.
#[derive(Subcommand)]
pub(super) enum Keys {
    /// Make an API key and print it, alone, on the standard output. Works beside a running server.
    Create(Create),
}

/// What the key may do.
#[derive(Args)]
pub(super) struct Create {
    /// What it may do; give it more than once, or with commas.
    #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',')]
    scope: Vec<Scope>,
    /// What it is for, in words.
    #[arg(long, value_name = "TEXT", default_value = "made on the command line")]
    name: String,
    #[command(flatten)]
    place: Place,
}

impl Keys {
    pub(super) async fn run(self) -> Done {
        match self {
            Self::Create(command) => command.run().await,
        }
    }
}

impl Create {
    async fn run(self) -> Done {
        let place = self.place.load()?;
        if !(1..=100).contains(&self.name.trim().chars().count()) {
            return Err(Failure("the name must have 1 to 100 characters".into()));
        }
        folder::make(place.folder())?;
        let store = crate::open(&place).await?;
        let clock = Clock::system();
        let text = KeyText::draw(KeyId(clock.uuid()));
        let mut scopes = self.scope;
        scopes.sort();
        scopes.dedup();
        let key = NewKey {
            id: text.id,
            name: self.name.trim().into(),
            scopes: scopes.into_iter().map(|scope| scope.name().into()).collect(),
            digest: text.digest(),
            expires_at: None,
        };
        store.create_key(WorkspaceId::DEFAULT, &key, clock.now()).await?;
        store.close().await;
        print(&text.reveal())
    }
}

//! `stafette keys create|list|revoke`.

use clap::{Args, Subcommand};
use program::{KeyId, Time};
use runner::Clock;
use store::{ApiKey, NewKey};
use uuid::Uuid;

use super::{Done, Failure, moment, print};
use crate::{
    access::{
        HOME,
        key::{KeyText, Scope},
    },
    audit,
    config::Place,
    open,
};

/// Make API keys, list them, and take them back.
#[derive(Subcommand)]
pub(super) enum Keys {
    /// Make an API key and print it, alone, on the standard output. Works beside a running server.
    Create(Create),
    /// List all keys, newest first: when made, id, state, scopes, when last used, name. Secrets are not kept.
    List(List),
    /// Revoke keys for good; a running server refuses them within a minute.
    Revoke(Revoke),
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

/// Of which installation.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

/// Which ones.
#[derive(Args)]
pub(super) struct Revoke {
    /// Ids, as `list` prints them; they stand in the key, too.
    #[arg(required = true, value_parser = super::id)]
    ids: Vec<Uuid>,
    #[command(flatten)]
    place: Place,
}

impl Keys {
    pub(super) async fn run(self) -> Done {
        match self {
            Self::Create(command) => command.run().await,
            Self::List(command) => command.run().await,
            Self::Revoke(command) => command.run().await,
        }
    }
}

impl Create {
    async fn run(self) -> Done {
        let place = self.place.load()?;
        if !(1..=100).contains(&self.name.trim().chars().count()) {
            return Err(Failure("the name must have 1 to 100 characters".into()));
        }
        let store = open::or_new(&place).await?;
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
        store.create_key(HOME, &key, clock.now()).await?;
        audit::command(&store, &clock, "create_key", ("key", Some(key.id.uuid()), &key.name)).await;
        store.close().await;
        print(&text.reveal())
    }
}

impl List {
    async fn run(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let now = Clock::system().now();
        for key in store.keys(HOME).await? {
            let used = key.last_used_at.map_or_else(|| "never used".into(), |at| format!("used {}", moment(at)));
            let scopes = key.scopes.join(",");
            let state = state(&key, now);
            print(&format!(
                "{}  {}  {state:<7}  {scopes}  {used}  {}",
                moment(key.created_at),
                key.id.uuid(),
                key.name
            ))?;
        }
        store.close().await;
        Ok(())
    }
}

impl Revoke {
    async fn run(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let clock = Clock::system();
        for id in self.ids {
            store.revoke_key(HOME, KeyId(id), clock.now()).await.map_err(|error| match error {
                store::Error::NotFound { .. } => Failure(format!("there is no key {id}; see `keys list`")),
                error => error.into(),
            })?;
            audit::command(&store, &clock, "revoke_key", ("key", Some(id), &id.to_string())).await;
            print(&format!("{id} is revoked"))?;
        }
        store.close().await;
        Ok(())
    }
}

fn state(key: &ApiKey, now: Time) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        (None, _) => "good",
    }
}

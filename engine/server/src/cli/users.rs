//! `stafette users create|list|password|delete`.

use std::io::{self, BufRead, IsTerminal};

use clap::{Args, Subcommand};
use program::UserId;
use runner::Clock;
use store::{NewUser, Store, User};

use super::{Done, Failure, moment, print, say};
use crate::{
    access::{HOME, password},
    audit,
    config::Place,
    open,
};

/// Make users, list them, change their passwords, and take their access away.
#[derive(Subcommand)]
pub(super) enum Users {
    /// Make a user who may sign in. The password is the first line of the standard input. A server may run meanwhile.
    Create(Who),
    /// List all users, newest first: when made, and the address.
    List(Everybody),
    /// Change a user's password. The new one is the first line of the standard input. All their sessions end.
    Password(Who),
    /// Delete a user. All their sessions end at once; what they made stays. If nobody is left, the next start of the
    /// server prints a link that makes a user.
    Delete(Who),
}

/// Who.
#[derive(Args)]
pub(super) struct Who {
    /// Mail address.
    email: String,
    #[command(flatten)]
    place: Place,
}

/// Of which installation.
#[derive(Args)]
pub(super) struct Everybody {
    #[command(flatten)]
    place: Place,
}

impl Users {
    pub(super) async fn run(self) -> Done {
        match self {
            Self::Create(who) => who.create().await,
            Self::List(everybody) => everybody.list().await,
            Self::Password(who) => who.password().await,
            Self::Delete(who) => who.delete().await,
        }
    }
}

/// The first line of the standard input, hashed.
async fn password() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        say("Password (12 to 200 characters; it is shown as you type):");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_string();
    match password::problem(&password) {
        Some(problem) => Err(Failure(problem)),
        None => Ok(password::hash(password).await?),
    }
}

impl Who {
    async fn create(self) -> Done {
        let email = mail::check_address(&self.email)?;
        let password = Some(password().await?);
        let place = self.place.load()?;
        let store = open::or_new(&place).await?;
        let clock = Clock::system();
        let user = NewUser { id: UserId(clock.uuid()), email, password };
        store.create_user(HOME, &user, clock.now()).await?;
        audit::command(&store, &clock, "create_user", ("account", Some(user.id.uuid()), &user.email)).await;
        store.close().await;
        print(&format!("{} may sign in", user.email))
    }

    async fn password(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let user = find(&store, &self.email).await?;
        let password = password().await?;
        store.set_password(HOME, user.id, &password).await?;
        audit::command(&store, &Clock::system(), "set_password", ("account", Some(user.id.uuid()), &user.email)).await;
        store.close().await;
        print(&format!("{} has another password, and is signed out everywhere", user.email))
    }

    async fn delete(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        let user = find(&store, &self.email).await?;
        store.delete_user(HOME, user.id).await?;
        audit::command(&store, &Clock::system(), "delete_user", ("account", Some(user.id.uuid()), &user.email)).await;
        let nobody = store.users(HOME).await?.is_empty();
        store.close().await;
        let rest = if nobody { "; nobody is left, so the next start prints a link that makes a user" } else { "" };
        print(&format!("{} is deleted{rest}", user.email))
    }
}

impl Everybody {
    async fn list(self) -> Done {
        let store = open::existing(&self.place.load()?).await?;
        for user in store.users(HOME).await? {
            let sign_in = if user.password.is_some() { "" } else { "  without a password" };
            print(&format!("{}  {}{sign_in}", moment(user.created_at), user.email))?;
        }
        store.close().await;
        Ok(())
    }
}

async fn find(store: &Store, email: &str) -> Result<User, Failure> {
    let found = store.user_by_email(HOME, email).await?;
    found.ok_or_else(|| Failure(format!("there is no user {email}; see `users list`")))
}

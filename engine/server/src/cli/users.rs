//! `stafette users create`.

use std::io::{self, BufRead, IsTerminal};

use clap::{Args, Subcommand};
use program::{UserId, WorkspaceId};
use runner::Clock;
use store::NewUser;

use super::{Done, Failure, print, say};
use crate::{access::password, config::Place, folder};

/// Make users.
#[derive(Subcommand)]
pub(super) enum Users {
    /// Make a user who may sign in. The password is the first line of the standard input. Works beside a running
    /// server.
    Create(Create),
}

/// Who.
#[derive(Args)]
pub(super) struct Create {
    /// Mail address.
    email: String,
    #[command(flatten)]
    place: Place,
}

impl Users {
    pub(super) async fn run(self) -> Done {
        match self {
            Self::Create(command) => command.run().await,
        }
    }
}

impl Create {
    async fn run(self) -> Done {
        let email = mail::check_address(&self.email)?;
        if io::stdin().is_terminal() {
            say("Password (12 to 200 characters; it is shown as you type):");
        }
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let password = line.trim_end_matches(['\r', '\n']).to_string();
        if let Some(problem) = password::problem(&password) {
            return Err(Failure(problem));
        }
        let place = self.place.load()?;
        folder::make(place.folder())?;
        let store = crate::open(&place).await?;
        let clock = Clock::system();
        let password = Some(password::hash(password).await?);
        let user = NewUser { id: UserId(clock.uuid()), email, password };
        store.create_user(WorkspaceId::DEFAULT, &user, clock.now()).await?;
        store.close().await;
        print(&format!("{} may sign in", user.email))
    }
}

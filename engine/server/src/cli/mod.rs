//! The commands of `stafette`, one file each.

mod backup;
#[cfg(feature = "bench")]
mod bench;
mod dead_letters;
mod doctor;
mod events;
mod keys;
mod migrate;
mod programs;
mod queue;
mod ready;
mod serve;
mod simulate;
mod users;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use uuid::Uuid;

use crate::WebApp;

/// Stafette runs triggered mail programs: you draw what happens to each contact, and it carries each of them through.
#[derive(Parser)]
#[command(name = "stafette", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server.
    Serve(Box<serve::Serve>),
    /// Check, import and export program files.
    #[command(subcommand)]
    Programs(programs::Programs),
    /// Play events through a program in virtual time and print what happens.
    Simulate(simulate::Simulate),
    /// Report events to a running server.
    #[command(subcommand)]
    Events(events::Events),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Make, list and delete users, and change their passwords.
    #[command(subcommand)]
    Users(users::Users),
    /// List tokens and messages that cannot go on by themselves, and try them again.
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Bring the database up to date for this build, and print what was done.
    Migrate(migrate::Migrate),
    /// Write the whole database into a file, also while a server runs.
    Backup(backup::Backup),
    /// Restore a backup into a place that is still empty.
    Restore(backup::Restore),
    /// Ask a running server whether it is ready; exit 1 if it is not.
    Ready(ready::Ready),
    /// Show which mails wait for hand-over and why, try them at once, stop and restart hand-over.
    #[command(subcommand)]
    Queue(queue::Queue),
    /// Measure the engine, and the raw writes of the same database in the same run.
    #[cfg(feature = "bench")]
    Bench(::bench::Bench),
    /// Look for anything that would keep a server from working, and say what to do.
    Doctor(Box<doctor::Doctor>),
}

/// Why a command failed, in words for whoever gave it. Empty where everything was said already.
#[derive(Debug)]
pub struct Failure(pub String);

/// The result of a command.
type Done = Result<(), Failure>;

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Cli {
    /// Whether the command is to start the server, or to measure what it does.
    pub fn serves(&self) -> bool {
        match self.command {
            Command::Serve(_) => true,
            #[cfg(feature = "bench")]
            Command::Bench(_) => true,
            _ => false,
        }
    }

    /// Runs the command; a server brings this app.
    pub async fn run(self, web: WebApp) -> ExitCode {
        let done = match self.command {
            Command::Serve(command) => command.run(web).await,
            Command::Programs(command) => command.run().await,
            Command::Simulate(command) => command.run().await,
            Command::Events(command) => command.run(),
            Command::Keys(command) => command.run().await,
            Command::Users(command) => command.run().await,
            Command::DeadLetters(command) => command.run().await,
            Command::Migrate(command) => command.run().await,
            Command::Backup(command) => command.run().await,
            Command::Restore(command) => command.run().await,
            Command::Ready(command) => command.run(),
            Command::Queue(command) => command.run().await,
            #[cfg(feature = "bench")]
            Command::Bench(command) => bench::run(command).await,
            Command::Doctor(command) => command.run().await,
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure(why)) => {
                if !why.is_empty() {
                    say(&format!("error: {why}"));
                }
                ExitCode::FAILURE
            }
        }
    }
}

/// One line on the standard output, at once. A reader that went away ends the command, not the machine.
fn print(line: &str) -> Done {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| Failure(format!("standard output: {error}")))
}

/// An id as lists print it.
fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| "that is no id; copy one from `list`".into())
}

/// A time as lists say it: to the second, in UTC.
fn moment(time: program::Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// One line on the standard error.
fn say(line: &str) {
    // Where the standard error is gone there is nobody to tell.
    let _ = writeln!(io::stderr(), "{line}");
}

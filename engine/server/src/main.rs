//! The program `stafette`: flags become a configuration, the configuration a server or another command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Before any thread, option or file: this process is about to take away from itself what it does not need.
    if std::env::args_os().nth(1).is_some_and(|role| role == runner::press::ROLE) {
        return runner::press::work();
    }
    command()
}

#[tokio::main]
async fn command() -> ExitCode {
    server::cli::Cli::parse().run().await
}

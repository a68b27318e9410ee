//! The program `stafette`: flags become a configuration, the configuration a server or another command.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    server::cli::Cli::parse().run().await
}

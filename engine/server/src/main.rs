//! The program `stafette`: flags become a configuration, the configuration a server or another command.

use std::{process::ExitCode, time::Duration};

use clap::Parser;

/// How long what cannot be cut off may hold the exit.
const LAST: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    // Before any thread, option or file: this process is about to take away from itself what it does not need.
    if std::env::args_os().nth(1).is_some_and(|role| role == runner::press::ROLE) {
        return runner::press::work();
    }
    let cli = server::cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no threads");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(cli.run());
    runtime.shutdown_timeout(LAST);
    code
}

//! The program `stafette`: flags become a configuration, the configuration a server or another command.

use std::{process::ExitCode, time::Duration};

use clap::Parser;
use rust_embed::RustEmbed;
use server::WebApp;

/// What `make build` puts there. In a debug build the files are read from disk, so that a new bundle needs no new
/// server.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Bundle;

/// How long what cannot be cut off may hold the exit.
const LAST: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    // Before any thread, option or file: this process is about to take away from itself what it does not need.
    if std::env::args_os().nth(1).is_some_and(|role| role == runner::press::ROLE) {
        return runner::press::work();
    }
    let cli = server::cli::Cli::parse();
    if cli.serves() {
        server::memory::give_back();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no threads");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(cli.run(WebApp(|path| Bundle::get(path).map(|file| file.data))));
    runtime.shutdown_timeout(LAST);
    code
}

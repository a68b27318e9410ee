//! `stafette serve`.

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{Done, print};
use crate::{WebApp, config::Config};

/// Start the server. Prints `listening on http://HOST:PORT` when it is ready, and at the first start a one-time link
/// that makes the first user. Ends with SIGTERM or Ctrl-C, when open requests are answered and mails under way handed
/// over, or when --drain is over; a second signal ends it at once.
///
/// Every option can also be set in the environment, or under its name with `_` in DIR/stafette.toml; flags win over
/// the environment, the environment over the file.
#[derive(Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: Config,
}

impl Serve {
    pub(super) async fn run(self, web: WebApp) -> Done {
        let config = self.config.load()?;
        config.log.start();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = crate::serve(config, web).await?;
        print(&format!("listening on http://{}", server.addr))?;
        if let Some(link) = &server.setup_link {
            print(&format!("first start: make your account within 24 hours at {link}"))?;
        }
        // Who presses Ctrl-C stands before it; a load balancer sends SIGTERM, and must see that this node leaves.
        let notice = tokio::select! {
            _ = terminate.recv() => true,
            _ = interrupt.recv() => false,
        };
        tracing::info!("shutting down");
        let end = async { if notice { server.leave().await } else { server.shutdown().await } };
        // A second signal does not wait for what is under way; nothing that was accepted is lost by that.
        tokio::select! {
            () = end => {}
            _ = terminate.recv() => tracing::warn!("shut down without waiting"),
            _ = interrupt.recv() => tracing::warn!("shut down without waiting"),
        }
        Ok(())
    }
}

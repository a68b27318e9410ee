//! `stafette queue list|flush|hold|release`.

use api::queues::{QueueName, RelayState};
use clap::{Args, Subcommand, ValueEnum};
use runner::Clock;
use store::Store;

use super::{Done, Failure, print};
use crate::{
    audit,
    config::Place,
    http::queues::{class, list::all},
    open,
};

/// Show which mails wait for hand-over and why, try them at once, stop and restart hand-over.
#[derive(Subcommand)]
pub(super) enum Queue {
    /// List both queues: what waits and since when, whether it is held, and how its relay stands.
    List(List),
    /// Try all waiting mails at once, and a relay that was given up. A running server notices within seconds.
    Flush(Which),
    /// Hold a queue on all nodes: none of its mails is handed over until it is released.
    Hold(Which),
    /// Release a held queue.
    Release(Which),
}

/// Where.
#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
}

/// Which one.
#[derive(Args)]
pub(super) struct Which {
    /// Which one. Default: both.
    queue: Option<Name>,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// Operational mail.
    Operational,
    /// Marketing mail.
    Marketing,
}

impl Queue {
    pub(super) async fn run(self) -> Done {
        let (place, which) = match &self {
            Self::List(List { place }) => (place, None),
            Self::Flush(which) | Self::Hold(which) | Self::Release(which) => (&which.place, which.queue),
        };
        let store = open::existing(&place.clone().load()?).await?;
        let names = match which {
            None => vec![QueueName::Operational, QueueName::Marketing],
            Some(Name::Operational) => vec![QueueName::Operational],
            Some(Name::Marketing) => vec![QueueName::Marketing],
        };
        let clock = Clock::system();
        let now = clock.now();
        for name in &names {
            match &self {
                Self::List(_) => {}
                Self::Flush(_) => {
                    let flushed = store.flush_queue(class(*name), now).await?;
                    print(&format!(
                        "{}: {flushed} are tried at once, and a relay that was given up is looked at",
                        word(*name)
                    ))?;
                }
                Self::Hold(_) => store.hold_queue(class(*name), now).await?,
                Self::Release(_) => store.release_queue(class(*name), now).await?,
            }
            let action = match &self {
                Self::List(_) => continue,
                Self::Flush(_) => "flush_queue",
                Self::Hold(_) => "hold_queue",
                Self::Release(_) => "release_queue",
            };
            audit::command(&store, &clock, action, ("queue", None, word(*name))).await;
        }
        let shown = show(&store, &names, now).await;
        store.close().await;
        shown
    }
}

async fn show(store: &Store, names: &[QueueName], now: program::Time) -> Result<(), Failure> {
    let at = |time: program::Time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for queue in all(store, now).await?.into_iter().filter(|queue| names.contains(&queue.name)) {
        let mut line = format!("{}: {} wait, {} of them tried in vain", word(queue.name), queue.waiting, queue.put_off);
        if let Some(oldest) = queue.oldest_at {
            line += &format!(", the oldest since {}", at(oldest));
        }
        if let Some(since) = queue.held_at {
            line += &format!("; held since {}", at(since));
        }
        print(&line)?;
        for relay in queue.relays {
            let state = match relay.state {
                RelayState::Open => "takes nothing",
                RelayState::HalfOpen => "is tried carefully",
            };
            let next = relay.next_at.map(|next| format!("; looked at next {}", at(next))).unwrap_or_default();
            print(&format!("  {} {state} since {}: {}{next}", relay.server, at(relay.since), relay.cause))?;
        }
    }
    Ok(())
}

fn word(name: QueueName) -> &'static str {
    match name {
        QueueName::Operational => "operational",
        QueueName::Marketing => "marketing",
    }
}

//! `stafette queue list|flush|hold|release`.

use api::queues::{QueueName, RelayState};
use clap::{Args, Subcommand, ValueEnum};
use runner::Clock;
use store::Store;

use super::{Done, Failure, print};
use crate::{
    audit,
    config::Place,
    http::queues::{list::all, stored},
    open,
};

/// Show which mails and calls wait and why, try them at once, stop and restart them.
#[derive(Subcommand)]
pub(super) enum Queue {
    /// List the queues: what waits and since when, whether it is held, and how its relay or the hosts stand that it leads to.
    List(List),
    /// Try all that waits at once, also where a relay was given up or a host is left alone. A running server notices within
    /// seconds.
    Flush(Which),
    /// Hold a queue on all nodes: none of its mails is handed over, none of its calls is made, until it is released.
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
    /// Which one. Default: all.
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
    /// Calls of other people's servers.
    Calls,
}

impl Queue {
    pub(super) async fn run(self) -> Done {
        let (place, which) = match &self {
            Self::List(List { place }) => (place, None),
            Self::Flush(which) | Self::Hold(which) | Self::Release(which) => (&which.place, which.queue),
        };
        let store = open::existing(&place.clone().load()?).await?;
        let names = match which {
            None => vec![QueueName::Operational, QueueName::Marketing, QueueName::Calls],
            Some(Name::Operational) => vec![QueueName::Operational],
            Some(Name::Marketing) => vec![QueueName::Marketing],
            Some(Name::Calls) => vec![QueueName::Calls],
        };
        let clock = Clock::system();
        let now = clock.now();
        for name in &names {
            match &self {
                Self::List(_) => {}
                Self::Flush(_) => {
                    let flushed = store.flush_queue(stored(*name), now).await?;
                    let looked_at = match name {
                        QueueName::Operational | QueueName::Marketing => "a relay that was given up is looked at",
                        QueueName::Calls => "hosts that are left alone are looked at",
                    };
                    print(&format!("{}: {flushed} are tried at once, and {looked_at}", word(*name)))?;
                }
                Self::Hold(_) => store.hold_queue(stored(*name), now).await?,
                Self::Release(_) => store.release_queue(stored(*name), now).await?,
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
        QueueName::Calls => "calls",
    }
}

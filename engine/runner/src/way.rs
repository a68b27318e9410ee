//! The transport of one class of mail, and what is known of the relay behind it.

use mail::{Stage, Transport, Unreached};
use program::{Reason, StreamClass, Time};
use store::{Blame, RelaySeen, Settlement, Store};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    Clock, DispatchConfig, Wake,
    breaker::{Admits, Breaker, Turn, Why},
};

/// The transport of one class, with its breaker.
pub(crate) struct Way {
    pub(crate) class: StreamClass,
    pub(crate) transport: Transport,
    pub(crate) breaker: Breaker,
    pub(crate) files: Files,
}

/// Memory for the attachments of mails that are being sent.
pub(crate) struct Files {
    most: u32,
    room: Semaphore,
}

/// The state of a relay, as this node sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct RelayHealth {
    /// The class of its messages.
    pub class: StreamClass,
    /// Host and port.
    pub server: String,
    /// True: nothing is handed over to it. False: it is tried carefully.
    pub open: bool,
    /// Its reply, or what broke. None: it works again, with few connections at first.
    pub cause: Option<Reason>,
    /// Since when.
    pub since: Option<Time>,
    /// When it is tried next, if nothing is handed over to it.
    pub next: Option<Time>,
}

/// What a report on relays needs.
pub(crate) struct Watch<'a> {
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a Clock,
    pub(crate) wake: &'a Wake,
    pub(crate) node: &'a str,
}

impl Files {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, room: Semaphore::new(most as usize) }
    }

    /// Waits for memory for so many bytes. A mail that is larger than all of it gets all of it.
    pub(crate) async fn take(&self, bytes: u64) -> Option<SemaphorePermit<'_>> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.most);
        // Nobody closes the semaphore.
        self.room.acquire_many(bytes).await.ok()
    }
}

impl Way {
    pub(crate) fn new(class: StreamClass, transport: &Transport, config: &DispatchConfig) -> Self {
        let width = config.connections.min(transport.width().unwrap_or(usize::MAX));
        let way = Self {
            class,
            transport: transport.clone(),
            breaker: Breaker::new(width),
            files: Files::new(config.files_bytes),
        };
        if way.transport.server().is_some() {
            metrics::gauge!("stafette_relay_state", "queue" => way.label()).set(0.0);
        }
        way
    }

    /// For metrics: a closed list.
    pub(crate) fn label(&self) -> &'static str {
        self.class.as_str()
    }

    /// Its state; none if it works, or if there is no relay.
    pub(crate) fn health(&self) -> Option<RelayHealth> {
        let (open, why) = self.breaker.seen()?;
        let server = self.transport.server()?;
        let (cause, since) = why.map_or((None, None), |why| (Some(why.words), Some(why.since)));
        let next = self.breaker.open().map(|(_, next)| next);
        Some(RelayHealth { class: self.class, server, open, cause, since, next })
    }

    /// How many of `limit` messages may be leased. A relay that was given up is tried first, when it is time.
    pub(crate) async fn admitted(&self, limit: u32, watch: &Watch<'_>) -> store::Result<u32> {
        if self.transport.is_inbox() {
            return Ok(limit);
        }
        let now = watch.clock.now();
        // A flush matters only to a relay that was given up.
        let flushed = match self.breaker.open() {
            Some(_) => watch.store.queue_orders(self.class).await?.1,
            None => None,
        };
        match self.breaker.admits(now, flushed) {
            Admits::Some(n) => Ok(n.min(limit)),
            Admits::Nothing(why) => {
                // Nobody leases messages meanwhile, so this ends those that are too old.
                let ended = watch.store.expire_messages(self.class, waits(&why), now).await?;
                if ended > 0 {
                    tracing::error!(
                        ended,
                        relay = self.label(),
                        "messages waited for their relay for as long as they may"
                    );
                }
                Ok(0)
            }
            Admits::Probe => {
                self.after(watch, Turn { changed: true, ..Turn::default() }).await;
                match self.transport.reach().await {
                    Ok(_) => {
                        self.after(watch, self.breaker.reached()).await;
                        match self.breaker.admits(watch.clock.now(), None) {
                            Admits::Some(n) => Ok(n.min(limit)),
                            Admits::Probe | Admits::Nothing(_) => Ok(0),
                        }
                    }
                    Err(unreached) => {
                        self.unreached(watch, &unreached).await;
                        Ok(0)
                    }
                }
            }
        }
    }

    /// What it means for a message that no connection could be opened.
    pub(crate) async fn unreached(&self, watch: &Watch<'_>, unreached: &Unreached) -> Settlement {
        self.answered_by("unreached");
        let Unreached { stage, reason } = unreached;
        self.refused(watch, *stage, reason).await
    }

    pub(crate) async fn refused(&self, watch: &Watch<'_>, stage: Stage, reason: &Reason) -> Settlement {
        let turn = self.breaker.unreached(watch.clock.now(), stage, reason, chance(watch.clock));
        self.after(watch, turn).await;
        let cause = Reason::RelayDown { cause: reason.clone().into() };
        Settlement::Retry { blame: Blame::Relay { again: None }, reason: cause }
    }

    /// Counts replies of the relay, by a closed list.
    pub(crate) fn answered_by(&self, reply: &'static str) {
        metrics::counter!("stafette_relay_replies_total", "queue" => self.label(), "reply" => reply).increment(1);
    }

    /// Reports a changed state of the relay.
    pub(crate) async fn after(&self, watch: &Watch<'_>, turn: Turn) {
        if let Some(why) = &turn.tell {
            self.tell(why);
        }
        if !turn.changed {
            return;
        }
        let health = self.health();
        let state = match &health {
            None => 0.0,
            Some(RelayHealth { open: false, .. }) => 1.0,
            Some(RelayHealth { open: true, .. }) => 2.0,
        };
        metrics::gauge!("stafette_relay_state", "queue" => self.label()).set(state);
        if let Some((why, _)) = self.breaker.open() {
            let cause = why.cause.label();
            metrics::counter!("stafette_relay_opened_total", "queue" => self.label(), "cause" => cause).increment(1);
        }
        if let Err(error) = self.share(watch, health, turn.back).await {
            tracing::debug!(%error, "how a relay stands could not be told to the other nodes");
        }
    }

    async fn share(&self, watch: &Watch<'_>, health: Option<RelayHealth>, back: bool) -> store::Result<()> {
        if let Some(RelayHealth { server, open, cause: Some(cause), since: Some(since), next, .. }) = health {
            let state = if open { "open" } else { "half_open" }.to_owned();
            let node = watch.node.to_owned();
            let seen = RelaySeen { queue: self.class.into(), node, server, state, cause, since, next };
            return watch.store.relay_seen(&seen).await;
        }
        if !back {
            return Ok(());
        }
        watch.store.relay_well(watch.node, self.class).await?;
        let back = watch.store.relay_is_back(self.class).await?;
        tracing::info!(relay = self.label(), back, "the relay takes mails");
        watch.wake.messages(self.class);
        Ok(())
    }

    fn tell(&self, why: &Why) {
        let (server, cause) = (self.transport.server().unwrap_or_default(), why.cause.label());
        if why.cause.mends_itself() {
            tracing::warn!(relay = self.label(), %server, cause, words = %why.words, "the relay takes no mails; they wait");
        } else {
            tracing::error!(relay = self.label(), %server, cause, words = %why.words, "the relay takes no mails; they wait");
        }
    }
}

/// The reason of a message that waits for its relay.
pub(crate) fn waits(why: &Why) -> Reason {
    Reason::RelayDown { cause: why.words.clone().into() }
}

/// A random number from 0 to 1.
pub(crate) fn chance(clock: &Clock) -> f64 {
    const WHOLE: std::time::Duration = std::time::Duration::from_millis(1_000);
    clock.jitter(WHOLE).as_secs_f64()
}

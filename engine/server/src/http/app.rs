//! What every endpoint may use: the services, and the memory of the HTTP interface. A service gets only the parts that
//! it needs.

use std::{
    net::IpAddr,
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
};

use program::StreamClass;
use runner::{CallSigner, Clock, Dispatcher, Ingest, LinkSigner, Press, Wake};
use store::Store;
use tokio::sync::Semaphore;

use super::{assets::WebApp, callers::Callers, feed::Feed, limit::Limits, room::Room, tally::Tally};
use crate::{config::Config, dry_run::DryRuns, known::Looks, names::Names, proofs::Proofs, seal::Seals};

/// The state of the server. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What the server is made of.
pub struct Parts {
    /// Options.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Time and ids.
    pub clock: Clock,
    /// Takes events in.
    pub ingest: Ingest,
    /// Wakes workers.
    pub wake: Wake,
    /// Hands mails over, and knows how its relays stand.
    pub dispatcher: Dispatcher,
    /// Says which URLs may be called.
    pub guard: connect::Guard,
    /// Knows the secrets that sign calls.
    pub signer: CallSigner,
    /// Checks the links of answer pages.
    pub links: LinkSigner,
    /// Seals secrets, and opens them.
    pub seals: Seals,
    /// Renders what is only looked at, so that no mail waits for it.
    pub press: Press,
    /// The classes whose mail goes to the built-in inbox.
    pub inbox: Vec<StreamClass>,
    /// Who was let in a moment ago.
    pub callers: Callers,
    /// How often who may ask.
    pub limits: Limits,
    /// What bodies under way weigh.
    pub bodies: Room,
    /// What answers hold that wait to be read.
    pub untaken: Room,
    /// Looks at what is known, under way and to come.
    pub looks: Looks,
    /// Reads under way, see [`super::READS`].
    pub reads: Semaphore,
    /// Requests under way by forwarded address.
    pub crowd: Tally<IpAddr>,
    /// The live feed.
    pub live: Feed,
    /// Drafts on past events, under way or just over.
    pub dry_runs: Arc<DryRuns>,
    /// Names of programs and contacts.
    pub names: Names,
    /// The files of the web app.
    pub web: WebApp,
    /// Whether this node is going down: nobody should send it more.
    pub leaving: AtomicBool,
}

impl App {
    /// Shares the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Writes mails that are only looked at.
    pub fn proofs(&self) -> Proofs<'_> {
        Proofs { press: &self.press, links: &self.links, now: self.clock.now() }
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

//! The parts of a node, put together.

use std::sync::Arc;

use mail::{DkimKey, Transport};
use store::{Result, Store};

use crate::{Advancer, Clock, Config, Dispatcher, Ingest, LinkSigner, Wake};

/// What a node is made of.
#[derive(Clone)]
pub struct Deps {
    /// The database.
    pub store: Store,
    /// Time, ids and chance.
    pub clock: Clock,
    /// The ways out.
    pub transport: Transports,
    /// Makes the links of surveys and invitations.
    pub links: LinkSigner,
    /// Signs the mails, if there is a key.
    pub dkim: Option<Arc<DkimKey>>,
    /// Settings.
    pub config: Config,
}

/// One way out per class, so that a full one never delays the other.
#[derive(Clone, Debug)]
pub struct Transports {
    /// For operational mail.
    pub operational: Transport,
    /// For marketing mail.
    pub marketing: Transport,
}

/// The parts of a node, not yet at work by themselves: for tests, and for [`start`].
#[derive(Clone)]
pub struct Engine {
    /// Wakes workers; to be used after a replay, too.
    pub wake: Wake,
    /// Takes events in.
    pub ingest: Ingest,
    /// Moves tokens.
    pub advancer: Advancer,
    /// Hands messages over.
    pub dispatcher: Dispatcher,
}

/// A node at work.
pub struct Running {
    /// Wakes workers; to be used after a replay, too.
    pub wake: Wake,
    /// Takes events in.
    pub ingest: Ingest,
}

impl Engine {
    /// Puts the parts together; needs a tokio runtime.
    pub fn new(deps: Deps) -> Self {
        let _ = deps;
        todo!()
    }

    /// Does everything that is due now, tokens and messages, and returns when there is nothing more.
    pub async fn work_off(&self) -> Result<()> {
        todo!()
    }
}

/// Puts a node together and sets it to work.
pub async fn start(deps: Deps) -> Result<Running> {
    let _ = deps;
    todo!()
}

impl Running {
    /// Stops claiming, finishes what is under way, and leaves.
    pub async fn shutdown(self) {
        todo!()
    }
}

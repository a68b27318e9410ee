//! The parts of a node, put together.

use std::sync::Arc;

use mail::{DkimKey, Transport};
use program::{PerClass, StreamClass};
use store::{Result, Store};

use crate::{
    Advancer, CallSigner, Calls, Clock, Config, Dispatcher, Ingest, LinkSigner, Plans, Press, Wake,
    calls::Desk,
    dispatch::Office,
    duties::{Prune, Rescue},
    series::Series,
    settler::Settler,
    told::Told,
    way::Way,
    writer,
};

/// What a node is made of.
#[derive(Clone)]
pub struct Deps {
    /// The database.
    pub store: Store,
    /// Time, ids and chance.
    pub clock: Clock,
    /// The transports of mail.
    pub transport: PerClass<Transport>,
    /// Makes the links of surveys and invitations.
    pub links: LinkSigner,
    /// Renders the mails.
    pub press: Press,
    /// Signs the mails, if there is a key.
    pub dkim: Option<Arc<DkimKey>>,
    /// Calls other people's servers.
    pub client: connect::Client,
    /// Signs those calls.
    pub signer: CallSigner,
    /// Settings.
    pub config: Config,
}

/// The parts of a node, before they work by themselves: for tests and benches, and for [`start`](crate::start).
#[derive(Clone)]
pub struct Engine {
    /// This node's boot id.
    pub node: String,
    /// Wakes workers. Use it after a replay, too.
    pub wake: Wake,
    /// Takes events in.
    pub ingest: Ingest,
    /// Moves tokens.
    pub advancer: Advancer,
    /// Hands messages over.
    pub dispatcher: Dispatcher,
    /// Makes calls.
    pub calls: Calls,
    /// Takes messages and calls from dead nodes.
    pub rescue: Rescue,
    /// Deletes old rows.
    pub prune: Prune,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) told: Told,
    pub(crate) config: Config,
}

impl Engine {
    /// Puts the parts together; needs a tokio runtime.
    pub fn new(deps: Deps) -> Self {
        let Deps { store, clock, transport, links, press, dkim, client, signer, config } = deps;
        let node = clock.uuid().simple().to_string();
        let (wake, plans, told) = (Wake::new(), Plans::new(store.clone()), Told::new(clock.clone()));
        let settler = Settler::start(store.clone(), told.clone(), wake.clone());
        let dispatcher = Dispatcher::new(Office {
            store: store.clone(),
            clock: clock.clone(),
            wake: wake.clone(),
            writer: writer::Writer { store: store.clone(), plans: plans.clone(), press, links, dkim },
            settler,
            node: node.clone(),
            config: config.dispatch,
            ways: PerClass::each(|class| Way::new(class, &transport[class], &config.dispatch)),
            doubtful: Default::default(),
            series: Series::default(),
        });
        let calls = Calls::new(Desk {
            store: store.clone(),
            clock: clock.clone(),
            wake: wake.clone(),
            told: told.clone(),
            node: node.clone(),
            config: config.calls,
            client,
            signer,
        });
        let scale = config.time_scale;
        Self {
            node,
            ingest: Ingest::start(store.clone(), clock.clone(), wake.clone(), plans.clone(), config.ingest),
            advancer: Advancer::new(store.clone(), clock.clone(), wake.clone(), plans, scale, config.batch.bytes)
                .with_max_contact(config.ingest.max_contact),
            dispatcher,
            calls,
            rescue: Rescue::new(store.clone(), clock.clone(), wake.clone()),
            prune: Prune::new(store.clone(), clock.clone(), config.keep),
            wake,
            store,
            clock,
            told,
            config,
        }
    }

    /// Does everything that is due now (tokens, messages and calls), and returns when there is no more.
    pub async fn work_off(&self) -> Result<()> {
        // Buckets of other nodes are scanned after two scans without a row.
        let mut in_vain = 0;
        loop {
            let advanced = self.advancer.advance_once(self.config.batch.max.clamp(1, 500)).await?;
            let mut done = advanced.tokens + advanced.held;
            for class in StreamClass::ALL {
                let dispatched = self.dispatcher.dispatch_once(class, self.config.dispatch.batch).await?;
                done += dispatched.leased;
                if dispatched.unknown > 0 {
                    self.rescue.run_once().await?;
                }
            }
            done += self.calls.begin().await?;
            self.calls.idle().await;
            in_vain = if done == 0 { in_vain + 1 } else { 0 };
            if in_vain > 2 || in_vain > 0 && self.store.has_all_buckets() {
                return Ok(());
            }
        }
    }
}

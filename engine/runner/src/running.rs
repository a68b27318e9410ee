//! A running node: its workers, its start and its end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use program::StreamClass;
use store::{Beat, Dialect, Result, Store};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    Calls, Deps, Dispatcher, Engine, Ingest, Topic, Wake,
    duties::{CROWDS, CatchUps, Crowds, Gauges, Heartbeat},
    job::{Job, Pace},
    jobs::{Advance, Calling, Dispatch, Periodic, Size},
    relay, worker,
};

/// A running node.
pub struct Running {
    /// Wakes workers. Use it after a replay, too.
    pub wake: Wake,
    /// Takes events in.
    pub ingest: Ingest,
    /// This node's boot id.
    pub node: String,
    store: Store,
    dispatcher: Dispatcher,
    calls: Calls,
    drain: Duration,
    /// The deadline of the stop; none while the node works.
    stop: watch::Sender<Option<Instant>>,
    workers: JoinHandle<()>,
    relay: Option<JoinHandle<()>>,
}

/// On SQLite there is no other node that could take this one for dead.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 86_400);
/// On SQLite every writer is in this process and wakes the workers. Polling is for the unforeseen.
const POLL_ALONE: Duration = Duration::from_secs(5);
/// Hints announce what other nodes leave to this one. This is the delay if a hint is lost.
const POLL_OTHERS: Duration = Duration::from_millis(2_500);
/// A node that moves tokens also sends what it queued. Polling only finds what a dead node left.
const POLL_MESSAGES: Duration = Duration::from_secs(10);
/// The second and third worker of a sort are woken if there is enough work. So an idle node asks little.
const POLL_SECOND: Duration = Duration::from_secs(60);
const GAUGES: Duration = Duration::from_secs(30);
const CATCH_UPS: Duration = Duration::from_secs(15);

impl Engine {
    /// Makes the node known to the others, after rescuing what its last run left behind.
    pub async fn enter(&self) -> Result<()> {
        let heartbeat = self.heartbeat();
        if self.clock.is_system() {
            self.store.use_database_clock(self.clock.now());
        }
        if self.alone() {
            self.store.forget_nodes().await?;
        }
        heartbeat.run_once().await?;
        self.rescue.run_once().await.map(|_| ())
    }

    /// Starts the workers.
    pub async fn start(self) -> Result<Running> {
        self.enter().await?;
        let (stop, mut stopped) = watch::channel(None);
        let (jobs, boot, drain) = (self.jobs(), self.node.clone(), self.config.drain);
        let until = stop.subscribe();
        let workers = tokio::spawn(async move {
            // An error means that the sender is gone, which is a wish to stop, too.
            let stop = async { drop(stopped.wait_for(Option::is_some).await) };
            let limit = async move {
                let until = until.borrow().unwrap_or_else(Instant::now);
                tokio::time::sleep_until(until.into()).await;
            };
            worker::run(jobs, &boot, stop, limit).await;
        });
        let relay = relay::run(self.store.clone(), self.told.clone(), self.wake.clone(), self.node.clone());
        let relay = (!self.alone()).then(|| tokio::spawn(relay));
        let Self { node, wake, ingest, dispatcher, calls, store, .. } = self;
        Ok(Running { wake, ingest, node, store, dispatcher, calls, drain, stop, workers, relay })
    }

    /// Whether this is the only process on the database.
    fn alone(&self) -> bool {
        self.store.dialect() == Dialect::Sqlite
    }

    fn heartbeat(&self) -> Heartbeat {
        let ttl = if self.alone() { FOR_EVER } else { self.config.ttl };
        let (every, roles) = (self.config.heartbeat, self.config.roles);
        let beat = Beat { ttl, every, advances: roles.runner, dispatches: roles.dispatcher };
        Heartbeat::new(self.store.clone(), self.clock.clone(), self.node.clone(), beat)
    }

    fn jobs(&self) -> Vec<Arc<dyn Job>> {
        let roles = self.config.roles;
        let mut jobs = Vec::new();
        if roles.runner {
            jobs.extend(self.advance_jobs());
        }
        if roles.dispatcher {
            jobs.extend(self.dispatch_jobs());
        }
        jobs.extend(self.duties());
        jobs
    }

    fn advance_jobs(&self) -> impl Iterator<Item = Arc<dyn Job>> {
        let committers = self.config.committers(self.store.dialect());
        let poll = if self.alone() { POLL_ALONE } else { POLL_OTHERS };
        (1..=committers).map(move |n| {
            Arc::new(Advance {
                name: format!("advance-{n}"),
                store: self.store.clone(),
                advancer: self.advancer.clone(),
                wake: self.wake.clone(),
                pace: self.pace(n == 1, poll, Topic::Tokens),
                size: Size::new(self.config.batch),
            }) as Arc<dyn Job>
        })
    }

    fn dispatch_jobs(&self) -> Vec<Arc<dyn Job>> {
        let poll = match self.config.roles.runner {
            _ if self.alone() => POLL_ALONE,
            true => POLL_MESSAGES,
            // All its messages are queued by other nodes.
            false => POLL_OTHERS,
        };
        let mut jobs: Vec<Arc<dyn Job>> = Vec::new();
        let pace = self.pace(true, poll, Topic::Calls);
        jobs.push(Arc::new(Calling { calls: self.calls.clone(), pace }));
        for class in StreamClass::ALL {
            for n in 1..=self.config.dispatch.workers.max(1) {
                jobs.push(Arc::new(Dispatch {
                    name: format!("{}-{n}", class.as_str()),
                    store: self.store.clone(),
                    dispatcher: self.dispatcher.clone(),
                    pace: self.pace(n == 1, poll, Topic::Messages(class)),
                    class,
                    batch: self.config.dispatch.batch.clamp(1, 500),
                }));
            }
        }
        jobs
    }

    fn pace(&self, first: bool, poll: Duration, topic: Topic) -> Pace {
        let poll = if first { poll } else { POLL_SECOND };
        Pace::new(self.clock.clone(), poll, self.told.clone(), self.wake.listen(topic))
    }

    fn duties(&self) -> Vec<Arc<dyn Job>> {
        let (config, clock, told) = (&self.config, &self.clock, &self.told);
        let mut duties: Vec<Arc<dyn Job>> = Vec::new();
        if !self.alone() {
            duties.push(Arc::new(Periodic::new(self.heartbeat(), told, config.heartbeat, None)));
        }
        if config.roles.duties {
            let every = if self.alone() { config.rescue * 10 } else { config.rescue };
            let woken = Some(self.wake.listen(Topic::Rescue));
            let gauges = Gauges::new(self.store.clone(), clock.clone(), self.calls.clone(), self.wake.clone());
            duties.push(Arc::new(Periodic::new(self.rescue.clone(), told, every, woken)));
            duties.push(Arc::new(Periodic::new(self.prune.clone(), told, config.prune, None)));
            duties.push(Arc::new(Periodic::new(gauges, told, GAUGES, None)));
            let left = CatchUps::new(self.store.clone(), clock.clone(), self.wake.clone());
            duties.push(Arc::new(Periodic::new(left, told, CATCH_UPS, None)));
            let crowds = Crowds::new(self.store.clone(), clock.clone(), self.wake.clone());
            duties.push(Arc::new(Periodic::new(crowds, told, CROWDS, None)));
        }
        duties
    }
}

/// Puts a node together and starts it.
pub async fn start(deps: Deps) -> Result<Running> {
    Engine::new(deps).start().await
}

/// The most time for leaving, whatever is left of the limit.
const GOODBYE: Duration = Duration::from_secs(1);

impl Running {
    /// Hands mails over, and knows the state of its relays.
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Stops claiming and leasing. Running work goes on until the configured time is over, counted from here.
    pub fn stop(&self) {
        self.stop_until(Instant::now() + self.drain);
    }

    /// The same with a deadline. The first call counts.
    pub fn stop_until(&self, until: Instant) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            stop.get_or_insert(until);
            first
        });
    }

    /// Stops claiming, finishes running work, and leaves. What cannot be finished in time is left to the rescue of
    /// another node or of the next start.
    pub async fn shutdown(self) {
        self.stop();
        let until = self.stop.borrow().unwrap_or_else(Instant::now).into();
        if tokio::time::timeout_at(until, self.ingest.close()).await.is_err() {
            tracing::error!("some events could not be stored before the end; their senders were told nothing");
        }
        // The workers keep the limit by themselves. An error means that they broke down.
        let _ = self.workers.await;
        if tokio::time::timeout_at(until.max((Instant::now() + GOODBYE).into()), self.dispatcher.flush()).await.is_err()
        {
            tracing::error!("some messages could not be settled before the end");
        }
        // Calls that do not end in time are made again by another node, or at the next start.
        if tokio::time::timeout_at(until, self.calls.idle()).await.is_err() {
            tracing::warn!("some calls could not be ended before the end");
        }
        if let Some(relay) = self.relay {
            relay.abort();
        }
        match tokio::time::timeout(GOODBYE, self.store.leave(&self.node)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "this node could not say that it leaves"),
            Err(_) => tracing::warn!("this node could not say that it leaves in time"),
        }
    }
}

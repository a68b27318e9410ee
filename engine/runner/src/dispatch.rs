//! Messages go out: lease a batch, write the mails, hand them over, settle.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mail::{Envelope, HandOver, Mail, Transport};
use program::{Reason, StreamClass, Time};
use store::{Error, Leased, Result, Settle, Settlement, Store};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    Clock, DispatchConfig, Topic, Wake,
    engine::Transports,
    failpoint::{self, Point},
    letter::Writer,
    patience,
    settler::Settler,
};

/// Hands messages over. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher(Arc<Office>);

pub(crate) struct Office {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) wake: Wake,
    pub(crate) writer: Writer,
    pub(crate) settler: Settler,
    /// This node's boot id, under which it leases.
    pub(crate) node: String,
    pub(crate) config: DispatchConfig,
    pub(crate) operational: Counter,
    pub(crate) marketing: Counter,
    /// The ends of leases that failed: where only the answer to the commit was lost, they took what nobody knows of.
    pub(crate) doubtful: Mutex<Vec<Time>>,
}

/// The way out of one class, and how many mails may be under way on it.
pub(crate) struct Counter {
    transport: Transport,
    lanes: Semaphore,
    max_age: Duration,
}

/// What one batch led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Messages that were leased.
    pub leased: usize,
    /// Handed over.
    pub sent: usize,
    /// To be tried again.
    pub retried: usize,
    /// Given up.
    pub failed: usize,
    /// Handed over, perhaps.
    pub unknown: usize,
    /// Fenced off: taken from this node before it could hand them over or say what became of them.
    pub lost: usize,
}

/// How long a message waits for a database that was away, and as much again by chance.
const SOON: Duration = Duration::from_millis(500);
/// Less of the lease than this is too little to begin a hand-over.
const LEAST_LEASE: Duration = Duration::from_secs(10);

impl Dispatcher {
    pub(crate) fn new(office: Office) -> Self {
        Self(Arc::new(office))
    }

    /// Leases at most `limit` due messages of a class and brings each to the end of its attempt.
    #[tracing::instrument(level = "debug", skip(self))]
    pub async fn dispatch_once(&self, class: StreamClass, limit: u32) -> Result<Dispatched> {
        let office = &self.0;
        let now = office.clock.now();
        let until = now + office.config.lease;
        // Others compare it with their times, so it goes by the clock that all of them have.
        let lease = office.store.lease_time(now) + office.config.lease;
        office.give_back().await?;
        let leased = office.store.lease_messages(now, lease, &office.node, class, limit).await;
        if leased.as_ref().is_err_and(Error::retryable) {
            office.doubtful().push(lease);
        }
        let leased = leased?;
        let mut done = Dispatched { leased: leased.len(), ..Dispatched::default() };
        if leased.len() >= limit as usize {
            // A full lease means that there is work for the other workers of the class, too.
            office.wake.wake_here(Topic::Messages(class));
        }
        let mut attempts = JoinSet::new();
        for message in leased {
            let office = office.clone();
            let test = message.workspace.is_test_run();
            attempts.spawn(async move { (office.attempt(message, class, until).await, test) });
        }
        while let Some(ended) = attempts.join_next().await {
            match ended {
                Ok((outcome, test)) => done.count(outcome, class, test),
                Err(error) => {
                    // Its lease runs out, and the rescue duty gives it to the next attempt.
                    tracing::error!(%error, "an attempt broke down");
                    done.lost += 1;
                }
            }
        }
        if done.unknown > 0 {
            office.wake.wake(Topic::Rescue);
        }
        Ok(done)
    }

    pub(crate) async fn flush(&self) {
        self.0.settler.flush().await;
    }
}

impl Counter {
    pub(crate) fn new(transports: &Transports, class: StreamClass, config: &DispatchConfig) -> Self {
        let (transport, max_age) = match class {
            StreamClass::Operational => (&transports.operational, config.max_age_operational),
            StreamClass::Marketing => (&transports.marketing, config.max_age_marketing),
        };
        let lanes = config.connections.min(transport.width().unwrap_or(usize::MAX)).clamp(1, Semaphore::MAX_PERMITS);
        Self { transport: transport.clone(), lanes: Semaphore::new(lanes), max_age }
    }
}

impl Office {
    /// Frees what leases in doubt took. A class that has just leased until the same instant is fenced off, and leases
    /// again.
    async fn give_back(&self) -> Result<()> {
        let ends = std::mem::take(&mut *self.doubtful());
        for (at, until) in ends.iter().enumerate() {
            match self.store.give_back_messages(&self.node, *until).await {
                Ok(0) => {}
                Ok(given) => tracing::warn!(given, "messages were leased, and the answer was lost"),
                Err(error) => {
                    self.doubtful().extend(&ends[at..]);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// A panic cannot leave anything half-written here.
    fn doubtful(&self) -> MutexGuard<'_, Vec<Time>> {
        self.doubtful.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attempt, settled; `None` if it was fenced off.
    async fn attempt(&self, message: Leased, class: StreamClass, until: Time) -> Option<Settlement> {
        let counter = match class {
            StreamClass::Operational => &self.operational,
            StreamClass::Marketing => &self.marketing,
        };
        let mail = match self.writer.write(&message).await {
            Ok(Ok(mail)) => mail,
            Ok(Err(reason)) => return self.settle(&message, Settlement::Failed { reason }).await,
            // The database was away. That says nothing about the mail, so it does not wait as one that was refused.
            Err(error) if error.retryable() => {
                let due_at = self.clock.now() + SOON + self.clock.jitter(SOON);
                return self.settle(&message, Settlement::Retry { due_at, reason: error.to_string() }).await;
            }
            Err(error) => return self.settle(&message, self.retry(&message, counter, error.to_string())).await,
        };
        if counter.transport.is_inbox() {
            let Mail { envelope_from: sender, subject, raw, .. } = mail;
            return self.settle(&message, Settlement::Inbox { raw, subject, sender }).await;
        }
        let lane = counter.lanes.acquire().await.ok()?;
        let handed = self.hand_over(&message, &mail, counter, until).await?;
        let outcome = match handed {
            HandOver::Accepted { reply } => Settlement::Sent { reply, subject: mail.subject },
            HandOver::Retry { reason, .. } => self.retry(&message, counter, reason),
            HandOver::Refused { reason, .. } => Settlement::Failed { reason },
            HandOver::Unknown { reason } => Settlement::Unknown { reason },
        };
        // Queued before the lane is free, so that it stands before the mark of the lane's next message.
        let settled = self.settle(&message, outcome);
        drop(lane);
        settled.await
    }

    /// MAIL, RCPT, the durable mark, DATA. `None`: the mark was refused, nothing of the mail was sent.
    async fn hand_over(&self, message: &Leased, mail: &Mail, counter: &Counter, until: Time) -> Option<HandOver> {
        let mut connection = match counter.transport.connection().await {
            Ok(connection) => connection,
            Err(refused) => return Some(refused),
        };
        if let Err(refused) = connection.begin(&Envelope::from(mail)).await {
            return Some(refused);
        }
        let left = (until - self.clock.now()).to_std().unwrap_or_default();
        if left < LEAST_LEASE {
            return Some(HandOver::Retry { reason: Reason::LeaseOver.into(), code: None });
        }
        failpoint::pass(Point::BeforeMark);
        if !self.settler.mark(message.id, message.attempt).await {
            return None;
        }
        failpoint::pass(Point::AfterMark);
        // When the lease is over others may call the outcome unknown; say so no later than they do.
        let handed = tokio::time::timeout(left, connection.data(&mail.raw)).await;
        failpoint::pass(Point::AfterData);
        Some(handed.unwrap_or_else(|_| HandOver::Unknown { reason: Reason::NoReplyInLease.into() }))
    }

    /// Queues the settlement at once; what it gives waits until it is durable.
    fn settle(&self, message: &Leased, outcome: Settlement) -> impl Future<Output = Option<Settlement>> + use<> {
        let said = match &outcome {
            Settlement::Inbox { subject, .. } => Settlement::Sent { reply: String::new(), subject: subject.clone() },
            outcome => outcome.clone(),
        };
        let settled = self.settler.settle(Settle { id: message.id, attempt: message.attempt, outcome });
        async move { settled.await.then_some(said) }
    }

    fn retry(&self, message: &Leased, counter: &Counter, reason: String) -> Settlement {
        patience::retry(&self.clock, message.attempt, message.since, counter.max_age, reason)
    }
}

impl Dispatched {
    /// Test runs are no part of the metrics.
    fn count(&mut self, outcome: Option<Settlement>, class: StreamClass, test: bool) {
        let class = match class {
            StreamClass::Operational => "operational",
            StreamClass::Marketing => "marketing",
        };
        let (count, metric) = match outcome {
            Some(Settlement::Sent { .. } | Settlement::Inbox { .. }) => {
                (&mut self.sent, "stafette_messages_sent_total")
            }
            Some(Settlement::Retry { .. }) => (&mut self.retried, "stafette_messages_retried_total"),
            Some(Settlement::Failed { .. }) => (&mut self.failed, "stafette_messages_failed_total"),
            Some(Settlement::Unknown { .. }) => (&mut self.unknown, "stafette_messages_unknown_total"),
            None => (&mut self.lost, "stafette_messages_lost_total"),
        };
        *count += 1;
        metrics::counter!(metric, "class" => class).increment(u64::from(!test));
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").field("node", &self.0.node).finish_non_exhaustive()
    }
}

//! Makes calls: the lane of the outbox beside mail. Each host has a limit of its own, so a slow or dead host does not
//! delay other hosts.
//!
//! A call has no mark. Its id (`webhook-id`) is the same at each try, so the receiver can recognise a second one. A
//! node that dies between an answer and its settlement costs one more try.

mod body;
mod hosts;
mod signer;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use connect::{Answered, Class, Client, Failed, MAX_ANSWER};
use program::{Answer, CallId, Reason, Time};
use store::{CallAnswer, CallEnd, CallStatus, LeasedCall, QueueName, RelaySeen, Result, SettleCall, Store};
use tokio::{
    sync::{Mutex as AsyncMutex, oneshot},
    task::JoinSet,
};

pub(crate) use self::body::calls;
pub use self::signer::CallSigner;
use self::{
    body::headers,
    hosts::{Hosts, Rest, Turn, Went},
};
use crate::{
    CallsConfig, Clock, Topic, Wake,
    gather::{Doubtful, Gather, until_taken},
    told::Told,
};

/// The most characters that are kept of an answer: enough for people to see what a server says.
const KEPT: usize = 1_000;
/// The most hosts of one look. Others are looked at next time.
const MOST_HOSTS: u32 = 200;
/// The most looks for a host that can be called. What is left is looked at next time.
const MOST_LOOKS: usize = 25;
/// The most that the store takes in one call.
const MAX_SETTLE: usize = 1_000;

/// Makes calls. Cheap to clone.
#[derive(Clone)]
pub struct Calls(Arc<Lane>);

struct Lane {
    desk: Desk,
    hosts: Mutex<Hosts>,
    doubtful: Doubtful,
    settler: Gather<Entry>,
    /// Held while the state of a host is reported to other nodes.
    telling: AsyncMutex<()>,
    /// Running attempts. They end when this is dropped.
    attempts: AsyncMutex<JoinSet<()>>,
}

/// What the lane needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) wake: Wake,
    pub(crate) told: Told,
    /// This node's boot id, the owner of its leases.
    pub(crate) node: String,
    pub(crate) config: CallsConfig,
    pub(crate) client: Client,
    pub(crate) signer: CallSigner,
}

/// A finished attempt, and who waits until it is stored.
type Entry = (SettleCall, oneshot::Sender<Option<CallStatus>>);

/// Goes through all hosts, a look at a time.
#[derive(Default)]
struct Circle(Option<String>);

impl Circle {
    /// Whether this look sees the last of them, or the first one again.
    fn is_round(&mut self, due: &[(String, Time)]) -> bool {
        let again = self.0.as_ref().is_some_and(|first| due.iter().any(|(host, _)| host == first));
        if self.0.is_none() {
            self.0 = due.first().map(|(host, _)| host.clone());
        }
        again || due.len() < MOST_HOSTS as usize
    }
}

impl Calls {
    pub(crate) fn new(desk: Desk) -> Self {
        let settling = desk.clone();
        let settler = Gather::start(MAX_SETTLE, move |entries| {
            let desk = settling.clone();
            async move { desk.settle(entries).await }
        });
        let hosts = Mutex::new(Hosts::new(desk.config.connections, desk.config.per_host));
        let (doubtful, telling, attempts) = (Doubtful::default(), AsyncMutex::default(), AsyncMutex::default());
        Self(Arc::new(Lane { desk, hosts, doubtful, settler, telling, attempts }))
    }

    /// Begins as many due calls as there is room for, and returns how many. They run by themselves.
    #[tracing::instrument(level = "debug", skip(self))]
    pub async fn begin(&self) -> Result<usize> {
        let (lane, desk) = (&self.0, &self.0.desk);
        let mut attempts = lane.attempts.lock().await;
        while let Some(ended) = attempts.try_join_next() {
            told_of(ended);
        }
        let back = |until| desk.store.give_back_calls(&desk.node, until, desk.clock.now());
        lane.doubtful.give_back("calls", back).await?;
        let now = desk.clock.now();
        let (mut wanted, mut circle) = (Vec::new(), Circle::default());
        for _ in 0..MOST_LOOKS {
            let last = lane.hosts().last();
            let due = lane.due(&last).await?;
            let mut hosts = lane.hosts();
            wanted = hosts.shares(&due, now);
            if !wanted.is_empty() || hosts.is_full() || circle.is_round(&due) {
                break;
            }
            // Many hosts that rest, or are not due, do not hide the one behind them.
            hosts.passed(&due);
        }
        if wanted.is_empty() {
            return Ok(0);
        }
        // Other nodes compare the lease with their own time, so it uses the clock that all nodes share.
        let until = desk.store.lease_time(now) + desk.config.lease;
        let leased = desk.store.lease_calls(now, until, &desk.node, &wanted).await;
        if leased.as_ref().is_err_and(store::Error::retryable) {
            lane.doubtful.push(until);
        }
        let leased = leased?;
        let begun = leased.len();
        for call in leased {
            lane.hosts().began(&call.host);
            let lane = lane.clone();
            attempts.spawn(async move { lane.attempt(call).await });
        }
        Ok(begun)
    }

    /// How many hosts this node leaves alone.
    pub fn paused_hosts(&self) -> usize {
        self.0.hosts().paused()
    }

    /// How long calls are tried.
    pub(crate) fn patience(&self) -> Duration {
        self.0.desk.config.patience
    }

    /// Waits until no call is running.
    pub async fn idle(&self) {
        let mut attempts = self.0.attempts.lock().await;
        while let Some(ended) = attempts.join_next().await {
            told_of(ended);
        }
    }

    /// When there is work: the first due time of a host that there is room for.
    pub(crate) async fn next_look(&self) -> Result<Option<Time>> {
        if self.0.hosts().is_full() {
            // The end of a call wakes this lane.
            return Ok(None);
        }
        let (mut next, mut circle, mut last) = (None::<Time>, Circle::default(), self.0.hosts().last());
        for _ in 0..MOST_LOOKS {
            let due = self.0.due(&last).await?;
            next = [next, self.0.hosts().next_look(&due)].into_iter().flatten().min();
            if circle.is_round(&due) {
                break;
            }
            due.last().inspect(|(host, _)| last.clone_from(host));
        }
        Ok(next)
    }
}

/// An attempt that breaks down leaves its lease to the rescue.
fn told_of(ended: std::result::Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a call broke down");
    }
}

impl Lane {
    /// A panic cannot leave anything half-written here.
    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hosts with queued calls, beginning after this one. A look begins after the host that was served last, so that
    /// each has its turn. None while an operator holds the queue.
    async fn due(&self, last: &str) -> Result<Vec<(String, Time)>> {
        let mut due = self.desk.store.call_hosts(last, MOST_HOSTS).await?;
        if !last.is_empty() && due.hosts.len() < MOST_HOSTS as usize {
            let left = MOST_HOSTS - due.hosts.len() as u32;
            let before = self.desk.store.call_hosts("", left).await?;
            due.hosts.extend(before.hosts.into_iter().filter(|(host, _)| host.as_str() <= last));
            due.flushed_at = before.flushed_at.or(due.flushed_at);
        }
        if let Some(at) = due.flushed_at {
            self.hosts().flushed(at);
        }
        Ok(due.hosts)
    }

    /// One attempt, with its settlement.
    async fn attempt(&self, call: LeasedCall) {
        let desk = &self.desk;
        let host = call.host.clone();
        let sent = desk.send(&call).await;
        let (settle, went) = judged(call, sent);
        let outcome = match &settle.end {
            CallEnd::Answered => "answered",
            CallEnd::Retry { .. } => "retried",
            CallEnd::Failed { .. } => "failed",
        };
        let turn = self.hosts().ended(&host, went, desk.clock.now(), chance(&desk.clock));
        match &turn {
            Turn::Paused(Rest { until, why, .. }) => {
                tracing::warn!(host, %until, %why, "a host takes no calls and is left alone for a while");
            }
            Turn::Back => tracing::info!(host, "a host takes calls again"),
            Turn::Again | Turn::Same => {}
        }
        // There is room for another call.
        desk.wake.wake_here(Topic::Calls);
        let (done, settled) = oneshot::channel();
        let settled = if self.settler.send((settle, done)) { settled.await.unwrap_or_default() } else { None };
        let outcome = if settled.is_some() { outcome } else { "lost" };
        metrics::counter!("stafette_calls_total", "outcome" => outcome).increment(1);
        if turn != Turn::Same
            && let Err(error) = self.tell(&host).await
        {
            tracing::debug!(%error, "how a host stands could not be told to the other nodes");
        }
    }

    /// Reports the state of this host to the other nodes.
    async fn tell(&self, host: &str) -> Result<()> {
        // Reports are made one after the other, each with the state of that moment. So the last report is right.
        let _turn = self.telling.lock().await;
        let Desk { store, node, .. } = &self.desk;
        let (rest, well) = self.hosts().news(host);
        if let Some(Rest { since, until, why }) = rest {
            let (queue, node, server, state) = (QueueName::Calls, node.clone(), host.to_owned(), "open".to_owned());
            let seen = RelaySeen { queue, node, server, state, cause: why, since, next: Some(until) };
            store.relay_seen(&seen).await?;
        }
        for host in well {
            store.host_well(node, &host).await?;
            self.hosts().forget(&host);
        }
        Ok(())
    }
}

impl Desk {
    async fn send(&self, call: &LeasedCall) -> std::result::Result<Answered, Failed> {
        let request = connect::Call {
            id: call.id.uuid().simple().to_string(),
            at: self.clock.now(),
            url: call.url.clone(),
            headers: headers(),
            body: call.body.clone().into_bytes(),
            secrets: self.signer.secrets(call.workspace),
        };
        self.client.send(&request).await
    }

    /// Writes many settlements in one transaction, and retries until the database takes it.
    async fn settle(&self, entries: Vec<Entry>) {
        let (settles, waiting): (Vec<SettleCall>, Vec<_>) = entries.into_iter().unzip();
        let patience = self.config.patience;
        let attempt = || self.store.settle_calls(self.clock.now(), patience, &settles);
        let settled = match until_taken(&self.told, "calls cannot be settled, trying again", attempt).await {
            Ok(settled) => settled,
            Err(error) => {
                tracing::error!(%error, "calls cannot be settled together, trying one by one");
                self.one_by_one(&settles).await
            }
        };
        for (settle, done) in settles.iter().zip(waiting) {
            // The caller may be gone. What is written stays written.
            let _ = done.send(settled.get(&(settle.call.id, settle.call.attempt)).copied());
        }
        self.wake.wake(Topic::Changes);
        if settled.values().any(|status| matches!(status, CallStatus::Answered | CallStatus::Failed)) {
            self.wake.tokens();
        }
    }

    /// Settles each call alone, so that one that cannot be settled does not delay the others. Its lease runs out.
    async fn one_by_one(&self, settles: &[SettleCall]) -> HashMap<(CallId, u32), CallStatus> {
        let mut all = HashMap::new();
        for settle in settles {
            let one = std::slice::from_ref(settle);
            match self.store.settle_calls(self.clock.now(), self.config.patience, one).await {
                Ok(settled) => all.extend(settled),
                Err(error) => tracing::error!(%error, call = %settle.call.id, "a call cannot be settled"),
            }
        }
        all
    }
}

/// What an answer, or none, means for the call and for its host.
fn judged(call: LeasedCall, sent: std::result::Result<Answered, Failed>) -> (SettleCall, Went) {
    match sent {
        Ok(answered) => {
            metrics::histogram!("stafette_call_seconds").record(answered.took.as_secs_f64());
            let class = answered.class();
            let (status, after) = (answered.status, answered.retry_after);
            let reason = || Reason::NotTaken { status: u64::from(status) };
            let (end, went) = match class {
                None => (CallEnd::Answered, Went::Well),
                Some(Class::Server) => {
                    (CallEnd::Retry { reason: reason(), after }, Went::Badly { why: reason(), after })
                }
                // The host answers, so other calls to it may succeed.
                Some(Class::Configuration | Class::Call) => (CallEnd::Failed { reason: reason() }, Went::Well),
            };
            let settle = SettleCall { call, end, status: Some(status), answer: kept(&answered.body) };
            (settle, went)
        }
        Err(failed) => {
            metrics::histogram!("stafette_call_seconds").record(failed.took.as_secs_f64());
            let reason: Reason = failed.to_string().into();
            let (end, went) = match failed.class() {
                Class::Server => {
                    let why = reason.clone();
                    (CallEnd::Retry { reason, after: None }, Went::Badly { why, after: None })
                }
                // Nobody was called.
                Class::Configuration | Class::Call => (CallEnd::Failed { reason }, Went::Nowhere),
            };
            (SettleCall { call, end, status: None, answer: None }, went)
        }
    }
}

/// The beginning of an answer, if it said anything.
fn kept(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_ANSWER)]);
    let text: String = text.trim().chars().take(KEPT).collect();
    (!text.is_empty()).then_some(text)
}

/// A random number from 0 to 1.
fn chance(clock: &Clock) -> f64 {
    clock.jitter(Duration::from_secs(1)).as_secs_f64()
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("node", &self.0.desk.node).finish_non_exhaustive()
    }
}

/// The result of a call, as a step reads it.
pub(crate) fn told(answer: &CallAnswer) -> Answer {
    match answer {
        CallAnswer::Answered { status } => Answer::Taken { status: *status },
        CallAnswer::Failed { reason } => Answer::Failed { cause: reason.clone() },
        CallAnswer::Open { since } => Answer::Open { until: *since + Answer::PATIENCE.delta() },
    }
}

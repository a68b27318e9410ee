//! Sends messages: leases a batch, writes the mails, hands them over, settles.

use std::{fmt, sync::Arc, time::Duration};

use mail::{Envelope, HandOver, Mail, Stage};
use metrics::SharedString;
use program::{PerClass, Reason, StreamClass, Time};
use store::{Blame, Error, Leased, MessageStatus, Result, Settle, Settlement, Store};
use tokio::task::JoinSet;

use crate::{
    Clock, DispatchConfig, Topic, Wake,
    breaker::{Tried, Verdict},
    failpoint::{self, Point},
    gather::Doubtful,
    series::Series,
    settler::Settler,
    way::{RelayHealth, Watch, Way, chance, waits},
    writer::Writer,
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
    /// This node's boot id, the owner of its leases.
    pub(crate) node: String,
    pub(crate) config: DispatchConfig,
    pub(crate) ways: PerClass<Way>,
    pub(crate) doubtful: Doubtful,
    pub(crate) series: Series,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// The new state of the message.
    Known(MessageStatus),
    /// Handed over with an unknown outcome.
    Unknown,
}

/// Results of one batch.
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
    /// With an unknown outcome.
    pub unknown: usize,
    /// Fenced off: another node took the message before this one could hand it over or settle it.
    pub lost: usize,
}

/// Minimum lease time left to begin a hand-over.
const LEAST_LEASE: Duration = Duration::from_secs(10);

impl Dispatcher {
    pub(crate) fn new(office: Office) -> Self {
        Self(Arc::new(office))
    }

    /// Leases at most `limit` due messages of a class and brings each to the end of its attempt.
    #[tracing::instrument(level = "debug", skip(self))]
    pub async fn dispatch_once(&self, class: StreamClass, limit: u32) -> Result<Dispatched> {
        let office = &self.0;
        let limit = office.ways[class].admitted(limit, &office.watch()).await?;
        if limit == 0 {
            return Ok(Dispatched::default());
        }
        let now = office.clock.now();
        // Other nodes compare the lease with their own time, so it uses the clock that all nodes share.
        let lease = office.store.lease_time(now) + office.config.lease;
        office.give_back().await?;
        let leased =
            office.store.lease_messages_within(office.config.batch_bytes, now, lease, &office.node, class, limit).await;
        if leased.as_ref().is_err_and(Error::retryable) {
            office.doubtful.push(lease);
        }
        let leased = leased?;
        if leased.is_empty() {
            let way = &office.ways[class];
            way.after(&office.watch(), way.breaker.idle(now, chance(&office.clock))).await;
        }
        let mut done = Dispatched { leased: leased.len(), ..Dispatched::default() };
        if leased.len() >= limit as usize {
            // A full lease means that there is work for the other workers of the class, too.
            office.wake.wake_here(Topic::Messages(class));
        }
        let mut attempts = JoinSet::new();
        for message in leased {
            let office = office.clone();
            // Test runs are not counted in metrics.
            let stream = (!message.workspace.is_test_run()).then(|| message.stream.clone());
            attempts.spawn(async move { (office.attempt(message, class, lease).await, stream) });
        }
        while let Some(ended) = attempts.join_next().await {
            match ended {
                Ok((outcome, stream)) => done.count(outcome, class, stream.map(|stream| office.series.label(stream))),
                Err(error) => {
                    // The lease runs out, and the rescue duty queues the message again.
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

    /// The relays of this node that do not work normally.
    pub fn relays(&self) -> Vec<RelayHealth> {
        self.0.ways.iter().filter_map(|(_, way)| way.health()).collect()
    }

    /// Checks whether the relay of a class can be reached, and remembers the result. Returns it.
    pub async fn look(&self, class: StreamClass) -> bool {
        let (way, watch) = (&self.0.ways[class], self.0.watch());
        match way.transport.reach().await {
            Ok(_) => {
                way.after(&watch, way.breaker.reached()).await;
                true
            }
            Err(unreached) => {
                way.unreached(&watch, &unreached).await;
                false
            }
        }
    }

    /// When the dispatcher has to look at this class again, if its first message is due at `due`.
    pub(crate) fn next_look(&self, class: StreamClass, due: Option<Time>) -> Option<Time> {
        // A relay that was given up is checked even if there is no mail for it.
        self.0.ways[class].breaker.next_look(self.0.clock.now()).or(due)
    }

    pub(crate) async fn flush(&self) {
        self.0.settler.flush().await;
    }
}

impl Office {
    async fn give_back(&self) -> Result<()> {
        let give_back = |until| self.store.give_back_messages(&self.node, until, self.clock.now());
        self.doubtful.give_back("messages", give_back).await
    }

    /// One attempt with its settlement. Returns the new state of the message, or `None` if it was fenced off.
    async fn attempt(&self, message: Leased, class: StreamClass, until: Time) -> Option<Ended> {
        let way = &self.ways[class];
        // The memory of its attachments is released after the settlement.
        let (mail, _room) = match self.writer.write(&message, &way.files).await {
            Ok(Ok(written)) => written,
            Ok(Err(reason)) => return self.settle(&message, Settlement::Failed { reason }).await,
            // If the database was away, the mail is not to blame.
            Err(error) => {
                let blame = if error.retryable() { Blame::House } else { Blame::Mail };
                return self.settle(&message, Settlement::Retry { blame, reason: error.to_string().into() }).await;
            }
        };
        if way.transport.is_inbox() {
            let Mail { envelope_from: sender, subject, raw, .. } = mail;
            return self.settle(&message, Settlement::Inbox { raw, subject, sender }).await;
        }
        let lane = match way.breaker.lane().await {
            Ok(lane) => lane,
            Err(why) => {
                let blame = Blame::Relay { again: None };
                return self.settle(&message, Settlement::Retry { blame, reason: waits(&why) }).await;
            }
        };
        let outcome = self.hand_over(&message, mail, way, until).await?;
        // Queued before the lane is released, so that it comes before the mark of the lane's next message.
        let settled = self.settle(&message, outcome);
        drop(lane);
        settled.await
    }

    /// MAIL, RCPT, the durable mark, DATA. `None`: the mark was refused, nothing of the mail was sent.
    async fn hand_over(&self, message: &Leased, mail: Mail, way: &Way, until: Time) -> Option<Settlement> {
        let mut connection = match way.transport.reach().await {
            Ok(connection) => connection,
            Err(unreached) => return Some(way.unreached(&self.watch(), &unreached).await),
        };
        if let Err(refused) = connection.begin(&Envelope::from(&mail)).await {
            return Some(self.judged(message, way, connection.stage(), refused, mail.subject).await);
        }
        // The lease uses the shared clock, because this node's clock may have been changed meanwhile.
        let left = || (until - self.store.lease_time(self.clock.now())).to_std().unwrap_or_default();
        let over = || Some(Settlement::Retry { blame: Blame::House, reason: Reason::LeaseOver });
        if left() < LEAST_LEASE {
            return over();
        }
        failpoint::pass(Point::BeforeMark);
        if !self.settler.mark(message.id, message.attempt).await {
            return None;
        }
        failpoint::pass(Point::AfterMark);
        // The mark waits while the database is away. After the end of the lease other nodes may call the outcome
        // unknown, so DATA gets only the time that is left.
        let left = left();
        if left.is_zero() {
            return over();
        }
        let handed = tokio::time::timeout(left, connection.data(&mail.raw)).await;
        failpoint::pass(Point::AfterData);
        let handed = handed.unwrap_or(HandOver::Unknown { reason: Reason::NoReplyInLease });
        Some(self.judged(message, way, connection.stage(), handed, mail.subject).await)
    }

    /// Decides what an answer means for the message and for the relay.
    async fn judged(
        &self,
        message: &Leased,
        way: &Way,
        stage: Stage,
        outcome: HandOver,
        subject: String,
    ) -> Settlement {
        if stage < Stage::Sender
            && let HandOver::Retry { reason, .. } = &outcome
        {
            // The kept connection was closed, and no other could be opened.
            way.answered_by("unreached");
            return way.refused(&self.watch(), stage, reason).await;
        }
        way.answered_by(match &outcome {
            HandOver::Accepted { .. } => "accepted",
            HandOver::Retry { code: Some(_), .. } => "later",
            HandOver::Retry { code: None, .. } => "none",
            HandOver::Refused { .. } => "refused",
            HandOver::Unknown { .. } => "unknown",
        });
        let tried = Tried { id: message.id, tries: message.tries, due_at: message.due_at };
        let (verdict, turn) = way.breaker.answered(self.clock.now(), tried, stage, &outcome, chance(&self.clock));
        way.after(&self.watch(), turn).await;
        let blame = match verdict {
            Verdict::Believe | Verdict::Doubt => Blame::Mail,
            Verdict::Relay { again } => Blame::Relay { again },
        };
        match outcome {
            HandOver::Accepted { reply } => Settlement::Sent { reply, subject },
            HandOver::Unknown { reason } => Settlement::Unknown { reason },
            HandOver::Refused { reason, .. } if verdict == Verdict::Believe => Settlement::Failed { reason },
            HandOver::Retry { reason, .. } | HandOver::Refused { reason, .. } => {
                let down = matches!(blame, Blame::Relay { .. });
                let reason = if down { Reason::RelayDown { cause: reason.into() } } else { reason };
                Settlement::Retry { blame, reason }
            }
        }
    }

    fn watch(&self) -> Watch<'_> {
        Watch { store: &self.store, clock: &self.clock, wake: &self.wake, node: &self.node }
    }

    /// Queues the settlement at once. The returned future waits until it is stored.
    fn settle(&self, message: &Leased, outcome: Settlement) -> impl Future<Output = Option<Ended>> + use<> {
        let unknown = matches!(outcome, Settlement::Unknown { .. });
        let settled = self.settler.settle(Settle { id: message.id, attempt: message.attempt, outcome });
        async move { settled.await.map(|state| if unknown { Ended::Unknown } else { Ended::Known(state) }) }
    }
}

impl Dispatched {
    /// Messages that are not counted in metrics have no stream here.
    fn count(&mut self, outcome: Option<Ended>, class: StreamClass, stream: Option<SharedString>) {
        let (count, metric, ended) = match outcome {
            Some(Ended::Unknown) => (&mut self.unknown, "stafette_messages_unknown_total", "unknown"),
            Some(Ended::Known(MessageStatus::Sent)) => (&mut self.sent, "stafette_messages_sent_total", "sent"),
            Some(Ended::Known(MessageStatus::Failed)) => (&mut self.failed, "stafette_messages_failed_total", "failed"),
            Some(Ended::Known(_)) => (&mut self.retried, "stafette_messages_retried_total", "retried"),
            None => (&mut self.lost, "stafette_messages_lost_total", "lost"),
        };
        *count += 1;
        let Some(stream) = stream else { return };
        metrics::counter!(metric, "class" => class.as_str()).increment(1);
        metrics::counter!("stafette_stream_messages_total", "stream" => stream, "outcome" => ended).increment(1);
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").field("node", &self.0.node).finish_non_exhaustive()
    }
}

//! The circuit breaker of a relay: decides how many mails may be leased for it now. Pure, except for a lock: time and
//! chance are arguments.
//!
//! ```text
//! closed ──refuses everything──▶ open ──a while──▶ half open ──takes one──▶ closed, narrow ──20 taken──▶ twice as wide …
//!                                 ▲                    │
//!                                 └───refuses several──┘
//! ```
//!
//! While it is open nothing is leased. So messages keep their place, and nothing is counted against them. A probe asks
//! for several mails, one after the other, because the first ones may be mails that no relay takes.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mail::{HandOver, Stage};
use program::{MessageId, Reason, Time};
use tokio::sync::Notify;

use crate::verdict::{Cause, Fault, fault};

/// After this many failures in a row, of different messages, the relay is at fault.
const STREAK: usize = 5;
/// After this many accepted mails the number of connections is doubled.
const WIDER: u32 = 20;
/// A relay that accepted a mail within this time works, even if it refuses another one.
const RECENT: Duration = Duration::from_secs(600);
/// A relay that accepted a mail within this time and refuses a connection has too many of them.
const JUST_NOW: Duration = Duration::from_secs(10);
/// A relay that accepted a mail within [`RECENT`] is probed again after this time at the latest.
const SOON: Duration = Duration::from_secs(10);
/// The most mails of a first probe. Each further probe has twice as many, up to eight times.
const ASKED: u32 = 20;
/// The same for a relay that refuses mails only after the hand-over. This is done sparingly.
const HANDED: u32 = 5;
/// The most failed messages that are remembered while the relay takes others.
const SUSPECTS: usize = 10_000;
/// Each cause is logged once in this time.
const QUIET: Duration = Duration::from_secs(60);

/// The breaker of one relay.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Connections at once: now, and when all is well.
    width: usize,
    full: usize,
    in_use: usize,
    /// Mails taken since the width last changed.
    taken: u32,
    /// Messages that failed in a row, also while it is open.
    streak: HashSet<MessageId>,
    /// Messages of earlier streaks. If they fail again, that says nothing about the relay.
    suspects: HashSet<MessageId>,
    accepted_at: Option<Time>,
    /// When each cause was last logged.
    told: HashMap<Cause, Time>,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Closed,
    Open {
        why: Why,
        looked: Time,
        next: Time,
        probes: u32,
    },
    /// `left`: how many more mails this probe may ask for.
    HalfOpen {
        why: Why,
        probes: u32,
        left: u32,
    },
}

/// Why nothing is handed over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Why {
    pub(crate) cause: Cause,
    /// The stage at which it failed.
    pub(crate) at: Stage,
    /// The relay's reply, or what broke.
    pub(crate) words: Reason,
    pub(crate) since: Time,
}

/// How many messages may be leased now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Admits {
    /// At most this many.
    Some(u32),
    /// The relay has to be probed first; then one message.
    Probe,
    /// Nothing.
    Nothing(Why),
}

/// What an answer means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The answer is about this mail.
    Believe,
    /// It may be about the relay, so the mail is retried.
    Doubt,
    /// It is about the relay, so the mail waits for it.
    Relay {
        /// Not before this time.
        again: Option<Time>,
    },
}

/// What changed by an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Turn {
    /// The state has changed.
    pub(crate) changed: bool,
    /// The relay takes mails again.
    pub(crate) back: bool,
    /// It is open, and this was not logged for a while.
    pub(crate) tell: Option<Why>,
}

/// A connection that is in use; freed when it is dropped.
#[derive(Debug)]
pub(crate) struct Lane<'a>(&'a Breaker);

/// The message of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tried {
    pub(crate) id: MessageId,
    pub(crate) tries: u32,
    pub(crate) due_at: Time,
}

impl Turn {
    const BACK: Self = Self { changed: true, back: true, tell: None };
}

impl Breaker {
    pub(crate) fn new(full: usize) -> Self {
        let full = full.max(1);
        let (streak, suspects, told) = (HashSet::new(), HashSet::new(), HashMap::new());
        let (state, accepted_at) = (State::Closed, None);
        let inner = Inner { state, width: full, full, in_use: 0, taken: 0, streak, suspects, accepted_at, told };
        Self { state: Mutex::new(inner), changed: Notify::new() }
    }

    /// How many messages may be leased. Only one caller is told to probe.
    pub(crate) fn admits(&self, now: Time, flushed: Option<Time>) -> Admits {
        let mut inner = self.lock();
        match inner.state.clone() {
            State::Closed if inner.width < inner.full => {
                Admits::Some(u32::try_from(inner.width).unwrap_or(u32::MAX).saturating_mul(WIDER))
            }
            State::Closed => Admits::Some(u32::MAX),
            // The probe has not ended yet.
            State::HalfOpen { why, .. } if inner.in_use > 0 => Admits::Nothing(why),
            State::HalfOpen { .. } => Admits::Some(1),
            State::Open { why, looked, next, probes } => {
                // An operator's flush counts once, even if a clock was set back.
                let wished = flushed.is_some_and(|at| at > looked);
                if (looked..next).contains(&now) && !wished {
                    return Admits::Nothing(why);
                }
                let left = asked(&why, probes, inner.works(now));
                inner.state = State::HalfOpen { why, probes, left };
                inner.width = 1;
                Admits::Probe
            }
        }
    }

    /// When the relay is probed again; none if it is not open.
    pub(crate) fn next_look(&self, now: Time) -> Option<Time> {
        match &self.lock().state {
            State::Open { looked, next, .. } => Some(if now < *looked { now } else { *next }),
            _ => None,
        }
    }

    /// Why it is open, and when the relay is probed again; none if it is not open.
    pub(crate) fn open(&self) -> Option<(Why, Time)> {
        match &self.lock().state {
            State::Open { why, next, .. } => Some((why.clone(), *next)),
            _ => None,
        }
    }

    /// Its state; none if all is well. True: it is open.
    pub(crate) fn seen(&self) -> Option<(bool, Option<Why>)> {
        let inner = self.lock();
        match &inner.state {
            State::Open { why, .. } => Some((true, Some(why.clone()))),
            State::HalfOpen { why, .. } => Some((false, Some(why.clone()))),
            State::Closed if inner.width < inner.full => Some((false, None)),
            State::Closed => None,
        }
    }

    /// Waits for a free connection. If the relay is open, it returns why.
    pub(crate) async fn lane(&self) -> Result<Lane<'_>, Why> {
        loop {
            let changed = self.changed.notified();
            {
                let mut inner = self.lock();
                if let State::Open { why, .. } = &inner.state {
                    let why = why.clone();
                    drop(inner);
                    // Another attempt may wait for this, too.
                    self.changed.notify_one();
                    return Err(why);
                }
                if inner.in_use < inner.width {
                    inner.in_use += 1;
                    return Ok(Lane(self));
                }
            }
            changed.await;
        }
    }

    /// No connection was opened on which a mail could begin.
    pub(crate) fn unreached(&self, now: Time, stage: Stage, words: &Reason, chance: f64) -> Turn {
        let mut inner = self.lock();
        let works = inner.accepted_at.is_some_and(|at| at + JUST_NOW > now);
        if inner.state == State::Closed && works && inner.in_use > 1 {
            inner.width = (inner.width / 2).max(1);
            inner.taken = 0;
            return Turn { changed: true, ..Turn::default() };
        }
        self.opened(inner, now, (Cause::of(stage), stage), words, chance)
    }

    /// A connection could be opened. If that was the only fault, mails are sent again. It says nothing about a password
    /// that the relay checks only when a sender is named.
    pub(crate) fn reached(&self) -> Turn {
        let mut inner = self.lock();
        match &inner.state {
            State::HalfOpen { why, .. } if why.at < Stage::Sender => {
                close(&mut inner);
                drop(inner);
                self.changed.notify_one();
                Turn::BACK
            }
            _ => Turn::default(),
        }
    }

    /// The relay answered for this mail, or failed to.
    pub(crate) fn answered(
        &self,
        now: Time,
        tried: Tried,
        stage: Stage,
        outcome: &HandOver,
        chance: f64,
    ) -> (Verdict, Turn) {
        let mut inner = self.lock();
        let words = match outcome {
            HandOver::Accepted { .. } => {
                inner.accepted_at = Some(now);
                return (Verdict::Believe, self.took(inner));
            }
            HandOver::Retry { reason, .. } | HandOver::Refused { reason, .. } | HandOver::Unknown { reason } => reason,
        };
        // The relay got past the step at which it failed before.
        let past = |why: &Why| why.at == Stage::Sender && stage > Stage::Sender;
        let back = matches!(&inner.state, State::HalfOpen { why, .. } if past(why));
        if back {
            close(&mut inner);
            self.changed.notify_one();
        }
        let turn = if back { Turn::BACK } else { Turn::default() };
        let works = inner.works(now);
        let unknown = matches!(outcome, HandOver::Unknown { .. });
        let asked_for = match (&inner.state, fault(stage, outcome)) {
            (_, Fault::Mail) => return (Verdict::Believe, turn),
            (State::HalfOpen { .. } | State::Open { .. }, Fault::Relay(cause) | Fault::Doubt(cause)) => {
                inner.failed(tried.id);
                Some(cause)
            }
            (State::Closed, Fault::Relay(cause)) if !works || stage < Stage::Sender => Some(cause),
            // A fault of the relay counts against no mail while the relay takes others.
            (State::Closed, Fault::Relay(cause) | Fault::Doubt(cause)) => {
                inner.failed(tried.id);
                let alone = cause == Cause::Sender && !works && matches!(outcome, HandOver::Refused { .. });
                (inner.streak.len() >= STREAK || alone).then_some(cause)
            }
        };
        if let Some(cause) = asked_for {
            // The next mail of this probe is asked for at once.
            if let State::HalfOpen { probes, left, .. } = &mut inner.state
                && *left > 1
                && stage >= Stage::Sender
                && !unknown
            {
                *left -= 1;
                let probes = *probes + 1;
                let again = Some(inner.next_look(now, cause, probes, 0.0));
                return (Verdict::Relay { again }, turn);
            }
            let turn = self.opened(inner, now, (cause, stage), words, chance);
            let again = self.open().map(|(_, next)| next);
            // The outcome of a mail without a reply is unknown, whoever is at fault.
            return (if unknown { Verdict::Believe } else { Verdict::Relay { again } }, turn);
        }
        let since = |at: Time| at + Duration::from_secs(40) > tried.due_at;
        let proven = tried.tries > 0 && inner.accepted_at.is_some_and(since);
        let refused = matches!(outcome, HandOver::Refused { .. });
        // A refusal that may be the relay's fault is believed if the relay has taken another mail since.
        (if refused && !proven { Verdict::Doubt } else { Verdict::Believe }, turn)
    }

    /// No mail is queued. A probe that has asked for some is over then.
    pub(crate) fn idle(&self, now: Time, chance: f64) -> Turn {
        let inner = self.lock();
        match inner.state.clone() {
            State::HalfOpen { why, probes, left }
                if inner.in_use == 0 && left < asked(&why, probes, inner.works(now)) =>
            {
                self.opened(inner, now, (why.cause, why.at), &why.words, chance)
            }
            _ => Turn::default(),
        }
    }

    fn took(&self, mut inner: MutexGuard<'_, Inner>) -> Turn {
        let Inner { streak, suspects, .. } = &mut *inner;
        if suspects.len() + streak.len() > SUSPECTS {
            suspects.clear();
        }
        suspects.extend(streak.drain());
        if inner.state != State::Closed {
            close(&mut inner);
            drop(inner);
            self.changed.notify_one();
            return Turn::BACK;
        }
        if inner.width >= inner.full {
            return Turn::default();
        }
        inner.taken += 1;
        if inner.taken < WIDER {
            return Turn::default();
        }
        inner.taken = 0;
        inner.width = (inner.width * 2).min(inner.full);
        let changed = inner.width == inner.full;
        let more = inner.width / 2;
        drop(inner);
        (0..more.max(1)).for_each(|_| self.changed.notify_one());
        Turn { changed, ..Turn::default() }
    }

    fn opened(
        &self,
        mut inner: MutexGuard<'_, Inner>,
        now: Time,
        (cause, at): (Cause, Stage),
        words: &Reason,
        chance: f64,
    ) -> Turn {
        // The same fault goes on.
        let (since, probes) = match &inner.state {
            State::Closed => (now, 0),
            State::HalfOpen { why, probes, .. } => (why.since, probes + 1),
            State::Open { why, probes, .. } => (why.since, *probes),
        };
        let changed = !matches!(inner.state, State::Open { .. });
        let why = Why { cause, at, words: words.clone(), since };
        if changed {
            let next = inner.next_look(now, cause, probes, chance);
            inner.state = State::Open { why: why.clone(), looked: now, next, probes };
            (inner.width, inner.taken) = (1, 0);
        }
        let told = inner.told.get(&cause).is_some_and(|at| *at <= now && *at + QUIET > now);
        if !told {
            inner.told.insert(cause, now);
        }
        drop(inner);
        // Nobody needs to wait for a connection any more.
        self.changed.notify_one();
        Turn { changed, tell: (!told).then_some(why), ..Turn::default() }
    }

    /// A panic cannot leave anything half-written here.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many mails a probe asks for, after `probes` failures.
fn asked(why: &Why, probes: u32, works: bool) -> u32 {
    match why.at {
        at if at < Stage::Sender => 1,
        Stage::Data | Stage::Body if !works => HANDED,
        _ => ASKED << probes.min(3),
    }
}

impl Inner {
    /// Remembers that a message failed, unless it failed before while others went.
    fn failed(&mut self, id: MessageId) {
        if self.streak.len() < SUSPECTS && !self.suspects.contains(&id) {
            self.streak.insert(id);
        }
    }

    /// When the relay is probed again. What a person must fix is probed less often, so that the relay does not lock the
    /// installation out. Chance spreads the nodes.
    fn next_look(&self, now: Time, cause: Cause, probes: u32, chance: f64) -> Time {
        let (first, longest) = if cause.mends_itself() { (2, 60) } else { (15, 300) };
        let pause = Duration::from_secs(first).saturating_mul(1 << probes.min(16)).min(Duration::from_secs(longest));
        let pause = pause.mul_f64(0.8 + 0.4 * chance);
        now + if self.works(now) { pause.min(SOON) } else { pause }
    }

    fn works(&self, now: Time) -> bool {
        self.accepted_at.is_some_and(|at| at + RECENT > now)
    }
}

fn close(inner: &mut Inner) {
    inner.state = State::Closed;
    (inner.width, inner.taken) = (1, 0);
    inner.streak.clear();
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.in_use = inner.in_use.saturating_sub(1);
        drop(inner);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;

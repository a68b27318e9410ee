//! The circuit breaker of a relay: how many mails may be leased for it now. Pure, except for a lock: time and chance are
//! arguments.
//!
//! ```text
//! closed ──refuses everything──▶ open ──a while──▶ half open ──takes one──▶ closed, narrow ──20 taken──▶ twice as wide …
//!                                 ▲                    │
//!                                 └───refuses several──┘
//! ```
//!
//! While it is open nothing is leased, so messages keep their place and nothing is counted against them. A look asks for
//! several mails, one after the other: the first ones may be those that nobody takes.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mail::{HandOver, Stage};
use program::{MessageId, Reason, Time};
use tokio::sync::Notify;

use crate::verdict::{Cause, Fault, fault};

/// So many mails in a row, of different messages, that came to nothing are the relay's doing.
const STREAK: usize = 5;
/// So many mails taken double the number of connections.
const WIDER: u32 = 20;
/// A relay that took a mail so recently works, whatever it says to another one.
const RECENT: Duration = Duration::from_secs(600);
/// One that did just now has too many connections, where it refuses one.
const JUST_NOW: Duration = Duration::from_secs(10);
/// A relay that took a mail within [`RECENT`] is looked at again no later than this.
const SOON: Duration = Duration::from_secs(10);
/// So many mails a first look asks for; each further one twice as many, up to eight times.
const ASKED: u32 = 20;
/// The same where mails are turned away only when they have been handed over, which is done sparingly.
const HANDED: u32 = 5;
/// So many mails are kept in mind that came to nothing while the relay took others.
const SUSPECTS: usize = 10_000;
/// A line of the log for each cause and minute.
const QUIET: Duration = Duration::from_secs(60);

/// One relay.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Connections at once, now and when all is well.
    width: usize,
    full: usize,
    in_use: usize,
    /// Mails taken since the width last changed.
    taken: u32,
    /// Messages in a row that came to nothing, also while it is open.
    streak: HashSet<MessageId>,
    /// Messages of earlier streaks, which ended: what they come to again says nothing of the relay.
    suspects: HashSet<MessageId>,
    accepted_at: Option<Time>,
    /// When a cause was last told.
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
    /// So many mails may be asked for yet.
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
    /// How far it came.
    pub(crate) at: Stage,
    /// The relay's words, or what broke.
    pub(crate) words: Reason,
    pub(crate) since: Time,
}

/// What may be leased now.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Admits {
    /// So many at most.
    Some(u32),
    /// First it is to be seen whether the relay answers; one message then.
    Probe,
    /// Nothing.
    Nothing(Why),
}

/// What an answer means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The answer is about this mail.
    Believe,
    /// It may be about the relay: the mail is tried again, as one that was put off.
    Doubt,
    /// It is about the relay: the mail waits for it.
    Relay {
        /// Not before this.
        again: Option<Time>,
    },
}

/// What an event led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Turn {
    /// The state is another one.
    pub(crate) changed: bool,
    /// It takes mails again.
    pub(crate) back: bool,
    /// It is open, and this has not been told for a while.
    pub(crate) tell: Option<Why>,
}

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lane<'a>(&'a Breaker);

/// One attempt's message.
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

    /// What may be leased. Who is told to probe is the only one.
    pub(crate) fn admits(&self, now: Time, flushed: Option<Time>) -> Admits {
        let mut inner = self.lock();
        match inner.state.clone() {
            State::Closed if inner.width < inner.full => {
                Admits::Some(u32::try_from(inner.width).unwrap_or(u32::MAX).saturating_mul(WIDER))
            }
            State::Closed => Admits::Some(u32::MAX),
            // The one who tries it has not ended yet.
            State::HalfOpen { why, .. } if inner.in_use > 0 => Admits::Nothing(why),
            State::HalfOpen { .. } => Admits::Some(1),
            State::Open { why, looked, next, probes } => {
                // An operator's wish counts once. A clock that was set back does not make it wait.
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

    /// When it is looked at again, where nothing is handed over.
    pub(crate) fn next_look(&self, now: Time) -> Option<Time> {
        match &self.lock().state {
            State::Open { looked, next, .. } => Some(if now < *looked { now } else { *next }),
            _ => None,
        }
    }

    /// Why nothing is handed over, and when it is tried again; none: it is handed over.
    pub(crate) fn open(&self) -> Option<(Why, Time)> {
        match &self.lock().state {
            State::Open { why, next, .. } => Some((why.clone(), *next)),
            _ => None,
        }
    }

    /// How it stands: nothing, where all is well. True: it is open.
    pub(crate) fn seen(&self) -> Option<(bool, Option<Why>)> {
        let inner = self.lock();
        match &inner.state {
            State::Open { why, .. } => Some((true, Some(why.clone()))),
            State::HalfOpen { why, .. } => Some((false, Some(why.clone()))),
            State::Closed if inner.width < inner.full => Some((false, None)),
            State::Closed => None,
        }
    }

    /// A place for one connection, as soon as there is one; why not, where the relay is open.
    pub(crate) async fn lane(&self) -> Result<Lane<'_>, Why> {
        loop {
            let changed = self.changed.notified();
            {
                let mut inner = self.lock();
                if let State::Open { why, .. } = &inner.state {
                    let why = why.clone();
                    drop(inner);
                    // The next one may have to hear it, too.
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

    /// There was no connection on which a mail could be begun.
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

    /// A connection can be had again. Where that was all that was wrong, mails go. It says nothing of a password that the
    /// relay asks for only when a sender is named.
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

    /// The relay answered for this mail, or did not.
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
        // It is past what it stumbled over.
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
            // Even what only a relay's fault can be is none of the mails' that it takes meanwhile.
            (State::Closed, Fault::Relay(cause) | Fault::Doubt(cause)) => {
                inner.failed(tried.id);
                let alone = cause == Cause::Sender && !works && matches!(outcome, HandOver::Refused { .. });
                (inner.streak.len() >= STREAK || alone).then_some(cause)
            }
        };
        if let Some(cause) = asked_for {
            // The next one is asked for at once.
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
            // What became of a mail whose reply was lost is not known, whoever's fault it was.
            return (if unknown { Verdict::Believe } else { Verdict::Relay { again } }, turn);
        }
        let since = |at: Time| at + Duration::from_secs(40) > tried.due_at;
        let proven = tried.tries > 0 && inner.accepted_at.is_some_and(since);
        let refused = matches!(outcome, HandOver::Refused { .. });
        // A refusal that may be the relay's is believed when the relay has taken another mail since.
        (if refused && !proven { Verdict::Doubt } else { Verdict::Believe }, turn)
    }

    /// There is no mail to be asked for. A look that has asked for some is over then.
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
        // It goes on for as long as it is the same.
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
        // Whoever waits for a lane need not any more.
        self.changed.notify_one();
        Turn { changed, tell: (!told).then_some(why), ..Turn::default() }
    }

    /// A panic cannot leave anything half-written here.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many mails a look asks for, after so many in vain.
fn asked(why: &Why, probes: u32, works: bool) -> u32 {
    match why.at {
        at if at < Stage::Sender => 1,
        Stage::Data | Stage::Body if !works => HANDED,
        _ => ASKED << probes.min(3),
    }
}

impl Inner {
    /// Takes down that a message came to nothing, unless it did so before while others went.
    fn failed(&mut self, id: MessageId) {
        if self.streak.len() < SUSPECTS && !self.suspects.contains(&id) {
            self.streak.insert(id);
        }
    }

    /// When it is looked at again: what a human must mend is looked at less often, so that nobody is locked out. Chance
    /// keeps nodes apart.
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

//! Runs drafts on past events, without sending: what runs, how far it is, and its result.
//!
//! A dry run lives in the memory of the node that took it, until ten minutes after its end. It is bounded: two at once,
//! and for each 200,000 events and 64 MiB of the text that the draft reads of them. While that text is read, a page of
//! events or one contact is in memory, and only for one dry run at a time. A caller that waits for it asks for its
//! progress. A dry run that nobody asks about any more ends.

mod figures;
mod play;
mod reads;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use api::programs::{DryRun, DryRunResult, DryRunState};
use chrono::TimeDelta;
use program::{Program, ProgramId, Time, WorkspaceId};
use runner::Clock;
use store::Store;
use uuid::Uuid;

/// How far back a dry run may go.
pub const MOST_DAYS: u16 = 90;
/// How many run at once on a node.
const AT_ONCE: usize = 2;
/// How many are kept in all.
const MOST_KEPT: usize = 20;
/// How long a result is kept.
const KEPT: TimeDelta = TimeDelta::minutes(10);
/// In how many seconds to ask again where two are under way.
pub const AGAIN: u64 = 10;

/// After so long without a question whoever started it has gone away, and left no word.
const SILENCE: Duration = Duration::from_secs(60);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Task {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which program.
    pub program: ProgramId,
    /// The draft; without errors.
    pub draft: Program,
    /// How many days back.
    pub days: u16,
}

/// How far one is; shared by whoever runs it and whoever asks.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    all: AtomicU64,
    cancelled: AtomicBool,
    /// When somebody last asked, in milliseconds that passed in this process.
    asked: AtomicU64,
}

impl Progress {
    fn add(&self, events: usize) {
        self.done.fetch_add(events as u64, Ordering::Relaxed);
    }

    fn ask(&self, passed: Duration) {
        self.asked.store(millis(passed), Ordering::Relaxed);
    }

    /// Whether anybody still waits for it.
    fn go_on(&self, passed: Duration) -> Result<(), String> {
        if self.is_cancelled() {
            return Err("cancelled".into());
        }
        match millis(passed).saturating_sub(self.asked.load(Ordering::Relaxed)) > millis(SILENCE) {
            true => Err("Nobody asked how far it is for a minute, so it was given up; start it again.".into()),
            false => Ok(()),
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn millis(passed: Duration) -> u64 {
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Debug)]
struct Kept {
    workspace: WorkspaceId,
    program: ProgramId,
    progress: Arc<Progress>,
    /// When it ended, and how.
    end: Option<(Time, Result<DryRunResult, String>)>,
}

/// Why none is started.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// As many as may are under way; see [`AGAIN`].
    #[error("{AT_ONCE} dry runs are under way")]
    Busy,
    /// These days hold too much.
    #[error("there are more than {0} events in these days; take fewer")]
    TooManyEvents(u32),
    /// A defect.
    #[error("{0}")]
    Broken(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Those under way and those just over.
pub struct DryRuns {
    store: Store,
    clock: Clock,
    runs: Runs,
    /// Whose turn it is to have read what it needs next: it may take much memory.
    turn: tokio::sync::Mutex<()>,
}

/// What is kept in mind of them.
#[derive(Debug, Default)]
struct Runs(Mutex<HashMap<Uuid, Kept>>);

impl DryRuns {
    /// None yet, on this database.
    pub fn new(store: Store, clock: Clock) -> Arc<Self> {
        Arc::new(Self { store, clock, runs: Runs::default(), turn: tokio::sync::Mutex::default() })
    }

    /// Starts one. What stands against it is told at once; the rest goes on by itself.
    pub async fn start(self: &Arc<Self>, task: Task) -> Result<DryRun, DryRunError> {
        let (id, now) = (self.clock.uuid(), self.clock.now());
        if !self.runs.has_room() {
            return Err(DryRunError::Busy);
        }
        let (workspace, program) = (task.workspace, task.program);
        let progress = Arc::new(Progress::default());
        progress.ask(self.clock.passed());
        let player = play::Player::new(&self.store, task, now, progress.clone()).await?;
        // The place is taken only here: a client that hangs up above would keep it for ever.
        if !self.runs.enter(id, Kept { workspace, program, progress, end: None }, now) {
            return Err(DryRunError::Busy);
        }
        let (keeper, reader) = (self.clone(), self.clone());
        tokio::spawn(async move {
            // In a task of its own, so that one that breaks down gives its place back.
            let played = tokio::spawn(async move { player.play(&reader).await });
            let outcome = played.await.unwrap_or_else(|error| {
                tracing::error!(%error, "a dry run broke down");
                Err("It broke down; the log of the server says more.".into())
            });
            keeper.runs.leave(id, keeper.clock.now(), outcome);
        });
        self.get(workspace, program, id).ok_or(DryRunError::Broken("a dry run is gone at once"))
    }

    /// How far it is; none where it is not of this program, was cancelled, or is long over.
    pub fn get(&self, workspace: WorkspaceId, program: ProgramId, id: Uuid) -> Option<DryRun> {
        self.runs.get((workspace, program), id, &self.clock)
    }

    /// Cancels it; says whether there was one.
    pub fn cancel(&self, workspace: WorkspaceId, program: ProgramId, id: Uuid) -> bool {
        self.runs.cancel((workspace, program), id)
    }
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, (workspace, program): (WorkspaceId, ProgramId), id: Uuid, clock: &Clock) -> Option<DryRun> {
        let mut runs = self.lock();
        forget(&mut runs, clock.now());
        let kept = runs.get(&id).filter(|kept| kept.workspace == workspace && kept.program == program)?;
        kept.progress.ask(clock.passed());
        (!kept.progress.is_cancelled()).then(|| shown(id, kept))
    }

    fn cancel(&self, (workspace, program): (WorkspaceId, ProgramId), id: Uuid) -> bool {
        let mut runs = self.lock();
        let Some(kept) = runs.get(&id).filter(|kept| kept.workspace == workspace && kept.program == program) else {
            return false;
        };
        let before = kept.progress.cancelled.swap(true, Ordering::Relaxed);
        // One that is under way keeps its place among the two until it has noticed.
        if kept.end.is_some() {
            runs.remove(&id);
        }
        !before
    }

    /// Whether one more may run.
    fn has_room(&self) -> bool {
        self.lock().values().filter(|kept| kept.end.is_none()).count() < AT_ONCE
    }

    /// Takes a place, if there is one.
    fn enter(&self, id: Uuid, kept: Kept, now: Time) -> bool {
        let mut runs = self.lock();
        forget(&mut runs, now);
        if runs.values().filter(|kept| kept.end.is_none()).count() >= AT_ONCE {
            return false;
        }
        if runs.len() >= MOST_KEPT {
            let oldest = runs.iter().filter_map(|(id, kept)| Some((kept.end.as_ref()?.0, *id))).min();
            oldest.and_then(|(_, id)| runs.remove(&id));
        }
        runs.insert(id, kept);
        true
    }

    fn leave(&self, id: Uuid, now: Time, outcome: Result<DryRunResult, String>) {
        let mut runs = self.lock();
        match runs.get_mut(&id) {
            Some(kept) if !kept.progress.is_cancelled() => kept.end = Some((now, outcome)),
            _ => drop(runs.remove(&id)),
        }
    }
}

fn forget(runs: &mut HashMap<Uuid, Kept>, now: Time) {
    runs.retain(|_, kept| kept.end.as_ref().is_none_or(|(at, _)| now - *at < KEPT));
}

fn shown(id: Uuid, kept: &Kept) -> DryRun {
    let (state, error, result) = match &kept.end {
        None => (DryRunState::Running, None, None),
        Some((_, Ok(result))) => (DryRunState::Done, None, Some(result.clone())),
        Some((_, Err(error))) => (DryRunState::Failed, Some(error.clone()), None),
    };
    let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
    let (events_done, events_all) = (read(&kept.progress.done), read(&kept.progress.all));
    DryRun { id, state, events_done, events_all, error, result }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_run_at_once_and_those_that_are_cancelled_are_gone() {
        let (workspace, program) = (WorkspaceId::DEFAULT, ProgramId(Uuid::from_u128(1)));
        let now = Time::UNIX_EPOCH;
        let (clock, hands) = Clock::manual(now);
        let runs = Runs::default();
        let enter = |n| {
            let kept = Kept { workspace, program, progress: Arc::default(), end: None };
            runs.enter(Uuid::from_u128(n), kept, now)
        };
        let state = |n, at| {
            hands.set(at);
            runs.get((workspace, program), Uuid::from_u128(n), &clock).map(|run| run.state)
        };
        assert!(enter(1) && enter(2) && !enter(3) && !runs.has_room());
        assert_eq!(state(1, now), Some(DryRunState::Running));
        assert_eq!(runs.get((workspace, ProgramId(Uuid::from_u128(9))), Uuid::from_u128(1), &clock), None);

        // Cancelled, but not yet out: its place is not free.
        assert!(runs.cancel((workspace, program), Uuid::from_u128(1)));
        assert!(!runs.cancel((workspace, program), Uuid::from_u128(1)) && state(1, now).is_none() && !enter(3));
        runs.leave(Uuid::from_u128(1), now, Err("cancelled".into()));
        assert!(enter(3) && state(1, now).is_none());

        runs.leave(Uuid::from_u128(2), now, Err("away".into()));
        assert_eq!(state(2, now + KEPT - TimeDelta::seconds(1)), Some(DryRunState::Failed));
        assert_eq!(state(2, now + KEPT), None);
        // Those under way stay, however long they take.
        assert_eq!(state(3, now + KEPT * 9), Some(DryRunState::Running));
    }

    #[test]
    fn one_goes_on_while_somebody_asks() {
        let progress = Progress::default();
        let seconds = Duration::from_secs;
        progress.ask(seconds(100));
        assert_eq!(progress.go_on(seconds(160)), Ok(()));
        progress.ask(seconds(160));
        assert_eq!(progress.go_on(seconds(220)), Ok(()));
        assert!(progress.go_on(seconds(221)).unwrap_err().starts_with("Nobody asked"));
    }

    #[test]
    fn few_are_kept() {
        let (workspace, program) = (WorkspaceId::DEFAULT, ProgramId(Uuid::from_u128(1)));
        let runs = Runs::default();
        for n in 0..30 {
            let (id, now) = (Uuid::from_u128(n), Time::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(n).unwrap()));
            assert!(runs.enter(id, Kept { workspace, program, progress: Arc::default(), end: None }, now));
            runs.leave(id, now, Err("away".into()));
        }
        let left = runs.lock();
        assert_eq!(left.len(), MOST_KEPT);
        assert!(left.keys().all(|id| id.as_u128() >= 10));
    }
}

//! Gathers what events look like, beside the ingest. No sender of events waits for it. A node keeps in memory what it
//! has seen today, within a budget. It writes only what is new, by set, in transactions of its own.

mod names;
mod state;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use program::{EventType, MOST_FIELDS, Object, SeenRoom, SeenType, Shape, Time, Violation, WorkspaceId};
use store::{Class, Ingested, MOST_TYPES, NewEvent, Result, Store, Who};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use self::state::{BUDGET, SAMPLE, State, Unwritten};
use crate::{Clock, told::Told};

/// Between two writes: what is new comes in bursts.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two tries at most, where nothing can be written.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// So long what an operator must mend keeps what was seen in memory. It is the lesser half of the trouble then, and what
/// comes after it is seen anew.
const GIVE_UP: Duration = Duration::from_secs(3_600);
/// The newest events that are looked at once, where nothing is kept of a type: a former build stored them.
const EVENTS: u32 = 1_000;
/// Events whose fields are told at once, outside of the lock; each may name 200 long ones.
const AT_ONCE: usize = 50;
/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// What one node has seen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Seen(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    told: Told,
    state: Mutex<State>,
    /// One write at a time, so that whoever asks for one has all that was seen before written.
    turn: AsyncMutex<()>,
    news: Arc<Notify>,
}

/// An event that is looked at once it is stored: its place in the call, its type and its data.
pub(crate) type Picked = (usize, EventType, Arc<Object>);

impl Seen {
    pub(crate) fn start(store: Store, clock: Clock) -> Self {
        let seen = Self::new(store, clock);
        tokio::spawn(work(Arc::downgrade(&seen.0), seen.0.news.clone()));
        seen
    }

    /// Nobody writes unless asked.
    fn new(store: Store, clock: Clock) -> Self {
        let (told, state, turn) = (Told::new(clock.clone()), Mutex::default(), AsyncMutex::default());
        Self(Arc::new(Inner { store, clock, told, state, turn, news: Arc::default() }))
    }

    /// Which of these events are to be looked at. Those of test runs are nobody's.
    pub(crate) fn pick(&self, workspace: WorkspaceId, events: &[NewEvent]) -> Vec<Picked> {
        if workspace.is_test_run() {
            return Vec::new();
        }
        let (picked, beyond) = self.0.lock().pick(workspace, self.0.day(), events);
        count("types", beyond);
        picked
    }

    /// Looks at those that were stored.
    pub(crate) fn look(&self, workspace: WorkspaceId, picked: &[Picked], answers: &[Ingested]) {
        let (mut is_news, mut beyond, mut is_full) = (false, 0, false);
        for some in picked.chunks(AT_ONCE) {
            let stored = some.iter().filter_map(|(at, event, data)| match answers.get(*at) {
                Some(Ingested::Accepted { contact, .. }) => Some((event, *contact, Shape::of(data, MOST_FIELDS))),
                _ => None,
            });
            let looks: Vec<_> = stored.collect();
            let looked = self.0.lock().look(workspace, &looks);
            is_news |= looked.is_news;
            beyond += looked.beyond;
            is_full |= looked.is_full;
        }
        if is_full {
            self.0.full();
        }
        count(if is_full { "memory" } else { "fields" }, beyond);
        if is_news {
            self.0.news.notify_one();
        }
    }

    /// Counts what stands against a contract. A name that the contract does not know is told only if several share it.
    pub(crate) fn violated(&self, workspace: WorkspaceId, event: &EventType, who: &Who, found: &[Violation]) {
        let left_out = self.0.lock().violated(workspace, self.0.day(), (event, who), found);
        count("violations", left_out);
        self.0.news.notify_one();
    }

    /// Writes what is not written of a workspace, so that the tables hold all that this node has seen. What cannot be
    /// written is told, and kept for the next time.
    pub async fn settle(&self, workspace: WorkspaceId) {
        let inner = self.0.clone();
        // To its end, although whoever asked may go away.
        let written = tokio::spawn(async move { inner.flush(workspace).await });
        match written.await {
            Ok(written) => self.0.tell(written),
            Err(broken) => tracing::error!(%broken, "what was seen of events is not written"),
        }
    }

    /// The same of all workspaces.
    pub(crate) async fn settle_all(&self) {
        self.0.tell(self.0.flush_all().await);
    }
}

/// Counts what is not kept, by why: one word of few.
fn count(what: &'static str, n: u64) {
    if n > 0 {
        metrics::counter!("stafette_event_fields_beyond_total", "what" => what).increment(n);
    }
}

impl Inner {
    /// A panic leaves at most a count short.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn day(&self) -> i64 {
        self.clock.now().timestamp_millis().div_euclid(DAY)
    }

    fn full(&self) {
        let why = format!("{} MiB are taken by what came since midnight (UTC)", BUDGET >> 20);
        self.told.warn("no more fields of events are kept today: senders use data as names of fields", &why);
    }

    fn tell(&self, written: Result<()>) {
        // What an operator must mend is told by the store.
        if let Err(error) = written {
            self.told.warn("fields of events cannot be written, trying again", &error);
        }
    }

    async fn flush_all(&self) -> Result<()> {
        let all = self.lock().open();
        // One workspace whose rows are refused does not keep the others waiting.
        let mut done = Ok(());
        for workspace in all {
            done = done.and(self.flush(workspace).await);
        }
        done
    }

    async fn flush(&self, workspace: WorkspaceId) -> Result<()> {
        let _turn = self.turn.lock().await;
        let now = self.clock.now();
        let mut unwritten = self.lock().take(workspace);
        let fields = self.write_fields(workspace, now, &mut unwritten).await;
        // Whatever became of the fields.
        let noted = self.store.note_violations(workspace, now, &mut unwritten.violations).await;
        if !fields.as_ref().is_err_and(store::Error::retryable) {
            unwritten.fields.clear();
        }
        if !noted.as_ref().is_err_and(store::Error::retryable) {
            unwritten.violations = store::Violations::default();
        }
        let done = fields.and(noted);
        self.keep(workspace, unwritten, done.as_ref().err().map(store::Error::class));
        done
    }

    /// Keeps what is not written for the next time, but not for ever.
    fn keep(&self, workspace: WorkspaceId, unwritten: Unwritten, why: Option<Class>) {
        let passed = self.clock.passed();
        let mut state = self.lock();
        let since = state.refused(workspace, passed, why);
        if since.is_some_and(|since| passed.saturating_sub(since) >= GIVE_UP) {
            let lost = state.forget(workspace, unwritten);
            drop(state);
            count("unwritten", lost);
            let why = format!("they were refused for {} minutes", GIVE_UP.as_secs() / 60);
            self.told.warn("what was seen of events is given up until the database is mended", &why);
        } else if !unwritten.is_empty() {
            let lost = state.put_back(workspace, unwritten);
            drop(state);
            count("memory", lost);
        }
    }

    async fn write_fields(&self, workspace: WorkspaceId, now: Time, unwritten: &mut Unwritten) -> Result<()> {
        if !unwritten.filled {
            self.fill(workspace, &mut unwritten.fields).await?;
        }
        let left_out = self.store.note_fields(workspace, now, &mut unwritten.fields).await?;
        count("types", left_out as u64);
        self.lock().filled(workspace);
        Ok(())
    }

    /// Adds what the newest events say of types of which nothing is kept. They hold what was just seen, too.
    async fn fill(&self, workspace: WorkspaceId, news: &mut BTreeMap<EventType, SeenType>) -> Result<()> {
        let kept = self.store.seen_types(workspace).await?;
        let mut paging = store::Paging { after: None, limit: 200 };
        let mut missing = HashSet::new();
        loop {
            let page = self.store.event_types(workspace, &paging).await?;
            missing.extend(page.items.into_iter().map(|row| row.event).filter(|event| !kept.contains_key(event)));
            match page.next {
                Some(next) if missing.len() < MOST_TYPES => paging.after = Some(next),
                _ => break,
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let mut filled: BTreeMap<EventType, SeenType> = BTreeMap::new();
        let mut room = SeenRoom::of(BUDGET);
        let look = |event: EventType, contact, data: Object| {
            let of = filled.entry(event).or_default();
            if of.looked < SAMPLE {
                let mut news = SeenType::default();
                of.look(contact, &Shape::of(&data, MOST_FIELDS), &mut news, &mut room);
                room.give(news.takes());
            }
        };
        self.store.newest_events(workspace, EVENTS, look).await?;
        news.extend(filled.into_iter().filter(|(event, _)| missing.contains(event)));
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // So that the task ends.
        self.news.notify_one();
    }
}

/// Writes what is new, as long as anybody may bring it; what could not be written is tried again, more and more seldom.
async fn work(inner: Weak<Inner>, news: Arc<Notify>) {
    let mut failed = 0_u32;
    loop {
        news.notified().await;
        let Some(inner) = inner.upgrade() else { return };
        let written = inner.flush_all().await;
        failed = if written.is_ok() { 0 } else { failed.saturating_add(1) };
        if written.is_err() {
            news.notify_one();
        }
        inner.tell(written);
        let clock = inner.clock.clone();
        drop(inner);
        clock.pause(PAUSE.saturating_mul(1 << failed.min(10)).min(LONGEST_PAUSE)).await;
    }
}

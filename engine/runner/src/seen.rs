//! What events look like, gathered beside the ingest. Nobody who sends events waits for it: a node keeps in memory what it
//! has seen today, and writes only what is new, by set, in a transaction of its own.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use program::{EventType, Object, SeenType, Time, Violation, WorkspaceId};
use store::{Ingested, MOST_TYPES, NewEvent, Result, Store, Violations, add_violations};
use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::{Clock, told::Told};

/// Events of one type that a node looks at each day; they say how many have a field. Of those behind them it looks at each
/// tenth, for what is new.
const SAMPLE: u64 = 200;
/// See [`SAMPLE`].
const EACH: u64 = 10;
/// Between two writes: what is new comes in bursts.
const PAUSE: Duration = Duration::from_secs(2);
/// The newest events that are looked at once, where nothing is kept of a type: a former build stored them.
const EVENTS: u32 = 1_000;
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

#[derive(Debug, Default)]
struct State {
    day: i64,
    workspaces: HashMap<WorkspaceId, Workspace>,
}

#[derive(Debug, Default)]
struct Workspace {
    types: HashMap<EventType, Kept>,
    violations: Violations,
    /// Whether what former builds stored was looked at.
    filled: bool,
}

#[derive(Debug, Default)]
struct Kept {
    /// What was seen today.
    today: SeenType,
    /// What of it is not written.
    news: SeenType,
    /// Events that came today.
    came: u64,
}

/// An event that is looked at once it is stored: its place in the call, its type and its data.
pub(crate) type Picked = (usize, EventType, Arc<Object>);

impl Seen {
    pub(crate) fn start(store: Store, clock: Clock) -> Self {
        let news = Arc::new(Notify::new());
        let (told, state, turn) = (Told::new(clock.clone()), Mutex::default(), AsyncMutex::default());
        let inner = Arc::new(Inner { store, clock, told, state, turn, news: news.clone() });
        tokio::spawn(work(Arc::downgrade(&inner), news));
        Self(inner)
    }

    /// Which of these events are to be looked at. Those of test runs are nobody's.
    pub(crate) fn pick(&self, workspace: WorkspaceId, events: &[NewEvent]) -> Vec<Picked> {
        if workspace.is_test_run() {
            return Vec::new();
        }
        let mut state = self.0.lock();
        let of = state.today(workspace, self.0.clock.now().timestamp_millis().div_euclid(DAY));
        let mut picked = Vec::new();
        for (at, event) in events.iter().enumerate() {
            let is_full = of.types.len() >= MOST_TYPES;
            let came = match of.types.get_mut(&event.event) {
                Some(kept) => {
                    kept.came += 1;
                    kept.came
                }
                None if !is_full => {
                    of.types.insert(event.event.clone(), Kept { came: 1, ..Kept::default() });
                    1
                }
                None => {
                    metrics::counter!("stafette_event_fields_beyond_total", "what" => "types").increment(1);
                    continue;
                }
            };
            if came <= SAMPLE || came % EACH == 0 {
                picked.push((at, event.event.clone(), event.data.clone()));
            }
        }
        picked
    }

    /// Looks at those that were stored.
    pub(crate) fn look(&self, workspace: WorkspaceId, picked: Vec<Picked>, answers: &[Ingested]) {
        if picked.is_empty() {
            return;
        }
        let (mut is_news, mut beyond) = (false, 0);
        {
            let mut state = self.0.lock();
            let of = state.workspaces.entry(workspace).or_default();
            for (at, event, data) in picked {
                let Some(Ingested::Accepted { contact, .. }) = answers.get(at) else { continue };
                let Some(kept) = of.types.get_mut(&event) else { continue };
                let before = kept.news.beyond;
                is_news |= kept.today.look(*contact, &data, &mut kept.news);
                is_news |= kept.today.looked == SAMPLE;
                beyond += kept.news.beyond - before;
            }
        }
        if beyond > 0 {
            metrics::counter!("stafette_event_fields_beyond_total", "what" => "fields").increment(beyond);
        }
        if is_news {
            self.0.news.notify_one();
        }
    }

    /// Counts what stands against a contract.
    pub(crate) fn violated(&self, workspace: WorkspaceId, event: &EventType, found: &[Violation]) {
        let mut state = self.0.lock();
        add_violations(&mut state.workspaces.entry(workspace).or_default().violations, event, found);
        drop(state);
        self.0.news.notify_one();
    }

    /// Writes what is not written of a workspace, so that the tables hold all that this node has seen. What cannot be
    /// written is told, and kept for the next time.
    pub async fn settle(&self, workspace: WorkspaceId) {
        self.0.tell(self.0.flush(workspace).await);
    }

    /// The same of all workspaces.
    pub(crate) async fn settle_all(&self) {
        self.0.tell(self.0.flush_all().await);
    }
}

impl State {
    /// A workspace on this day. What was seen on another one is not known any more, but for what is to be written.
    fn today(&mut self, workspace: WorkspaceId, day: i64) -> &mut Workspace {
        if self.day != day {
            self.day = day;
            for of in self.workspaces.values_mut() {
                of.types.retain(|_, kept| kept.news.looked > 0);
                for kept in of.types.values_mut() {
                    (kept.today, kept.came) = (SeenType::default(), 0);
                }
            }
        }
        self.workspaces.entry(workspace).or_default()
    }
}

impl Inner {
    /// A panic leaves at most a count short.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, written: Result<()>) {
        if let Err(error) = written {
            self.told.warn("fields of events cannot be written, trying again with the next ones", &error);
        }
    }

    async fn flush_all(&self) -> Result<()> {
        let all: Vec<_> = {
            let state = self.lock();
            let open = |of: &Workspace| !of.violations.is_empty() || of.types.values().any(|kept| kept.news.looked > 0);
            state.workspaces.iter().filter(|(_, of)| open(of)).map(|(workspace, _)| *workspace).collect()
        };
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
        let (news, violations, filled) = {
            let mut state = self.lock();
            let of = state.workspaces.entry(workspace).or_default();
            let open = of.types.iter_mut().filter(|(_, kept)| kept.news.looked > 0);
            let news = open.map(|(event, kept)| (event.clone(), std::mem::take(&mut kept.news))).collect();
            (news, std::mem::take(&mut of.violations), of.filled)
        };
        let fields = self.write_fields(workspace, now, news, filled).await;
        // Whatever became of the fields.
        let noted = self.store.note_violations(workspace, now, &violations).await;
        if noted.as_ref().is_err_and(store::Error::retryable) {
            self.put_back(workspace, BTreeMap::new(), violations);
        }
        fields.and(noted)
    }

    /// Writes fields. What no try can store is not kept for the next one.
    async fn write_fields(
        &self,
        workspace: WorkspaceId,
        now: Time,
        mut news: BTreeMap<EventType, SeenType>,
        filled: bool,
    ) -> Result<()> {
        let written = async {
            if !filled {
                self.fill(workspace, &mut news).await?;
            }
            self.store.note_fields(workspace, now, &news).await
        };
        match written.await {
            Ok(n) => {
                metrics::counter!("stafette_event_fields_beyond_total", "what" => "types").increment(n as u64);
                self.lock().workspaces.entry(workspace).or_default().filled = true;
                Ok(())
            }
            Err(error) => {
                if error.retryable() {
                    self.put_back(workspace, news, Violations::new());
                }
                Err(error)
            }
        }
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
        let look = |event: EventType, contact, data: Object| {
            let of = filled.entry(event).or_default();
            if of.looked < SAMPLE {
                of.look(contact, &data, &mut SeenType::default());
            }
        };
        self.store.newest_events(workspace, EVENTS, look).await?;
        news.extend(filled.into_iter().filter(|(event, _)| missing.contains(event)));
        Ok(())
    }

    fn put_back(&self, workspace: WorkspaceId, news: BTreeMap<EventType, SeenType>, violations: Violations) {
        let mut state = self.lock();
        let of = state.workspaces.entry(workspace).or_default();
        for (event, seen) in news {
            of.types.entry(event).or_default().news.add(&seen);
        }
        for (event, found) in violations {
            let known = of.violations.entry(event).or_default();
            for (key, (times, reason)) in found {
                let told = known.entry(key).or_insert((0, reason));
                told.0 += times;
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // So that the task ends.
        self.news.notify_one();
    }
}

/// Writes what is new, as long as anybody may bring it.
async fn work(inner: Weak<Inner>, news: Arc<Notify>) {
    loop {
        news.notified().await;
        let Some(inner) = inner.upgrade() else { return };
        inner.tell(inner.flush_all().await);
        let clock = inner.clock.clone();
        drop(inner);
        clock.pause(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use program::{ContactId, EventId, MOST_FIELDS};
    use serde_json::{Value, json};
    use store::{Options, Who};
    use uuid::Uuid;

    use super::*;
    use crate::ManualClock;

    const WS: WorkspaceId = WorkspaceId::DEFAULT;

    /// Nobody writes unless asked.
    async fn seen(folder: &tempfile::TempDir) -> (Seen, Store, ManualClock) {
        let store = Store::open(Options::new(format!("sqlite:{}/seen.db", folder.path().display()))).await.unwrap();
        let (clock, hands) = Clock::manual("2026-03-01T09:00:00Z".parse().unwrap());
        let (told, state, turn) = (Told::new(clock.clone()), Mutex::default(), AsyncMutex::default());
        let inner = Inner { store: store.clone(), clock, told, state, turn, news: Arc::default() };
        (Seen(Arc::new(inner)), store, hands)
    }

    fn event(name: &str, data: &Value) -> NewEvent {
        NewEvent {
            id: EventId(Uuid::nil()),
            contact_id: ContactId(Uuid::nil()),
            who: Who::default(),
            attributes: Object::new(),
            opt_in: None,
            event: EventType::new(name).unwrap(),
            data: data.as_object().cloned().unwrap_or_default().into(),
            occurred_at: program::Time::UNIX_EPOCH,
            key: None,
            attachments: Vec::new(),
            tokens: Vec::new(),
            undecided: Vec::new(),
        }
    }

    /// Stores events, as far as `Seen` can tell; says how many were looked at, and whether there is something to write at
    /// once.
    async fn come(seen: &Seen, events: &[NewEvent]) -> (usize, bool) {
        let picked = seen.pick(WS, events);
        let looked = picked.len();
        let (event, contact, tokens) = (EventId(Uuid::nil()), ContactId(Uuid::nil()), Vec::new());
        seen.look(WS, picked, &vec![Ingested::Accepted { event, contact, tokens }; events.len()]);
        let woken = tokio::time::timeout(Duration::ZERO, seen.0.news.notified()).await.is_ok();
        (looked, woken)
    }

    #[tokio::test]
    async fn only_what_is_new_today_is_written_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (seen, store, hands) = seen(&folder).await;
        let order = event("order", &json!({ "total": 1 }));
        assert_eq!(come(&seen, std::slice::from_ref(&order)).await, (1, true));
        seen.settle(WS).await;
        assert_eq!(come(&seen, &vec![order.clone(); 50]).await, (50, false), "nothing is new");
        let stored = async || store.seen_types(WS).await.unwrap().into_values().next().unwrap();
        assert_eq!(stored().await.looked, 1, "so nothing was written");
        assert_eq!(come(&seen, &[event("order", &json!({ "total": 1, "voucher": "x" }))]).await, (1, true));
        // The day's sample is told once; then each tenth is looked at.
        assert_eq!(come(&seen, &vec![order.clone(); 148]).await, (148, true));
        assert_eq!(come(&seen, &vec![order.clone(); 1_000]).await, (100, false));
        hands.advance(TimeDelta::days(1));
        assert_eq!(come(&seen, &[order]).await, (1, true));
        seen.settle(WS).await;
        assert_eq!(stored().await.fields.keys().collect::<Vec<_>>(), ["total", "voucher"]);
        store.close().await;
    }

    #[tokio::test]
    async fn what_is_over_the_budget_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (seen, store, _) = seen(&folder).await;
        let types: Vec<_> = (0..MOST_TYPES + 5).map(|n| event(&format!("t{n}"), &json!({ "a": 1 }))).collect();
        assert_eq!(come(&seen, &types).await.0, MOST_TYPES);
        let many: Object = (0..MOST_FIELDS + 50).map(|n| (format!("k{n}"), json!(1))).collect();
        come(&seen, &[event("t0", &Value::Object(many))]).await;
        seen.settle(WS).await;
        let stored = store.seen_types(WS).await.unwrap();
        let first = &stored[&EventType::new("t0").unwrap()];
        assert_eq!((stored.len(), first.fields.len(), first.beyond), (MOST_TYPES, MOST_FIELDS, 1));
        store.close().await;
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (seen, store, _) = seen(&folder).await;
        come(&seen, &[event("order", &json!({ "total": 1 }))]).await;
        let found = [Violation { path: "a".into(), code: "missing", reason: "it is".into() }];
        seen.violated(WS, &EventType::new("order").unwrap(), &found);
        store.close().await;
        assert!(seen.0.flush(WS).await.is_err());
        let state = seen.0.lock();
        let kept = state.workspaces[&WS].types.values().map(|kept| kept.news.looked).sum::<u64>();
        assert_eq!((kept, state.workspaces[&WS].violations.len()), (1, 1));
    }
}

//! The one who commits: gathers requests, starts their tokens, stores them in one transaction.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use program::{EventType, Facts, Plan, ProgramId, VersionId, WorkspaceId};
use store::{Class, Error, IngestOutcome, Ingested, NewEvent, NewToken, Result, Store};
use tokio::sync::mpsc;

use crate::{
    Clock, IngestConfig, IngestError, Topic, Wake,
    guard::guard,
    ingest::{Inflow, Request},
    plans::Plans,
};

/// Commits what queues up.
pub(crate) struct Committer {
    store: Store,
    clock: Clock,
    wake: Wake,
    plans: Plans,
    config: IngestConfig,
    routes: HashMap<WorkspaceId, Arc<Routes>>,
}

/// Which programs an event enters, as of a revision. The store refuses a commit on an older one.
struct Routes {
    revision: i64,
    by_event: HashMap<EventType, Vec<(ProgramId, VersionId, Arc<Plan>)>>,
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// A routing that changes faster than it can be read is a fault.
const MAX_STALE: u32 = 50;
/// When so many requests have failed alone as they did together, it is the database and none of them.
const ENOUGH: u32 = 2;
/// Beyond this many workspaces, those of test runs among them, what is known of their routing is read anew.
const MAX_WORKSPACES: usize = 200;

impl Committer {
    pub(crate) fn new(store: Store, clock: Clock, wake: Wake, plans: Plans, config: IngestConfig) -> Self {
        Self { store, clock, wake, plans, config, routes: HashMap::new() }
    }

    /// Works until all senders are gone and the queue is empty.
    pub(crate) async fn run(mut self, mut queue: mpsc::UnboundedReceiver<Inflow>) {
        let mut held = None;
        loop {
            let first = match held.take() {
                Some(first) => first,
                None => match queue.recv().await {
                    Some(first) => first,
                    None => return,
                },
            };
            let mut batch: Vec<Request> = Vec::new();
            let mut rows = 0;
            let mut next = Some(first);
            while let Some(inflow) = next.take() {
                match inflow {
                    Inflow::Flush(done) if batch.is_empty() => {
                        let _ = done.send(());
                    }
                    Inflow::Request(request)
                        if batch.is_empty() || rows + request.events.len() <= self.config.batch =>
                    {
                        rows += request.events.len();
                        batch.push(request);
                    }
                    // Too many for this commit, or to be answered after it.
                    other => {
                        held = Some(other);
                        break;
                    }
                }
                next = queue.try_recv().ok();
            }
            self.commit(batch).await;
            // Who has just been answered may speak again at once, and then goes along with those who queued meanwhile.
            tokio::task::yield_now().await;
        }
    }

    /// Stores requests, those of one workspace in one transaction.
    async fn commit(&mut self, batch: Vec<Request>) {
        let mut by_workspace: HashMap<WorkspaceId, Vec<Request>> = HashMap::new();
        for request in batch {
            by_workspace.entry(request.workspace).or_default().push(request);
        }
        for (workspace, requests) in by_workspace {
            self.commit_for(workspace, requests).await;
        }
    }

    async fn commit_for(&mut self, workspace: WorkspaceId, mut requests: Vec<Request>) {
        let sizes: Vec<usize> = requests.iter().map(|request| request.events.len()).collect();
        let mut events: Vec<NewEvent> =
            requests.iter_mut().flat_map(|request| std::mem::take(&mut request.events)).collect();
        for request in &requests {
            metrics::histogram!("stafette_ingest_wait_seconds").record(request.arrived.elapsed().as_secs_f64());
        }
        match self.write(workspace, &mut events).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for (request, size) in requests.into_iter().zip(sizes) {
                    // A caller that has gone away needs no answer.
                    let _ = request.answer.send(Ok(answers.by_ref().take(size).collect()));
                }
            }
            Err(error) if error.class() == Class::Soon || requests.len() == 1 => {
                requests.into_iter().for_each(|request| drop(request.answer.send(Err(refusal(&error)))));
            }
            // One request may spoil the transaction for all: each on its own, so that only that one fails.
            Err(_) => {
                let (mut misses, mut last) = (0, None);
                for (request, size) in requests.into_iter().zip(sizes) {
                    let rest = events.split_off(size);
                    let mut own = std::mem::replace(&mut events, rest);
                    let answer = match last.take_if(|_| misses >= ENOUGH) {
                        Some(last) => Err(last),
                        None => {
                            let written = self.write(workspace, &mut own).await;
                            let alarming = written.as_ref().is_err_and(|error| error.class().alarming());
                            misses = if alarming { misses + 1 } else { 0 };
                            written.map_err(|error| refusal(&error))
                        }
                    };
                    last = answer.as_ref().err().cloned();
                    let _ = request.answer.send(answer);
                }
            }
        }
    }

    /// One transaction, tried again for a while where the database is away.
    async fn write(&mut self, workspace: WorkspaceId, events: &mut [NewEvent]) -> Result<Vec<Ingested>> {
        let started = Instant::now();
        let (mut pause, mut stale, mut assigned) = (FIRST_PAUSE, 0, None);
        loop {
            match self.try_write(workspace, events, &mut assigned).await {
                Ok(IngestOutcome::Done(answers)) => {
                    self.tell(workspace, &answers, started);
                    return Ok(answers);
                }
                Ok(IngestOutcome::StaleRouting) if stale < MAX_STALE => {
                    stale += 1;
                    self.routes.remove(&workspace);
                }
                Ok(IngestOutcome::StaleRouting) => return Err(Error::Unavailable("the routing keeps changing".into())),
                Err(error) if error.class() == Class::Soon && started.elapsed() + pause < self.config.patience => {
                    tracing::warn!(%error, "events cannot be stored, trying again");
                    self.clock.pause(pause + self.clock.jitter(pause)).await;
                    pause *= 2;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Starts the tokens by the routing as it is known, and stores. Another try keeps the tokens' ids:
    /// the commit whose answer was lost may have happened.
    async fn try_write(
        &mut self,
        workspace: WorkspaceId,
        events: &mut [NewEvent],
        assigned: &mut Option<i64>,
    ) -> Result<IngestOutcome> {
        let routes = self.routes(workspace).await?;
        if *assigned != Some(routes.revision) {
            for event in events.iter_mut() {
                event.tokens = tokens(&routes, event, &self.clock);
            }
            *assigned = Some(routes.revision);
        }
        self.store.ingest(workspace, self.clock.now(), routes.revision, events).await
    }

    async fn routes(&mut self, workspace: WorkspaceId) -> Result<Arc<Routes>> {
        if let Some(routes) = self.routes.get(&workspace) {
            return Ok(routes.clone());
        }
        if self.routes.len() >= MAX_WORKSPACES {
            self.routes.clear();
        }
        let routing = self.store.routing(workspace).await?;
        let mut routes = Routes { revision: routing.revision, by_event: HashMap::new() };
        for route in routing.entries {
            match self.plans.plan(workspace, route.version).await? {
                Ok(plan) => {
                    let entries = routes.by_event.entry(route.event).or_default();
                    if entries.iter().all(|(_, version, _)| *version != route.version) {
                        entries.push((route.program, route.version, plan));
                    }
                }
                Err(error) => tracing::error!(%error, program = %route.program, "a live program cannot be entered"),
            }
        }
        let routes = Arc::new(routes);
        self.routes.insert(workspace, routes.clone());
        Ok(routes)
    }

    fn tell(&self, workspace: WorkspaceId, answers: &[Ingested], started: Instant) {
        let accepted = answers.iter().filter(|answer| matches!(answer, Ingested::Accepted { .. })).count();
        let counted = if workspace.is_test_run() { 0 } else { accepted };
        metrics::counter!("stafette_events_ingested_total").increment(counted as u64);
        metrics::histogram!("stafette_ingest_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::histogram!("stafette_ingest_commit_rows").record(answers.len() as f64);
        if answers.iter().any(|answer| matches!(answer, Ingested::Accepted { tokens, .. } if !tokens.is_empty())) {
            self.wake.tokens();
        }
        if accepted > 0 {
            self.wake.wake(Topic::Changes);
        }
    }
}

/// The tokens that an event starts.
fn tokens(routes: &Routes, event: &NewEvent, clock: &Clock) -> Vec<NewToken> {
    let mut tokens = Vec::new();
    let mut facts = None;
    for (program, version, plan) in routes.by_event.get(&event.event).into_iter().flatten() {
        for (node, entry) in plan.entries(&event.event) {
            let admitted = entry.filter.is_none() || {
                // A filter sees the event only; copied once, and only where there is a filter.
                let facts = facts.get_or_insert_with(|| Facts { event: event.data.clone(), ..Facts::default() });
                guard(|| entry.admits(facts)).unwrap_or_else(|error| {
                    tracing::error!(%error, %program, %node, "a filter failed");
                    false
                })
            };
            if admitted {
                let id = clock.uuid().into();
                tokens.push(NewToken { id, program: *program, version: *version, node: node.clone() });
            }
        }
    }
    tokens
}

fn refusal(error: &Error) -> IngestError {
    match error.class() {
        Class::Client | Class::Conflict => IngestError::Rejected(error.to_string()),
        Class::Soon | Class::Operator | Class::Corrupt => IngestError::Unavailable(error.to_string()),
    }
}

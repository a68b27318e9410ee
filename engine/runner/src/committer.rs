//! The one who commits: gathers requests, starts their tokens, stores them in one transaction.

mod waiting;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use program::WorkspaceId;
use store::{Class, Error, IngestOutcome, Ingested, NewEvent, Result, Store};
use tokio::sync::{mpsc, oneshot};

use self::waiting::Waiting;

use crate::{
    Clock, IngestConfig, IngestError, Topic, Wake,
    ingest::{Inflow, Request},
    routes::Router,
    told::Told,
};

/// Commits what queues up.
pub(crate) struct Committer {
    store: Store,
    clock: Clock,
    told: Told,
    wake: Wake,
    router: Router,
    config: IngestConfig,
}

/// The events of some requests.
struct Batch {
    events: Vec<NewEvent>,
    /// How many are of each request, and the revision of the routing by which they were given their tokens, if they were.
    parts: Vec<(usize, Option<i64>)>,
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// A routing that changes faster than it can be read is a fault.
const MAX_STALE: u32 = 50;
/// When so many requests have failed alone as they did together, it is the database and none of them.
const ENOUGH: u32 = 2;

impl Committer {
    pub(crate) fn new(store: Store, clock: Clock, wake: Wake, router: Router, config: IngestConfig) -> Self {
        Self { store, told: Told::new(clock.clone()), clock, wake, router, config }
    }

    /// Works until all senders are gone and the queue is empty.
    pub(crate) async fn run(mut self, mut queue: mpsc::UnboundedReceiver<Inflow>) {
        let (mut waiting, mut flushes) = (Waiting::default(), Vec::<oneshot::Sender<()>>::new());
        loop {
            let mut next = None;
            if waiting.is_empty() {
                for done in flushes.drain(..) {
                    // Who went away does not mind.
                    let _ = done.send(());
                }
                next = queue.recv().await;
                if next.is_none() {
                    return;
                }
            }
            while let Some(inflow) = next.take().or_else(|| queue.try_recv().ok()) {
                match inflow {
                    Inflow::Request(request) => waiting.add(request),
                    Inflow::Flush(done) => flushes.push(done),
                }
            }
            let batch = waiting.next(&self.config);
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
        let parts: Vec<_> = requests.iter().map(|request| (request.events.len(), request.decided)).collect();
        let events = requests.iter_mut().flat_map(|request| std::mem::take(&mut request.events)).collect();
        let mut batch = Batch { events, parts };
        for request in &requests {
            metrics::histogram!("stafette_ingest_wait_seconds").record(request.arrived.elapsed().as_secs_f64());
        }
        match self.write(workspace, &mut batch).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for (request, (size, _)) in requests.into_iter().zip(batch.parts) {
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
                let mut events = batch.events.into_iter();
                for (request, part) in requests.into_iter().zip(batch.parts) {
                    let mut own = Batch { events: events.by_ref().take(part.0).collect(), parts: vec![part] };
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
    async fn write(&mut self, workspace: WorkspaceId, batch: &mut Batch) -> Result<Vec<Ingested>> {
        let started = Instant::now();
        let (mut pause, mut stale) = (FIRST_PAUSE, 0);
        loop {
            let tried = self.try_write(workspace, batch).await;
            metrics::counter!("stafette_ingest_tries_total", "outcome" => outcome(&tried)).increment(1);
            match tried {
                Ok(IngestOutcome::Done(answers)) => {
                    self.tell(workspace, &answers, &batch.events, started);
                    return Ok(answers);
                }
                Ok(IngestOutcome::StaleRouting) if stale < MAX_STALE => {
                    stale += 1;
                    self.router.forget(workspace);
                }
                Ok(IngestOutcome::StaleRouting) => return Err(Error::Unavailable("the routing keeps changing".into())),
                Err(error) if error.class() == Class::Soon && started.elapsed() + pause < self.config.patience => {
                    self.told.warn("events cannot be stored, trying again", &error);
                    self.clock.pause(pause + self.clock.jitter(pause)).await;
                    pause *= 2;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Starts the tokens by the routing as it is known, where that was not done by the same, and stores. Another try
    /// keeps the tokens' ids: the commit whose answer was lost may have happened.
    async fn try_write(&mut self, workspace: WorkspaceId, batch: &mut Batch) -> Result<IngestOutcome> {
        let routes = self.router.routes(workspace).await?;
        let revision = Some(routes.revision);
        if batch.parts.iter().any(|(_, decided)| *decided != revision) {
            let mut open = std::mem::take(&mut batch.events).into_iter();
            for (size, decided) in &mut batch.parts {
                let own: Vec<_> = open.by_ref().take(*size).collect();
                batch.events.extend(if *decided == revision {
                    own
                } else {
                    let decided = routes.clone().decide(own, &self.clock).await;
                    decided.ok_or_else(|| Error::Unavailable("the server is shutting down".into()))?
                });
                *decided = revision;
            }
        }
        let (now, most) = (self.clock.now(), self.config.max_contact);
        self.store.ingest_within(most, workspace, now, routes.revision, &batch.events).await
    }

    fn tell(&self, workspace: WorkspaceId, answers: &[Ingested], events: &[NewEvent], started: Instant) {
        let accepted = answers.iter().filter(|answer| matches!(answer, Ingested::Accepted { .. })).count();
        let counted = if workspace.is_test_run() { 0 } else { accepted };
        metrics::counter!("stafette_events_ingested_total").increment(counted as u64);
        metrics::histogram!("stafette_ingest_commit_seconds").record(started.elapsed().as_secs_f64());
        metrics::histogram!("stafette_ingest_commit_rows").record(answers.len() as f64);
        for (answer, event) in answers.iter().zip(events).filter(|_| !workspace.is_test_run()) {
            if let Some(why) = why_not(answer) {
                metrics::counter!("stafette_events_not_stored_total", "why" => why).increment(1);
            } else if !event.undecided.is_empty() {
                metrics::counter!("stafette_filters_undecided_total").increment(event.undecided.len() as u64);
                metrics::counter!("stafette_tokens_failed_total").increment(event.undecided.len() as u64);
            }
        }
        if answers.iter().any(|answer| matches!(answer, Ingested::Accepted { tokens, .. } if !tokens.is_empty())) {
            self.wake.tokens();
        }
        if accepted > 0 {
            self.wake.wake(Topic::Changes);
        }
    }
}

/// Why an event was not stored, if it was not: one word of few, for a metric's label.
fn why_not(answer: &Ingested) -> Option<&'static str> {
    match answer {
        Ingested::Accepted { .. } => None,
        Ingested::Duplicate { .. } => Some("duplicate"),
        Ingested::UnknownEventType => Some("unknown_type"),
        Ingested::ContactConflict => Some("contact_conflict"),
        Ingested::KeyTaken { .. } => Some("id_reused"),
        Ingested::ContactTooLarge { .. } => Some("contact_too_large"),
    }
}

/// What one try to store led to: one word of few, for a metric's label.
fn outcome(tried: &Result<IngestOutcome>) -> &'static str {
    match tried.as_ref().map_err(Error::class) {
        Ok(IngestOutcome::Done(_)) => "stored",
        Ok(IngestOutcome::StaleRouting) => "stale",
        Err(Class::Client) => "rejected",
        Err(Class::Conflict | Class::Soon | Class::Operator | Class::Corrupt) => "failed",
    }
}

fn refusal(error: &Error) -> IngestError {
    match error.class() {
        Class::Client => IngestError::Rejected(error.to_string()),
        // What of an event stands against what is stored is an answer of its own; this is two that met.
        Class::Conflict | Class::Soon => IngestError::Unavailable(error.to_string()),
        Class::Operator | Class::Corrupt => IngestError::Stuck(error.to_string()),
    }
}

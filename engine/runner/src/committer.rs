//! Gathers requests and stores them in one transaction. A request that was routed by programs that are no longer
//! current goes back to its sender.

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
    Clock, IngestConfig, Topic, Wake,
    inflow::{Answer, Inflow, Request, why_not},
    routes::Router,
    told::Told,
};

/// Commits queued requests.
pub(crate) struct Committer {
    store: Store,
    clock: Clock,
    told: Told,
    wake: Wake,
    router: Router,
    config: IngestConfig,
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// After this many failures in a row the database is at fault, and not the requests.
const ENOUGH: u32 = 2;

impl Committer {
    pub(crate) fn new(store: Store, clock: Clock, wake: Wake, router: Router, config: IngestConfig) -> Self {
        Self { store, told: Told::new(clock.clone()), clock, wake, router, config }
    }

    /// Works until all senders are gone and the queue is empty.
    pub(crate) async fn run(self, mut queue: mpsc::UnboundedReceiver<Inflow>) {
        let (mut waiting, mut flushes) = (Waiting::default(), Vec::<oneshot::Sender<()>>::new());
        loop {
            let mut next = None;
            if waiting.is_empty() {
                for done in flushes.drain(..) {
                    // It does not matter if the caller is gone.
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
            // A caller that got its answer may send again at once, and then joins the requests that queued meanwhile.
            tokio::task::yield_now().await;
        }
    }

    /// Stores requests, with one transaction per workspace.
    async fn commit(&self, batch: Vec<Request>) {
        let mut by_workspace: HashMap<WorkspaceId, Vec<Request>> = HashMap::new();
        for request in batch {
            by_workspace.entry(request.workspace).or_default().push(request);
        }
        for (workspace, requests) in by_workspace {
            self.commit_for(workspace, requests).await;
        }
    }

    async fn commit_for(&self, workspace: WorkspaceId, requests: Vec<Request>) {
        let revision = match self.revision(workspace).await {
            Ok(revision) => revision,
            Err(error) => return refuse(requests, &error),
        };
        let (mut requests, stale): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|request| request.decided == Some(revision));
        stale.into_iter().for_each(send_back);
        if requests.is_empty() {
            return;
        }
        let sizes: Vec<_> = requests.iter().map(|request| request.events.len()).collect();
        let events: Vec<_> = requests.iter_mut().flat_map(|request| std::mem::take(&mut request.events)).collect();
        for request in &requests {
            metrics::histogram!("stafette_ingest_wait_seconds").record(request.arrived.elapsed().as_secs_f64());
        }
        let written = self.write(workspace, revision, &events).await;
        match written {
            Ok(IngestOutcome::Done(answers)) => {
                let mut answers = answers.into_iter();
                for (request, size) in requests.into_iter().zip(sizes) {
                    request.reply(Ok(Answer::Stored(answers.by_ref().take(size).collect())));
                }
                return;
            }
            Err(error) if error.class() == Class::Soon || requests.len() == 1 => return refuse(requests, &error),
            Ok(IngestOutcome::StaleRouting) | Err(_) => {}
        }
        let mut events = events.into_iter();
        for (request, size) in requests.iter_mut().zip(sizes) {
            request.events = events.by_ref().take(size).collect();
        }
        match written {
            Ok(_) => self.outdated(workspace, requests).await,
            Err(_) => self.commit_each(workspace, revision, requests).await,
        }
    }

    /// Stores each request in a transaction of its own, so that a faulty one fails alone.
    async fn commit_each(&self, workspace: WorkspaceId, revision: i64, requests: Vec<Request>) {
        let (mut misses, mut last, mut stale) = (0, None, Vec::new());
        for request in requests {
            let answer = match last.take_if(|_| misses >= ENOUGH) {
                Some(last) => Err(last),
                None => match self.write(workspace, revision, &request.events).await {
                    Ok(IngestOutcome::Done(answers)) => Ok(Answer::Stored(answers)),
                    Ok(IngestOutcome::StaleRouting) => {
                        stale.push(request);
                        continue;
                    }
                    Err(error) => {
                        misses = if error.class().alarming() { misses + 1 } else { 0 };
                        Err((&error).into())
                    }
                },
            };
            if answer.is_ok() {
                misses = 0;
            }
            last = answer.as_ref().err().cloned();
            request.reply(answer);
        }
        if !stale.is_empty() {
            self.outdated(workspace, stale).await;
        }
    }

    /// A program was published meanwhile. The routing is loaded before the requests are routed again.
    async fn outdated(&self, workspace: WorkspaceId, requests: Vec<Request>) {
        self.router.forget(workspace);
        match self.revision(workspace).await {
            Ok(_) => requests.into_iter().for_each(send_back),
            Err(error) => refuse(requests, &error),
        }
    }

    /// The revision of the routing that this node knows.
    async fn revision(&self, workspace: WorkspaceId) -> Result<i64> {
        self.patiently(|| async move { Ok(self.router.routes(workspace).await?.revision) }).await
    }

    /// Stores events in one transaction. A retry keeps the tokens' ids, because a commit whose answer was lost may have
    /// happened.
    async fn write(&self, workspace: WorkspaceId, revision: i64, events: &[NewEvent]) -> Result<IngestOutcome> {
        let started = Instant::now();
        let written = self.patiently(|| async move {
            let (now, most) = (self.clock.now(), self.config.max_contact);
            let tried = self.store.ingest_within(most, workspace, now, revision, events).await;
            metrics::counter!("stafette_ingest_tries_total", "outcome" => outcome(&tried)).increment(1);
            tried
        });
        let written = written.await?;
        if let IngestOutcome::Done(answers) = &written {
            self.tell(workspace, answers, events, started);
        }
        Ok(written)
    }

    /// Retries for a while if the database is away.
    async fn patiently<T, F: Future<Output = Result<T>>>(&self, attempt: impl Fn() -> F) -> Result<T> {
        let (started, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            match attempt().await {
                Err(error) if error.class() == Class::Soon && started.elapsed() + pause < self.config.patience => {
                    self.told.warn("events cannot be stored, trying again", &error);
                    self.clock.pause(pause + self.clock.jitter(pause)).await;
                    pause *= 2;
                }
                done => return done,
            }
        }
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
        let started = |answer: &Ingested| matches!(answer, Ingested::Accepted { tokens, .. } if !tokens.is_empty());
        let routes = self.router.known(workspace);
        let awaited = || routes.is_some_and(|routes| events.iter().any(|event| routes.awaits(&event.event)));
        if answers.iter().any(started) || accepted > 0 && awaited() {
            self.wake.tokens();
        }
        if accepted > 0 {
            self.wake.wake(Topic::Changes);
        }
    }
}

/// The outcome of one try, as a label of metrics.
fn outcome(tried: &Result<IngestOutcome>) -> &'static str {
    match tried.as_ref().map_err(Error::class) {
        Ok(IngestOutcome::Done(_)) => "stored",
        Ok(IngestOutcome::StaleRouting) => "stale",
        Err(Class::Client) => "rejected",
        Err(Class::Conflict | Class::Soon | Class::Operator | Class::Corrupt) => "failed",
    }
}

fn send_back(mut request: Request) {
    let events = std::mem::take(&mut request.events);
    request.reply(Ok(Answer::Stale(events)));
}

fn refuse(requests: Vec<Request>, error: &Error) {
    requests.into_iter().for_each(|request| request.reply(Err(error.into())));
}

//! Takes events in: many requests, few commits.
//!
//! A commit takes the requests that queued up during the last one. So an idle node adds no delay, and a busy one waits
//! for its disk once per thousand events.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use program::{EventType, Object, Time, WorkspaceId};
use serde_json::Value;
use store::{Ingested, NewAttachment, NewEvent, Store, Who};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{
    Clock, IngestConfig, Wake,
    committer::Committer,
    contracts::Judged,
    inflow::{Answer, Inflow, IngestError, Request, why_not},
    plans::Plans,
    routes::Router,
    seen::Seen,
};

/// Takes events in. Cheap to clone.
#[derive(Clone)]
pub struct Ingest(Arc<Inlet>);

struct Inlet {
    queue: mpsc::UnboundedSender<Inflow>,
    /// Bounds the waiting events, in rows and bytes. Requests differ too much in size to be counted.
    room: Arc<Semaphore>,
    capacity: u32,
    clock: Clock,
    router: Router,
    seen: Seen,
    closed: AtomicBool,
}

/// One event as a caller sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Whose event it is.
    pub who: Who,
    /// What the event says of the contact.
    pub attributes: Object,
    /// Whether marketing mail is allowed, if the call says so.
    pub opt_in: Option<bool>,
    /// What happened.
    pub event: EventType,
    /// The payload. Several events may share it.
    pub data: Arc<Object>,
    /// When it happened, if not now.
    pub occurred_at: Option<Time>,
    /// The caller's own id of the event. The same event with it is a duplicate; another event with it is refused.
    pub key: Option<String>,
    /// Files for the mails that follow.
    pub attachments: Vec<NewAttachment>,
}

/// The most events of one request.
const MAX_REQUEST: usize = 1_000;
/// If the routing changes more often than this before a request is stored, something is wrong.
const MAX_STALE: u32 = 50;
/// This many bytes of data and attachments count as one more event.
const BYTES_PER_ROW: usize = 4_096;

/// A request's place in the queue. It also counts for the metric of the queue, until it is dropped.
struct Counted<'a> {
    inlet: &'a Inlet,
    room: Option<Arc<OwnedSemaphorePermit>>,
}

impl Counted<'_> {
    fn show(&self) {
        let waits = f64::from(self.inlet.capacity) - self.inlet.room.available_permits() as f64;
        metrics::gauge!("stafette_ingest_queue").set(waits);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.room = None;
        self.show();
    }
}

impl Ingest {
    /// Starts the committer.
    pub fn start(store: Store, clock: Clock, wake: Wake, plans: Plans, config: IngestConfig) -> Self {
        let (queue, inflow) = mpsc::unbounded_channel();
        let capacity = config.queue.max(1);
        let room = Arc::new(Semaphore::new(capacity as usize));
        let router = Router::new(store.clone(), plans);
        let seen = Seen::start(store.clone(), clock.clone());
        tokio::spawn(Committer::new(store, clock.clone(), wake, router.clone(), config).run(inflow));
        Self(Arc::new(Inlet { queue, room, capacity, clock, router, seen, closed: AtomicBool::new(false) }))
    }

    /// Stores a request's events, at most 1,000, in one commit. Returns when they are stored, with the answers in the
    /// order of the events.
    pub async fn submit(&self, workspace: WorkspaceId, events: Vec<Incoming>) -> Result<Vec<Ingested>, IngestError> {
        let inlet = &*self.0;
        if inlet.closed.load(Ordering::Acquire) {
            return Err(IngestError::ShuttingDown);
        }
        if events.is_empty() {
            return Ok(Vec::new());
        }
        if events.len() > MAX_REQUEST {
            let why = format!("a request holds at most {MAX_REQUEST} events; this one has {}", events.len());
            return Err(IngestError::Rejected(why));
        }
        // A request that is larger than the whole queue waits for an empty one. Otherwise it would be refused for ever.
        let bytes = weight(&events);
        let weight = events.len() + bytes / BYTES_PER_ROW;
        let weight = u32::try_from(weight).unwrap_or(u32::MAX).min(inlet.capacity);
        let room = inlet.room.clone().try_acquire_many_owned(weight).map_err(|_| IngestError::Full)?;
        let counted = Counted { inlet, room: Some(Arc::new(room)) };
        counted.show();
        let now = inlet.clock.now();
        let mut events: Vec<_> = events.into_iter().map(|event| event.into_new(&inlet.clock, now)).collect();
        let picked = inlet.seen.pick(workspace, &events);
        let mut answers: Vec<Option<Ingested>> = vec![None; events.len()];
        let mut places: Vec<usize> = (0..events.len()).collect();
        // Filters run here, so that a slow filter delays this request only. This holds after a publication, too.
        for _ in 0..MAX_STALE {
            // Unknown routes are read by the committer. If requests read them, all would do so at once.
            let mut routes = inlet.router.known(workspace);
            let mut judged = Judged::default();
            if routes.as_ref().is_some_and(|routes| !routes.contracts.is_empty()) {
                let all = places.into_iter().zip(events).collect();
                let asked = inlet.router.judge(workspace, routes, all).await;
                (routes, judged) = asked.map_err(|error| IngestError::from(&error))?;
                (places, events) = std::mem::take(&mut judged.events).into_iter().unzip();
                for (at, answer) in judged.answers(workspace, &inlet.seen) {
                    if let Some(why) = why_not(&answer) {
                        metrics::counter!("stafette_events_not_stored_total", "why" => why).increment(1);
                    }
                    answers[at] = Some(answer);
                }
            }
            let decided = routes.as_ref().map(|routes| routes.revision);
            if events.is_empty() {
                return Ok(answers.into_iter().flatten().collect());
            }
            if let Some(routes) = routes {
                events = routes.decide(events, &inlet.clock, now).await.ok_or(IngestError::ShuttingDown)?;
            }
            let (answer, answered) = oneshot::channel();
            let (arrived, room) = (Instant::now(), counted.room.clone());
            let request = Request { workspace, events, decided, bytes, answer, arrived, room };
            inlet.queue.send(Inflow::Request(request)).map_err(|_| IngestError::ShuttingDown)?;
            match answered.await.map_err(|_| IngestError::ShuttingDown)?? {
                Answer::Stored(stored) => {
                    places.into_iter().zip(stored).for_each(|(at, answer)| answers[at] = Some(answer));
                    judged.report(workspace, &inlet.seen, &answers);
                    let answers: Vec<_> = answers.into_iter().flatten().collect();
                    inlet.seen.look(workspace, &picked, &answers);
                    return Ok(answers);
                }
                Answer::Stale(again) => events = again,
            }
        }
        Err(IngestError::Unavailable("the routing keeps changing".into()))
    }

    /// Refuses new requests, and waits until all accepted ones are stored.
    pub async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        let (done, flushed) = oneshot::channel();
        if self.0.queue.send(Inflow::Flush(done)).is_ok() {
            // An error means that the committer is gone, so there is nothing to wait for.
            let _ = flushed.await;
        }
        self.0.seen.settle_all().await;
    }

    /// What events of this node look like.
    pub fn seen(&self) -> &Seen {
        &self.0.seen
    }
}

impl fmt::Debug for Ingest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ingest").finish_non_exhaustive()
    }
}

impl Incoming {
    fn into_new(self, clock: &Clock, now: Time) -> NewEvent {
        NewEvent {
            id: clock.uuid().into(),
            contact_id: clock.uuid().into(),
            who: self.who,
            attributes: self.attributes,
            opt_in: self.opt_in,
            event: self.event,
            data: self.data,
            occurred_at: self.occurred_at.unwrap_or(now),
            key: self.key,
            attachments: self.attachments,
            tokens: Vec::new(),
            undecided: Vec::new(),
            refused: Vec::new(),
        }
    }
}

/// About how many bytes events have. Data that several of them share counts once.
fn weight(events: &[Incoming]) -> usize {
    let mut seen = HashSet::new();
    let mut once = |at: *const (), bytes: usize| if seen.insert(at) { bytes } else { 0 };
    let mut bytes = 0;
    for event in events {
        let files = event.attachments.iter().map(|file| once(Arc::as_ptr(&file.bytes).cast(), file.bytes.len()));
        bytes += files.sum::<usize>();
        bytes += once(Arc::as_ptr(&event.data).cast(), object_bytes(&event.data)) + object_bytes(&event.attributes);
    }
    bytes
}

fn object_bytes(object: &Object) -> usize {
    object.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// The recursion is bounded, because JSON is read to a depth of 128.
fn value_bytes(value: &Value) -> usize {
    /// The least memory of a value.
    const LEAST: usize = size_of::<Value>();
    LEAST
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(value_bytes).sum(),
            Value::Object(object) => object_bytes(object),
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_events_share_counts_once() {
        let file = |bytes: usize| NewAttachment {
            filename: "a.pdf".into(),
            content_type: "application/pdf".into(),
            bytes: Arc::new(vec![0; bytes]),
        };
        let data = json!({ "text": "x".repeat(1_000) }).as_object().cloned().unwrap();
        let event = |attachments| Incoming {
            who: Who { email: Some("ann@example.test".into()), external_id: None },
            attributes: Object::new(),
            opt_in: None,
            event: EventType::new("a").unwrap(),
            data: Arc::new(data.clone()),
            occurred_at: None,
            key: None,
            attachments,
        };
        let one = event(vec![file(1 << 20), file(7)]);
        let alone = weight(std::slice::from_ref(&one));
        assert!(alone > (1 << 20) + 1_000, "{alone}");
        assert_eq!(weight(&vec![one.clone(); 10]), alone);
        assert_eq!(weight(&[one, event(vec![file(1 << 20), file(7)])]), 2 * alone);
    }
}

//! Prepares a bench: an empty database with one program, its streams and some contacts.

use std::sync::Arc;

use chrono::TimeDelta;
use program::{EventType, NodeId, Object, PerClass, Program, ProgramId, Stream, Time, VersionId, WorkspaceId};
use runner::{CallSigner, Clock, Config, Deps, Engine, Incoming, LinkSigner, Press, press::Means};
use store::{Act, FreshIds, Ingested, NewToken, Options, Paging, RawEvent, Store, Synchronous, Who};
use tempfile::TempDir;

use crate::{Bench, BenchError};

/// Where everything is measured.
pub(crate) struct Bed {
    /// The database.
    pub(crate) store: Store,
    /// The system's clock.
    pub(crate) clock: Clock,
    /// How it was opened.
    pub(crate) url: String,
    /// The scratch folder, gone with the bed.
    pub(crate) folder: TempDir,
    /// The program whose node `mail` tokens are seeded at.
    pub(crate) program: (ProgramId, VersionId),
    /// Calls nobody.
    client: connect::Client,
    /// Contacts that exist.
    pub(crate) contacts: Vec<program::ContactId>,
}

/// The workspace of a bench.
pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::DEFAULT;
/// Contacts that tokens and events are spread over.
pub(crate) const CONTACTS: usize = 1_000;
/// Rows of one raw transaction when a bed is seeded.
const SEED_BATCH: usize = 1_000;

const PROGRAM: &str = r#"
stafette: 1
name: bench
title: Bench
nodes:
  ordered: { kind: entry, event: bench.ordered, next: loyal }
  loyal:
    kind: condition
    when: event.total > 10
    next: { yes: pause, no: pause }
  pause: { kind: wait, duration: 1s, next: mail }
  mail: { kind: send_mail, stream: bench }
"#;

const STREAM: &str = r#"
stafette: 1
name: bench
title: Bench
class: operational
from: { name: Bench, email: bench@example.test }
subject: Order {{ event.order_id | default("") }}
html: |
  <p>Hello {{ contact.email }}</p>
  <table>{% for line in event.lines %}<tr><td>{{ line.name }}</td><td>{{ line.price }}</td></tr>{% endfor %}</table>
text: |
  Hello {{ contact.email }}
  {% for line in event.lines %}{{ line.name }} {{ line.price }}
  {% endfor %}
"#;

impl Bed {
    /// Opens the database and puts program, stream and contacts in.
    pub(crate) async fn make(options: &Bench) -> Result<Self, BenchError> {
        let Some(url) = options.database_url.clone() else { return Self::scratch(options, Synchronous::Full).await };
        Self::fill(Self::folder(options)?, Options::new(url)).await
    }

    /// The same on a SQLite of its own that is gone with the bed.
    pub(crate) async fn scratch(options: &Bench, synchronous: Synchronous) -> Result<Self, BenchError> {
        let folder = Self::folder(options)?;
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        Self::fill(folder, Options { synchronous, ..Options::new(url) }).await
    }

    fn folder(options: &Bench) -> std::io::Result<TempDir> {
        tempfile::Builder::new().prefix("stafette-bench").tempdir_in(&options.scratch)
    }

    async fn fill(folder: TempDir, options: Options) -> Result<Self, BenchError> {
        let url = options.url.clone();
        let store = Store::open(options).await?;
        if !store.programs(WORKSPACE, None, &Paging::default()).await?.items.is_empty() {
            return Err("the database holds programs; a bench wants an empty one of its own".into());
        }
        let clock = Clock::system();
        let now = clock.now();
        let fresh = || FreshIds { id: clock.uuid(), version: clock.uuid().into() };
        let act = Act { workspace: WORKSPACE, author: None, now };
        store.put_stream(act, fresh(), &Stream::parse(STREAM)?).await?;
        let put = store.put_program(act, fresh(), &Program::parse(PROGRAM)?, true).await?;
        let client = connect::Client::new(connect::Guard::default(), connect::Limits::default())?;
        let (program, contacts) = ((put.id, put.version), Vec::with_capacity(CONTACTS));
        let mut bed = Self { store, clock, url, folder, program, client, contacts };
        let engine = bed.engine(mail::Transport::inbox(), Config::default());
        let known = (0..CONTACTS).map(|n| incoming(n, "bench.known")).collect();
        for result in engine.ingest.submit(WORKSPACE, known).await? {
            if let Ingested::Accepted { contact, .. } = result {
                bed.contacts.push(contact);
            }
        }
        Ok(bed)
    }

    /// The parts of a node, without workers.
    pub(crate) fn engine(&self, transport: mail::Transport, config: Config) -> Engine {
        Engine::new(self.deps(transport, config))
    }

    /// What a node is made of.
    pub(crate) fn deps(&self, transport: mail::Transport, config: Config) -> Deps {
        Deps {
            store: self.store.clone(),
            clock: self.clock.clone(),
            transport: PerClass { operational: transport.clone(), marketing: transport },
            links: LinkSigner::new(b"bench", "http://localhost"),
            press: Press::start(Means::Itself),
            dkim: None,
            client: self.client.clone(),
            signer: CallSigner::new(b"bench"),
            config,
        }
    }

    /// How many transactions the engine runs side by side on this database.
    pub(crate) fn committers(&self) -> u32 {
        Config::default().committers(self.store.dialect())
    }

    /// Raw events; with tokens, due at `due`, at the node that sends the mail.
    pub(crate) fn raw(&self, n: usize, tokens: bool) -> Result<Vec<RawEvent>, BenchError> {
        self.raw_at(n, tokens.then_some("mail"))
    }

    fn raw_at(&self, n: usize, node: Option<&str>) -> Result<Vec<RawEvent>, BenchError> {
        let (event, node) = (EventType::new("bench.raw")?, node.map(NodeId::new).transpose()?);
        let data = payload(0);
        let one = |at: usize| RawEvent {
            id: self.clock.uuid().into(),
            contact: self.contacts[at % self.contacts.len()],
            event: event.clone(),
            data: data.clone(),
            key: self.clock.uuid().to_string(),
            token: node.clone().map(|node| NewToken {
                id: self.clock.uuid().into(),
                program: self.program.0,
                version: self.program.1,
                node,
            }),
        };
        Ok((0..n).map(one).collect())
    }

    /// Puts in tokens that are due at a time.
    pub(crate) async fn seed(&self, n: usize, due: Time) -> Result<(), BenchError> {
        let mut left = n;
        while left > 0 {
            let batch = left.min(SEED_BATCH);
            self.store.raw_ingest(WORKSPACE, due, &self.raw(batch, true)?).await?;
            left -= batch;
        }
        Ok(())
    }

    /// Puts in tokens that rest at the node that waits, each until its own time.
    pub(crate) async fn seed_waits(&self, n: usize, due: impl Fn(usize) -> Time) -> Result<(), BenchError> {
        for first in (0..n).step_by(SEED_BATCH) {
            let batch = first..n.min(first + SEED_BATCH);
            let events = self.raw_at(batch.len(), Some("pause"))?;
            let due: Vec<Time> = batch.map(&due).collect();
            self.store.raw_wait(WORKSPACE, self.clock.now(), &events, &due).await?;
        }
        Ok(())
    }

    /// How many runs have come to their end, as counted by the steps themselves.
    pub(crate) async fn ended(&self) -> Result<u64, BenchError> {
        let counts = self.store.node_counts(WORKSPACE, self.program.0).await?;
        let last = counts.iter().filter(|count| count.node.as_str() == "mail");
        Ok(last.map(|count| count.failed + count.finished + count.passed.iter().map(|(_, n)| n).sum::<u64>()).sum())
    }

    /// A time that no bench reaches.
    pub(crate) fn next_year(&self) -> Time {
        self.clock.now() + TimeDelta::days(365)
    }
}

/// The payload of an order with two lines.
pub(crate) fn payload(n: usize) -> Object {
    let lines = serde_json::json!([{ "name": "Kettle", "price": 42.5 }, { "name": "Cup", "price": 7 }]);
    let mut data = Object::new();
    data.insert("order_id".into(), format!("A-{n}").into());
    data.insert("total".into(), 49.5.into());
    data.insert("lines".into(), lines);
    data
}

/// An event as the API takes it in.
pub(crate) fn incoming(n: usize, event: &str) -> Incoming {
    Incoming {
        who: Who { email: Some(format!("contact{}@example.test", n % CONTACTS)), external_id: None },
        attributes: Object::new(),
        opt_in: None,
        // The names that benches use are valid.
        event: EventType::new(event).unwrap_or_else(|error| unreachable!("{error}")),
        data: payload(n).into(),
        occurred_at: None,
        key: None,
        attachments: Vec::new(),
    }
}

/// A shared counter of work that is left.
#[derive(Clone, Debug)]
pub(crate) struct Left(Arc<std::sync::atomic::AtomicUsize>);

impl Left {
    /// So much is left.
    pub(crate) fn new(n: usize) -> Self {
        Self(Arc::new(n.into()))
    }

    /// Takes at most `n` of it; nothing where nothing is left.
    pub(crate) fn take(&self, n: usize) -> Option<usize> {
        use std::sync::atomic::Ordering::Relaxed;
        let before = self.0.fetch_update(Relaxed, Relaxed, |left| (left > 0).then(|| left.saturating_sub(n)));
        before.ok().map(|left| left.min(n))
    }
}

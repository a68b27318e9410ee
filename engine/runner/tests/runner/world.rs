//! A node in a box: database, clock, engine.

use std::sync::Arc;

use mail::Transport;
use program::{EventType, Object, PerClass, Program, Stream, Time, TokenId, WorkspaceId};
use runner::{CallSigner, Clock, Config, Deps, Engine, Incoming, LinkSigner, ManualClock, Press, press::Means};
use serde_json::Value;
use store::{
    Act, FreshIds, InboxMailBody, Ingested, Message, MessageFilter, Options, Paging, Store, Token, TokenFilter, Who,
};
use tempfile::TempDir;

pub(crate) const WS: WorkspaceId = WorkspaceId::DEFAULT;

/// One node, its database and its clock.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) hands: ManualClock,
    pub(crate) engine: Engine,
    pub(crate) links: LinkSigner,
    deps: Deps,
    pub(crate) dir: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Transport::inbox(), Config::default()).await
    }

    pub(crate) async fn with(transport: Transport, config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("stafette.db").display());
        let store = Store::open(Options::new(url)).await.unwrap();
        store.looks_take_no_time();
        let start: Time = "2026-03-01T09:00:00Z".parse().unwrap();
        let (clock, hands) = Clock::manual(start);
        let links = LinkSigner::new(b"secret", "https://mail.example");
        let deps = Deps {
            store: store.clone(),
            clock: clock.clone(),
            transport: PerClass { operational: transport.clone(), marketing: transport },
            links: links.clone(),
            press: Press::with(Means::Within, 1),
            dkim: None,
            client: client(),
            signer: CallSigner::new(b"secret"),
            config,
        };
        let engine = Engine::new(deps.clone());
        engine.enter().await.unwrap();
        Self { store, clock, hands, engine, links, deps, dir }
    }

    /// Another life on the same database, after the first one was lost.
    pub(crate) async fn reborn(&self) -> Engine {
        let engine = Engine::new(self.deps.clone());
        engine.enter().await.unwrap();
        engine
    }

    pub(crate) fn deps(&self) -> Deps {
        self.deps.clone()
    }

    pub(crate) async fn stream(&self, yaml: &str) {
        let stream = Stream::parse(yaml).unwrap();
        self.store.put_stream(self.act(), self.fresh(), &stream).await.unwrap();
    }

    /// Puts and publishes.
    pub(crate) async fn program(&self, yaml: &str) {
        let program = Program::parse(yaml).unwrap();
        self.store.put_program(self.act(), self.fresh(), &program, true).await.unwrap();
    }

    pub(crate) fn act(&self) -> Act<'static> {
        Act { workspace: WS, author: None, now: self.clock.now() }
    }

    fn fresh(&self) -> FreshIds {
        FreshIds { id: self.clock.uuid(), version: self.clock.uuid().into() }
    }

    /// Sends one event and gives the tokens that it started.
    pub(crate) async fn event(&self, event: Incoming) -> Vec<TokenId> {
        match &self.engine.ingest.submit(WS, vec![event]).await.unwrap()[..] {
            [Ingested::Accepted { tokens, .. }] => tokens.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Moves the clock and does what is due then.
    pub(crate) async fn after(&self, time: chrono::TimeDelta) {
        self.hands.advance(time);
        self.engine.work_off().await.unwrap();
    }

    pub(crate) async fn tokens(&self) -> Vec<Token> {
        let mut tokens = self.store.tokens(WS, &TokenFilter::default(), &all()).await.unwrap().items;
        tokens.reverse();
        tokens
    }

    pub(crate) async fn messages(&self) -> Vec<Message> {
        let mut messages = self.store.messages(WS, &MessageFilter::default(), &all()).await.unwrap().items;
        messages.reverse();
        messages
    }

    /// The mails of the inbox, oldest first, with their source.
    pub(crate) async fn inbox(&self) -> Vec<InboxMailBody> {
        let mut mails = Vec::new();
        for mail in self.store.inbox(WS, None, &all()).await.unwrap().items.iter().rev() {
            mails.push(self.store.inbox_mail(WS, mail.id).await.unwrap());
        }
        mails
    }
}

/// Calls servers of this machine, too.
pub(crate) fn client() -> connect::Client {
    let guard = connect::Guard { http: true, loopback: true, networks: Vec::new() };
    connect::Client::new(guard, connect::Limits::default()).unwrap()
}

pub(crate) fn all() -> Paging {
    Paging { after: None, limit: 200 }
}

/// An event of somebody.
pub(crate) fn event(name: &str, email: &str, data: Value) -> Incoming {
    Incoming {
        who: Who { email: Some(email.into()), external_id: None },
        attributes: Object::new(),
        opt_in: None,
        event: EventType::new(name).unwrap(),
        data: data.as_object().cloned().unwrap_or_default().into(),
        occurred_at: None,
        key: None,
        attachments: Vec::new(),
    }
}

/// A plain stream of this name, class and policy.
pub(crate) fn stream(name: &str, class: &str, policy: &str) -> String {
    format!(
        "stafette: 1\nname: {name}\ntitle: T\nclass: {class}\nfrom: {{ email: shop@example.test }}\n\
         subject: Hello\nhtml: <p>Hello {{{{ contact.email }}}}</p>\ntext: Hello {{{{ contact.email }}}}\n\
         unknown_outcome: {policy}\n"
    )
}

/// A program that sends one stream for each event `go`.
pub(crate) fn one_mail(stream: &str) -> String {
    format!(
        "stafette: 1\nname: one-mail\ntitle: T\nnodes:\n  come: {{ kind: entry, event: go, next: mail }}\n  \
         mail: {{ kind: send_mail, stream: {stream} }}\n"
    )
}

/// What two threads may share.
pub(crate) type Shared<T> = Arc<std::sync::Mutex<T>>;

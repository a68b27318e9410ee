//! Tokens that wait for a condition, with several runners at once on PostgreSQL: whatever changes their contact, and
//! whenever, each is met once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::TimeDelta;
use program::{Action, Object, Program, TokenId};
use runner::Incoming;
use serde_json::json;
use sqlx::{Executor, PgConnection};
use store::{Ingested, TokenStatus, Who};

use crate::{
    random,
    world::{Place, WORKSPACE, World, blocked, gate},
};

const CONTACTS: usize = 150;
const RUNNERS: usize = 4;

const WAITS: &str = "
stafette: 1
name: waits
title: Waits
nodes:
  in: { kind: entry, event: ordered, again: always, next: paid }
  paid:
    kind: wait_for_condition
    when: has(contact.paid) && contact.paid
    within: 9d
    next: { met: shipped }
  shipped:
    kind: wait_for_condition
    when: has(contact.shipped) && size(contact.shipped) > 1
    within: 9d
    next: { met: seen }
  seen: { kind: wait_for_condition, when: 'count(\"seen\", duration(\"24h\")) > 1', within: 9d, next: { met: out } }
  out: { kind: exit }
";
const CHANGES: &str = "
stafette: 1
name: changes
title: Changes
nodes:
  in: { kind: entry, event: sent, again: always, next: change }
  change: { kind: update_contact, changes: [{ change: add, attribute: shipped, value: '= event.n' }] }
";

/// An event of each contact, in calls of fifty; gives the tokens.
async fn send(world: &World, name: &str, n: u64, attributes: &Object) -> Vec<TokenId> {
    let one = |contact| Incoming {
        who: Who { email: Some(format!("{contact}@example.test")), external_id: None },
        attributes: attributes.clone(),
        opt_in: None,
        event: name.parse().unwrap(),
        data: json!({ "n": n }).as_object().cloned().unwrap().into(),
        occurred_at: Some(world.clock.now()),
        key: None,
        attachments: Vec::new(),
    };
    let events: Vec<_> = (0..CONTACTS).map(one).collect();
    let mut tokens = Vec::new();
    for call in events.chunks(50) {
        for answer in world.engine.ingest.submit(WORKSPACE, call.to_vec()).await.unwrap() {
            let Ingested::Accepted { tokens: started, .. } = answer else { panic!("{answer:?}") };
            tokens.extend(started);
        }
    }
    tokens
}

async fn settled(world: &World) {
    loop {
        while world.store.next_due(world.clock.now()).await.unwrap().is_some_and(|due| due <= world.clock.now()) {
            tokio::task::yield_now().await;
        }
        // What a claim and an event at once left to the duty.
        if world.store.overlooked(world.clock.now()).await.unwrap() == 0 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_is_met_once_whatever_changes_and_when() {
    let world = Arc::new(World::new(Place::postgres("conditions").await, random::epoch()).await);
    for text in [WAITS, CHANGES] {
        world.publish(&Program::parse(text).unwrap()).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let mut runners = tokio::task::JoinSet::new();
    for _ in 0..RUNNERS {
        let (advancer, over) = (world.engine.advancer.clone(), over.clone());
        runners.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                advancer.advance_once(20).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    let (nothing, paid) = (Object::new(), json!({ "paid": true }).as_object().cloned().unwrap());
    let (tokens, ..) = tokio::join!(
        send(&world, "ordered", 0, &nothing),
        send(&world, "told", 0, &paid),
        send(&world, "sent", 1, &nothing),
        send(&world, "sent", 2, &nothing),
        send(&world, "seen", 1, &nothing),
        send(&world, "seen", 2, &nothing),
    );
    settled(&world).await;
    over.store(true, Ordering::Relaxed);
    runners.join_all().await;
    assert_eq!(tokens.len(), CONTACTS);
    for token in tokens {
        let trace = world.trace(token).await;
        assert_eq!(world.store.token(WORKSPACE, token).await.unwrap().status, TokenStatus::Done, "{trace:?}");
        let exits =
            trace.iter().filter(|step| matches!(&step.action, Action::Passed { port } if port.as_str() == "met"));
        assert_eq!(exits.count(), 3, "{trace:?}");
    }
    let world = Arc::into_inner(world).unwrap();
    world.end().await;
}

const SEEN: &str = "
stafette: 1
name: seen
title: Seen
nodes:
  in: { kind: entry, event: ordered, again: always, next: seen }
  seen: { kind: wait_for_condition, when: 'count(\"seen\", duration(\"24h\")) > 0', within: 1h }
";

/// One contact after the other, each with one token and one event.
struct Phases {
    world: Arc<World>,
    url: String,
}

impl Phases {
    async fn new((place, url): (Place, String)) -> Self {
        let world = Arc::new(World::new((place, url.clone()), random::epoch()).await);
        world.publish(&Program::parse(SEEN).unwrap()).await;
        Self { world, url }
    }

    /// An event of a contact; gives its token, if it starts one.
    async fn event(&self, name: &str, who: &str) -> Option<TokenId> {
        let who = json!({ "email": format!("{who}@example.test") }).as_object().cloned().unwrap();
        let answer = self.world.event(name, &who, &Object::new()).await;
        let Ingested::Accepted { tokens, .. } = answer else { panic!("{answer:?}") };
        tokens.first().copied()
    }

    /// Somebody orders.
    async fn order(&self, who: &str) -> TokenId {
        self.event("ordered", who).await.unwrap()
    }

    async fn advance(&self) {
        let due = async || self.world.store.next_due(self.world.clock.now()).await.unwrap();
        while due().await.is_some_and(|due| due <= self.world.clock.now()) {
            self.world.engine.advancer.advance_once(250).await.unwrap();
        }
    }

    /// One batch of a runner at work.
    fn runs(&self) -> tokio::task::JoinHandle<usize> {
        let advancer = self.world.engine.advancer.clone();
        tokio::spawn(async move { advancer.advance_once(250).await.unwrap().tokens })
    }

    fn pass(&self, time: TimeDelta) {
        self.world.hands.set(self.world.clock.now() + time);
    }

    async fn gate(&self, lock: &str) -> PgConnection {
        gate(&self.url, lock).await
    }

    async fn blocked(&self, n: i64) {
        blocked(&self.url, n).await;
    }

    /// The way of a token that is through: how often it began to wait, and its exits.
    async fn way(&self, token: TokenId) -> (usize, Vec<String>) {
        let trace = self.world.trace(token).await;
        let waits = trace.iter().filter(|step| matches!(step.action, Action::Waiting { .. })).count();
        let exits = trace.iter().filter(|step| step.node.as_str() == "seen").filter_map(|step| match &step.action {
            Action::Passed { port } => Some(port.to_string()),
            _ => None,
        });
        (waits, exits.collect())
    }

    async fn end(self) {
        Arc::into_inner(self.world).unwrap().end().await;
    }
}

fn met(waits: usize) -> (usize, Vec<String>) {
    (waits, vec!["met".to_owned()])
}

/// One event each, which nothing stands in for: whoever missed it would leave by the other port.
async fn each_phase(place: (Place, String)) {
    let phases = Phases::new(place).await;
    phases.event("seen", "before").await;
    let before = phases.order("before").await;
    phases.advance().await;
    assert_eq!(phases.way(before).await, met(0));

    let arriving = phases.order("arriving").await;
    phases.event("seen", "arriving").await;
    phases.advance().await;
    assert_eq!(phases.way(arriving).await, met(0));

    let after = phases.order("after").await;
    phases.advance().await;
    phases.pass(TimeDelta::minutes(1));
    phases.event("seen", "after").await;
    phases.advance().await;
    assert_eq!(phases.way(after).await, met(1));

    let (in_time, late, never) =
        (phases.order("in-time").await, phases.order("late").await, phases.order("never").await);
    phases.advance().await;
    phases.pass(TimeDelta::hours(1));
    // At the instant at which the time is over: what comes before anybody looks counts, and what comes behind that does not.
    phases.event("seen", "in-time").await;
    phases.advance().await;
    phases.event("seen", "late").await;
    phases.advance().await;
    assert_eq!(phases.way(in_time).await, met(1));
    for token in [late, never] {
        assert_eq!(phases.way(token).await, (1, vec!["timed_out".to_owned()]));
    }
    phases.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_phase_on_sqlite() {
    each_phase(Place::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_phase_on_postgres() {
    each_phase(Place::postgres("phases").await).await;
}

/// The only writer of SQLite waits for everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn between_a_claim_and_its_commit() {
    let phases = Phases::new(Place::postgres("between").await).await;
    // The claim has its time and not yet its locks: the event is behind that time.
    let first = phases.order("first").await;
    let mut gate = phases.gate("LOCK TABLE token IN ACCESS EXCLUSIVE MODE").await;
    let running = phases.runs();
    phases.blocked(1).await;
    phases.pass(TimeDelta::seconds(1));
    phases.event("seen", "first").await;
    gate.execute("ROLLBACK").await.unwrap();
    assert_eq!(running.await.unwrap(), 1);
    assert_eq!(phases.way(first).await, met(0));

    // The claim has its locks, and the event waits for it.
    let second = phases.order("second").await;
    let mut gate = phases.gate("SELECT 1 FROM contact WHERE email = 'second@example.test' FOR UPDATE").await;
    let running = phases.runs();
    phases.blocked(1).await;
    phases.pass(TimeDelta::seconds(1));
    let (_, ()) = tokio::join!(phases.event("seen", "second"), async {
        phases.blocked(2).await;
        gate.execute("ROLLBACK").await.unwrap();
    });
    assert_eq!(running.await.unwrap(), 1);
    phases.advance().await;
    assert_eq!(phases.way(second).await, met(1));

    // The same where it waits already, and looks because of another event.
    let third = phases.order("third").await;
    phases.advance().await;
    phases.event("left", "third").await;
    let mut gate = phases.gate("SELECT 1 FROM contact WHERE email = 'third@example.test' FOR UPDATE").await;
    let running = phases.runs();
    phases.blocked(1).await;
    phases.pass(TimeDelta::seconds(1));
    let (_, ()) = tokio::join!(phases.event("seen", "third"), async {
        phases.blocked(2).await;
        gate.execute("ROLLBACK").await.unwrap();
    });
    assert_eq!(running.await.unwrap(), 1);
    phases.advance().await;
    assert_eq!(phases.way(third).await, met(1));
    phases.end().await;
}

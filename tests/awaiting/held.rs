//! A program is paused or stopped, and goes on, at the very instant at which events come and claims look: each token leaves
//! its wait once, with what came meanwhile, whether it waits for an event or for a condition.
//!
//! `STAFETTE_AWAITING_TOKENS` says how many tokens, 400 by default for each of pause and stop; `make chaos` has 10,000.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chrono::TimeDelta;
use program::{Action, Object, Program, ProgramId, TokenId};
use runner::Incoming;
use serde_json::json;
use sqlx::Executor;
use store::{CatchUp, Ingested, TokenStatus, Who};

use super::{at_work, feed::Rows, send, settled};
use crate::{
    load::{Chance, number},
    random,
    world::{Place, WORKSPACE, World, blocked, gate},
};

const PROGRAM: &str = "
stafette: 1
name: pays
title: Pays
nodes:
  in: { kind: entry, event: ordered.event, again: always, next: comes }
  in_other: { kind: entry, event: ordered.condition, again: always, next: holds }
  comes:
    kind: wait_for_event
    event: paid
    filter: incoming.order == event.order
    timeout: 9d
    next: { came: write, timed_out: late }
  holds:
    kind: wait_for_condition
    when: has(contact.paid) && contact.paid == event.order
    within: 9d
    next: { met: write, timed_out: late }
  write:
    kind: update_contact
    changes: [{ change: add, attribute: payments, value: '= event.order' }]
  late:
    kind: update_contact
    changes: [{ change: add, attribute: late, value: '= event.order' }]
";

/// Another one, which nobody holds.
const OTHER: &str = "
stafette: 1
name: notes
title: Notes
nodes:
  in: { kind: entry, event: noted, again: always, next: write }
  write: { kind: update_contact, changes: [{ change: set, attribute: noted, value: true }] }
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Pause,
    Stop,
}

/// What a token waits for.
const WAITS: [&str; 2] = ["event", "condition"];
/// Whether it rests there already, or comes there meanwhile.
const COMES: [&str; 2] = ["resting", "arriving"];
/// Events of one call.
const CALL: usize = 10;

/// What is sent of a contact, whose name begins with what it waits for.
fn event(world: &World, contact: &str, orders: bool) -> Incoming {
    let (kind, _) = contact.split_once('-').unwrap();
    let paid = if orders { Object::new() } else { json!({ "paid": contact }).as_object().cloned().unwrap() };
    Incoming {
        who: Who { email: Some(format!("{contact}@example.test")), external_id: None },
        attributes: paid,
        opt_in: None,
        event: if orders { format!("ordered.{kind}").parse() } else { "paid".parse() }.unwrap(),
        data: json!({ "order": contact }).as_object().cloned().unwrap().into(),
        occurred_at: Some(world.clock.now()),
        key: None,
        attachments: Vec::new(),
    }
}

/// A system with the program.
struct Ground {
    world: Arc<World>,
    program: ProgramId,
    url: String,
}

impl Ground {
    async fn new((place, url): (Place, String)) -> Self {
        let world = Arc::new(World::new((place, url.clone()), random::epoch()).await);
        let body = Program::parse(PROGRAM).unwrap();
        world.publish(&body).await;
        world.publish(&Program::parse(OTHER).unwrap()).await;
        let program = world.store.program_by_name(WORKSPACE, &body.name).await.unwrap().id;
        Self { world, program, url }
    }

    async fn hold(&self, hold: Hold) {
        let (store, now) = (&self.world.store, self.world.clock.now());
        match hold {
            Hold::Pause => store.pause_program(WORKSPACE, self.program, now).await.unwrap(),
            Hold::Stop => store.stop_program(WORKSPACE, self.program, now).await.unwrap(),
        };
    }

    /// The same, and who is inside a program that is stopped is taken out.
    async fn begin(&self, hold: Hold) {
        self.hold(hold).await;
        while self.world.store.eject(WORKSPACE, self.program, self.world.clock.now()).await.unwrap() > 0 {}
    }

    async fn end(&self) {
        let (store, now) = (&self.world.store, self.world.clock.now());
        store.resume_program(WORKSPACE, self.program, CatchUp::Run, now).await.unwrap();
        while store.release(WORKSPACE, self.program, now).await.unwrap().more {}
    }

    /// Until nothing is due, and nothing was overlooked.
    async fn settle(&self) {
        settled(&self.world).await;
        while self.world.store.overlooked(self.world.clock.now()).await.unwrap() > 0 {
            settled(&self.world).await;
        }
    }

    /// By which port a token left its wait, if it did.
    async fn exit(&self, token: TokenId) -> Option<String> {
        let trace = self.world.trace(token).await;
        let at_wait = trace.iter().filter(|step| ["comes", "holds"].contains(&step.node.as_str()));
        let exits = at_wait.filter_map(|step| match &step.action {
            Action::Passed { port } => Some(port.to_string()),
            _ => None,
        });
        let exits: Vec<_> = exits.collect();
        assert!(exits.len() <= 1, "{trace:?}");
        let (token, store) = (self.world.store.token(WORKSPACE, token).await.unwrap(), &self.world.store);
        assert_eq!(token.status == TokenStatus::Done, exits.len() == 1, "{token:?}");
        let order = store.event(WORKSPACE, token.event).await.unwrap().data["order"].clone();
        let contact = store.contact(WORKSPACE, token.contact).await.unwrap();
        let expected = match exits.first().map(String::as_str) {
            None => (None, None),
            Some("timed_out") => (None, Some(json!([order]))),
            Some(_) => (Some(json!([order])), None),
        };
        let left = ["payments", "late"].map(|name| contact.attributes.get(name).cloned());
        assert_eq!((left[0].clone(), left[1].clone()), expected, "{trace:?}");
        exits.into_iter().next()
    }

    async fn over(self) {
        let rows = Rows { url: self.url.clone() };
        assert_eq!((rows.count("awaiting").await, rows.count("candidate").await), (0, 0));
        Arc::into_inner(self.world).unwrap().end().await;
    }
}

async fn meet(place: (Place, String), hold: Hold) {
    let ground = Ground::new(place).await;
    let world = &ground.world;
    let each = number("STAFETTE_AWAITING_TOKENS", 400).div_ceil(WAITS.len() * COMES.len());
    let contacts = |waits: &str, comes: &str| (0..each).map(|n| format!("{waits}-{comes}-{n}")).collect::<Vec<_>>();
    let over = Arc::new(AtomicBool::new(false));
    let runners = at_work(world, &over);
    let mut tokens = Vec::new();
    let orders = |contacts: &[String]| contacts.iter().map(|contact| event(world, contact, true)).collect::<Vec<_>>();
    let pays = |contacts: &[String]| contacts.iter().map(|contact| event(world, contact, false)).collect::<Vec<_>>();
    for waits in WAITS {
        let started = send(world, orders(&contacts(waits, "resting"))).await;
        assert_eq!(started.len(), each);
        tokens.extend(started.into_iter().map(|token| (token, waits, "resting")));
    }
    ground.settle().await;

    let (sent, turns, mut holds) = (AtomicBool::new(false), AtomicUsize::new(0), 0);
    let ((), started) = tokio::join!(
        async {
            let mut chance = Chance::new();
            // Half of the calls begin with a hold, the others as it ends: who is stopped lets nobody in.
            let mut turn = async || {
                turns.fetch_add(1, Ordering::Relaxed);
                for _ in 0..chance.below(200) {
                    tokio::task::yield_now().await;
                }
            };
            while !sent.load(Ordering::Relaxed) {
                ground.begin(hold).await;
                turn().await;
                ground.end().await;
                turn().await;
                holds += 1;
            }
        },
        async {
            let mut started = Vec::new();
            for (call, n) in (0..each).step_by(CALL).enumerate() {
                while turns.load(Ordering::Relaxed) <= call {
                    tokio::task::yield_now().await;
                }
                let some = |waits, comes| contacts(waits, comes)[n..each.min(n + CALL)].to_vec();
                let (came, others, ..) = tokio::join!(
                    send(world, orders(&some("event", "arriving"))),
                    send(world, orders(&some("condition", "arriving"))),
                    send(world, pays(&some("event", "arriving"))),
                    send(world, pays(&some("condition", "arriving"))),
                    send(world, pays(&some("event", "resting"))),
                    send(world, pays(&some("condition", "resting"))),
                );
                started.extend(came.into_iter().map(|token| (token, "event", "arriving")));
                started.extend(others.into_iter().map(|token| (token, "condition", "arriving")));
            }
            sent.store(true, Ordering::Relaxed);
            started
        }
    );
    tokens.extend(started);
    ground.settle().await;
    // The end of a wait is days away: only what came can have ended one.
    let mut open = 0;
    for (token, waits, comes) in &tokens {
        let exit = ground.exit(*token).await;
        let expected = if *waits == "event" { "came" } else { "met" };
        // Nobody waited yet when the event was stored.
        let came_before = exit.is_none() && (*waits, *comes) == ("event", "arriving");
        assert!(exit.as_deref() == Some(expected) || came_before, "{hold:?}: {waits}, {comes}: {exit:?}");
        open += usize::from(came_before);
    }
    assert!(tokens.len() == 4 * each || hold == Hold::Stop && tokens.len() >= 2 * each, "{}", tokens.len());
    world.hands.set(world.clock.now() + TimeDelta::days(10));
    ground.settle().await;
    over.store(true, Ordering::Relaxed);
    runners.join_all().await;
    for (token, ..) in &tokens {
        assert!(ground.exit(*token).await.is_some());
    }
    eprintln!("{hold:?}: {} tokens, {holds} times; {open} waited in vain", tokens.len());
    ground.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pause_meets_events_and_claims_on_sqlite() {
    meet(Place::sqlite().await, Hold::Pause).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pause_meets_events_and_claims_on_postgres() {
    meet(Place::postgres("held_pause").await, Hold::Pause).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_meets_events_and_claims_on_sqlite() {
    meet(Place::sqlite().await, Hold::Stop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_meets_events_and_claims_on_postgres() {
    meet(Place::postgres("held_stop").await, Hold::Stop).await;
}

/// One after the other, each at the instant that is named. The only writer of SQLite waits for everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_within_a_claim_and_a_claim_within_a_hold() {
    let ground = Ground::new(Place::postgres("held_within").await).await;
    let world = &ground.world;
    let work_off = async || {
        while world.store.next_due(world.clock.now()).await.unwrap().is_some_and(|due| due <= world.clock.now()) {
            world.engine.advancer.advance_once(250).await.unwrap();
        }
    };
    let runs = || {
        let advancer = world.engine.advancer.clone();
        tokio::spawn(async move { advancer.advance_once(250).await.unwrap() })
    };
    let pay = |contact: &str| {
        let (ingest, event) = (world.engine.ingest.clone(), event(world, contact, false));
        tokio::spawn(async move {
            let answer = ingest.submit(WORKSPACE, vec![event]).await.unwrap().remove(0);
            assert!(matches!(answer, Ingested::Accepted { .. }), "{answer:?}");
        })
    };
    for (waits, hold) in WAITS.iter().flat_map(|waits| [(waits, Hold::Pause), (waits, Hold::Stop)]) {
        let port = if *waits == "event" { "came" } else { "met" };
        // A claim has the token and waits for its contact: the program holds, and one more event comes.
        let contact = format!("{waits}-claim-{hold:?}");
        let token = send(world, vec![event(world, &contact, true)]).await[0];
        work_off().await;
        pay(&contact).await.unwrap();
        let lock = format!("SELECT 1 FROM contact WHERE email = '{contact}@example.test' FOR UPDATE");
        let mut held = gate(&ground.url, &lock).await;
        let claim = runs();
        blocked(&ground.url, 1).await;
        ground.begin(hold).await;
        let second = pay(&contact);
        blocked(&ground.url, 2).await;
        held.execute("ROLLBACK").await.unwrap();
        assert_eq!(claim.await.unwrap().tokens, 1, "it had begun");
        second.await.unwrap();
        assert_eq!(ground.exit(token).await.as_deref(), Some(port));
        ground.end().await;
        work_off().await;
        assert_eq!(ground.exit(token).await.as_deref(), Some(port));

        // It is set aside by a claim that waits for its program, and so does who lets it go on.
        let contact = format!("{waits}-hold-{hold:?}");
        let token = send(world, vec![event(world, &contact, true)]).await[0];
        work_off().await;
        pay(&contact).await.unwrap();
        ground.hold(hold).await;
        let mut held = gate(&ground.url, "SELECT 1 FROM program FOR UPDATE").await;
        let claim = runs();
        blocked(&ground.url, 1).await;
        tokio::join!(ground.end(), async {
            blocked(&ground.url, 2).await;
            held.execute("ROLLBACK").await.unwrap();
        });
        claim.await.unwrap();
        ground.end().await;
        work_off().await;
        assert_eq!(ground.exit(token).await.as_deref(), Some(port));

        // It is to be set aside by a claim that waits for somebody else's contact. The program has gone on before.
        let contact = format!("{waits}-late-{hold:?}");
        let token = send(world, vec![event(world, &contact, true)]).await[0];
        work_off().await;
        ground.hold(hold).await;
        pay(&contact).await.unwrap();
        send(world, vec![Incoming { event: "noted".parse().unwrap(), ..event(world, "other-1", true) }]).await;
        let mut held = gate(&ground.url, "SELECT 1 FROM contact WHERE email LIKE 'other-%' FOR UPDATE").await;
        let claim = runs();
        blocked(&ground.url, 1).await;
        ground.end().await;
        held.execute("ROLLBACK").await.unwrap();
        assert_eq!(claim.await.unwrap().held, 1);
        work_off().await;
        assert_eq!(ground.exit(token).await.as_deref(), Some(port));
    }
    ground.over().await;
}

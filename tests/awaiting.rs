//! Tokens that wait for an event, with several runners at once on PostgreSQL: each leaves its wait once, by the port
//! that the rule says, whenever the event comes.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::TimeDelta;
use program::{Action, Object, Program, Stream, TokenId};
use runner::Incoming;
use serde_json::json;
use store::{CatchUp, ContactFilter, Ingested, Paging, TokenStatus, Who};

use crate::{
    random,
    world::{Place, WORKSPACE, World},
};

mod feed;
mod held;
mod killed;

/// Contacts of each sort.
const EACH: usize = 100;
/// Events of one call.
const CALL: usize = 50;
const RUNNERS: usize = 4;

/// When its payment comes, and what must become of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sort {
    /// Before the order: it does not count.
    Before,
    /// In the same call as the order: nobody waits yet, so it does not count.
    Along,
    /// In another call at the same time: it counts, or it does not.
    During,
    /// One, while the token waits.
    Once,
    /// Two at once, while the token waits.
    Twice,
    /// As the time is over: it counts, or it does not.
    AtTheEnd,
    /// Somebody else's order, all the time.
    Others,
    /// Never.
    Never,
}

const SORTS: [Sort; 8] =
    [Sort::Before, Sort::Along, Sort::During, Sort::Once, Sort::Twice, Sort::AtTheEnd, Sort::Others, Sort::Never];

fn program() -> Program {
    let text = "
stafette: 1
name: pays
title: Pays
nodes:
  in: { kind: entry, event: ordered, again: always, next: pay }
  pay:
    kind: wait_for_event
    event: paid
    filter: incoming.order == event.order
    timeout: 1h
    as: payment
    next: { came: write, timed_out: late }
  write:
    kind: update_contact
    changes: [{ change: add, attribute: payments, value: '= joined.payment.n' }]
    next: out
  late:
    kind: update_contact
    changes: [{ change: add, attribute: late, value: '= event.order' }]
    next: out
  out: { kind: exit }
";
    Program::parse(text).unwrap()
}

fn contact(sort: Sort, n: usize) -> String {
    format!("{sort:?}-{n}@example.test").to_lowercase()
}

/// An event of each contact of a sort.
fn events(world: &World, sort: Sort, name: &str, (order, number): (&str, i64)) -> Vec<Incoming> {
    let one = |n| Incoming {
        who: Who { email: Some(contact(sort, n)), external_id: None },
        attributes: Object::new(),
        opt_in: None,
        event: name.parse().unwrap(),
        data: json!({ "order": order, "n": number }).as_object().cloned().unwrap().into(),
        occurred_at: Some(world.clock.now()),
        key: None,
        attachments: Vec::new(),
    };
    (0..EACH).map(one).collect()
}

/// In several calls at once; gives the tokens that they start.
async fn send(world: &World, events: Vec<Incoming>) -> Vec<TokenId> {
    let mut calls = tokio::task::JoinSet::new();
    for call in events.chunks(CALL) {
        let (ingest, call) = (world.engine.ingest.clone(), call.to_vec());
        calls.spawn(async move { ingest.submit(WORKSPACE, call).await.unwrap() });
    }
    let mut started = Vec::new();
    for answer in calls.join_all().await.into_iter().flatten() {
        let Ingested::Accepted { tokens, .. } = answer else { panic!("{answer:?}") };
        started.extend(tokens);
    }
    started
}

/// As long as nothing is due, which the runners see to.
async fn settled(world: &World) {
    while world.store.next_due(world.clock.now()).await.unwrap().is_some_and(|due| due <= world.clock.now()) {
        tokio::task::yield_now().await;
    }
}

/// Runners that move whatever is due until it is over.
fn at_work(world: &World, over: &Arc<AtomicBool>) -> tokio::task::JoinSet<()> {
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
    runners
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_token_leaves_its_wait_once() {
    let world = Arc::new(World::new(Place::postgres("awaiting").await, random::epoch()).await);
    world.publish(&program()).await;
    let over = Arc::new(AtomicBool::new(false));
    let runners = at_work(&world, &over);

    send(&world, events(&world, Sort::Before, "paid", ("a", 1))).await;
    let mut sorts: HashMap<TokenId, Sort> = HashMap::new();
    for sort in SORTS {
        let orders = events(&world, sort, "ordered", ("a", 0));
        let pays = || events(&world, sort, "paid", ("a", 1));
        let started = match sort {
            Sort::Along => {
                let both = orders.into_iter().zip(pays()).flat_map(|(order, paid)| [order, paid]);
                send(&world, both.collect()).await
            }
            Sort::During => tokio::join!(send(&world, orders), send(&world, pays())).0,
            _ => send(&world, orders).await,
        };
        assert_eq!(started.len(), EACH);
        sorts.extend(started.into_iter().map(|token| (token, sort)));
    }
    settled(&world).await;
    let paid = |sort, n| send(&world, events(&world, sort, "paid", ("a", n)));
    tokio::join!(
        paid(Sort::Once, 1),
        paid(Sort::Twice, 1),
        paid(Sort::Twice, 2),
        send(&world, events(&world, Sort::Others, "paid", ("b", 1))),
        send(&world, events(&world, Sort::Others, "paid", ("c", 2))),
    );
    settled(&world).await;
    world.hands.set(world.clock.now() + TimeDelta::hours(1));
    paid(Sort::AtTheEnd, 1).await;
    settled(&world).await;
    // What a claim and an event at once left to the duty.
    while world.store.overlooked(world.clock.now()).await.unwrap() > 0 {
        settled(&world).await;
    }
    over.store(true, Ordering::Relaxed);
    runners.join_all().await;

    let mut came: HashMap<Sort, usize> = HashMap::new();
    for (token, sort) in &sorts {
        assert_eq!(world.store.token(WORKSPACE, *token).await.unwrap().status, TokenStatus::Done);
        let trace = world.trace(*token).await;
        let exits = trace.iter().filter(|step| step.node.as_str() == "pay").filter_map(|step| match &step.action {
            Action::Passed { port } => Some(port.as_str().to_owned()),
            _ => None,
        });
        let exits: Vec<_> = exits.collect();
        assert_eq!(exits.len(), 1, "{sort:?} {trace:?}");
        *came.entry(*sort).or_default() += usize::from(exits[0] == "came");
    }
    let (during, at_the_end) = (came[&Sort::During], came[&Sort::AtTheEnd]);
    // Nothing stands in for the one payment that found an open wait.
    let expected = [
        (Sort::Before, 0),
        (Sort::Along, 0),
        (Sort::During, during),
        (Sort::Once, EACH),
        (Sort::Twice, EACH),
        (Sort::AtTheEnd, at_the_end),
        (Sort::Others, 0),
        (Sort::Never, 0),
    ];
    assert_eq!(came, expected.into());

    // Each contact was changed by its one token, once.
    let (mut changed, mut late) = (0, 0);
    let mut paging = Paging { after: None, limit: 200 };
    loop {
        let page = world.store.contacts(WORKSPACE, &ContactFilter::default(), &paging).await.unwrap();
        for contact in page.items {
            let length = |name: &str| contact.attributes.get(name).map_or(0, |list| list.as_array().unwrap().len());
            assert_eq!(length("payments") + length("late"), 1, "{contact:?}");
            changed += length("payments");
            late += length("late");
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    assert_eq!((changed, changed + late), (came.values().sum(), SORTS.len() * EACH));
    let world = Arc::into_inner(world).unwrap();
    world.end().await;
}

/// A contact orders twice and pays the second order while the program is paused.
async fn a_paused_program_collects_what_comes(place: (Place, String)) {
    let world = World::new(place, random::epoch()).await;
    let stream = "stafette: 1\nname: thanks\ntitle: Thanks\nclass: operational\nfrom: { email: shop@example.test }\n\
                  subject: 'Paid {{ joined.payment.n }}: {{ event.order }}, tags {{ contact.payments | length }}'\n\
                  html: <p>Thanks</p>\ntext: Thanks\n";
    world.stream(&Stream::parse(stream).unwrap()).await;
    let yaml = program().to_yaml();
    let mailing = yaml.replace("  out:\n    kind: exit\n", "  out:\n    kind: send_mail\n    stream: thanks\n");
    assert_ne!(yaml, mailing);
    let body = Program::parse(&mailing).unwrap();
    world.publish(&body).await;
    let id = world.store.program_by_name(WORKSPACE, &body.name).await.unwrap().id;
    let who = json!({ "email": "ida@example.test" }).as_object().cloned().unwrap();
    let says = |kind: &'static str, data: serde_json::Value| {
        let (world, who) = (&world, &who);
        async move { world.event(kind, who, data.as_object().unwrap()).await }
    };
    for order in ["a", "b"] {
        says("ordered", json!({ "order": order })).await;
    }
    world.engine.work_off().await.unwrap();
    world.store.pause_program(WORKSPACE, id, world.clock.now()).await.unwrap();
    says("paid", json!({ "order": "b", "n": 7.50 })).await;
    world.engine.work_off().await.unwrap();
    says("paid", json!({ "order": "b", "n": 8 })).await;
    let mails = || async {
        let page = world.store.inbox(WORKSPACE, None, &Paging { after: None, limit: 10 }).await.unwrap();
        page.items.into_iter().map(|mail| mail.subject).collect::<Vec<_>>()
    };
    world.engine.work_off().await.unwrap();
    assert_eq!(mails().await, Vec::<String>::new());
    world.store.resume_program(WORKSPACE, id, CatchUp::Run, world.clock.now()).await.unwrap();
    while world.store.release(WORKSPACE, id, world.clock.now()).await.unwrap().more {}
    world.engine.work_off().await.unwrap();
    assert_eq!(mails().await, ["Paid 7.5: b, tags 1"]);
    // The other one waits on, though it was looked at.
    says("paid", json!({ "order": "a", "n": 9 })).await;
    world.engine.work_off().await.unwrap();
    assert_eq!(mails().await[0], "Paid 9: a, tags 2");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_on_sqlite() {
    a_paused_program_collects_what_comes(Place::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_on_postgres() {
    a_paused_program_collects_what_comes(Place::postgres("paused").await).await;
}

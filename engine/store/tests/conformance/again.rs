//! A transaction that the database ends for the sake of others, at whichever of its statements, is run again as a whole: its
//! caller sees nothing of it, and nothing is done twice or by halves.

use std::{fmt::Debug, future::Future};

use program::{ProgramName, UserId};
use store::{Class, Dialect, NewUser, ProgramState, Resolution, Settle, Settlement, TokenState};

use crate::{
    outbox::{CLASS, lease, unknown},
    world::*,
};

mod complete;
mod definitions;
mod holding;
mod lanes;
mod mending;
mod people;
mod upkeep;

pub(crate) use definitions::{what_is_edited_is_edited_once, what_is_published_moves_once};
pub(crate) use holding::what_is_held_comes_back_once;
pub(crate) use lanes::what_is_called_is_called_once;
pub(crate) use mending::{
    what_is_mended_is_mended_once, what_nobody_went_on_with_is_found_once, what_operators_say_is_done_once,
};
pub(crate) use people::{what_is_said_is_said_once, what_people_are_given_is_given_once};
pub(crate) use upkeep::{crowds_are_told_once, what_is_old_goes_once, what_is_tried_is_tried_once};

/// The most statements of one case here.
const MOST: u64 = 120;

/// Does something on what was prepared anew, undisturbed at first, then with each of its statements failing in turn.
async fn at_each_statement<P, T: Debug + PartialEq>(
    store: &World,
    prepare: impl AsyncFn(u64) -> P,
    act: impl AsyncFn(P) -> T,
) {
    let undisturbed = act(prepare(MOST).await).await;
    for n in 0..MOST {
        let prepared = prepare(n).await;
        store.inject_conflict(n);
        let done = act(prepared).await;
        let not_met = store.take_conflict_back();
        assert_eq!(done, undisturbed, "statement {n} failed");
        if not_met {
            let fewest = if store.dialect() == Dialect::Postgres { 2 } else { 0 };
            return assert!(n >= fewest, "{n} statements cannot be a transaction");
        }
    }
    panic!("more than {MOST} statements");
}

pub(crate) async fn what_is_settled_is_settled_once(store: World) {
    here(settled(store));
}

async fn settled(store: World) {
    let prepare = async |_| {
        let (started, _) = queue(&store, "hold", 1).await;
        (started, lease(&store, 0, 10).await.remove(0))
    };
    at_each_statement(&store, prepare, async |(started, one)| {
        let outcome = Settlement::Sent { reply: "250 ok".into(), subject: "Hello".into() };
        let settle = Settle { id: one.id, attempt: one.attempt, outcome };
        let settled = store.settle(at(1), &[(one.id, one.attempt)], &[settle]).await.unwrap();
        let message = store.message(WS, one.id).await.unwrap();
        let sent = counts(&store, started.program).await["hello"].sent;
        (settled.marked.len(), settled.settled.len(), message.status, sent)
    })
    .await;

    let prepare = async |_| {
        queue(&store, "hold", 1).await;
        let one = lease(&store, 0, 10).await.remove(0);
        store.settle(at(1), &[(one.id, one.attempt)], &[unknown(&one)]).await.unwrap();
        one.id
    };
    at_each_statement(&store, prepare, async |id| {
        let resolved = store.resolve_unknown(WS, &[id], Resolution::Skip, at(2)).await.unwrap();
        (resolved, store.message(WS, id).await.unwrap().status)
    })
    .await;

    let prepare = async |_| {
        queue(&store, "hold", 2).await;
        lease(&store, 0, 10).await[0].id
    };
    at_each_statement(&store, prepare, async |id| {
        // By its lease: nobody said that it lives.
        let rescued = store.rescue(at(1_000)).await.unwrap();
        let status = store.message(WS, id).await.unwrap().status;
        // A look from the start that failed is taken again a second later.
        let time = std::cell::Cell::new(90_000);
        let look = || {
            time.set(time.get() + 2_000);
            store.lease_messages(at(time.get()), at(time.get() + 100), "boot-1", CLASS, 500)
        };
        let taken = until_done(look).await;
        let ids: Vec<_> = taken.iter().map(|one| (one.id, one.attempt)).collect();
        // They are over for the next time.
        store.settle(at(90_001), &ids, &[]).await.unwrap();
        let outcome = |id, attempt| Settle { id, attempt, outcome: Settlement::Failed { reason: "x".into() } };
        let over: Vec<_> = ids.iter().map(|(id, attempt)| outcome(*id, *attempt)).collect();
        store.settle(at(90_002), &[], &over).await.unwrap();
        (rescued, status, taken.len())
    })
    .await;
}

pub(crate) async fn what_people_change_is_changed_once(store: World) {
    here(changed(store));
}

async fn changed(store: World) {
    let named = |n: u64| {
        let mut program = welcome();
        program.name = ProgramName::new(&format!("welcome-{n}")).unwrap();
        program
    };
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    at_each_statement(
        &store,
        async |n| named(n),
        async |program| {
            let put = store.put_program(act(at(0)), fresh(), &program, true).await.unwrap();
            let stored = store.program(WS, put.id).await.unwrap();
            (put.number, put.changed, stored.state, stored.latest.number)
        },
    )
    .await;

    let prepare = async |n| store.put_program(act(at(0)), fresh(), &named(100 + n), true).await.unwrap().id;
    at_each_statement(&store, prepare, async |id| {
        store.archive(WS, id, at(1)).await.unwrap();
        store.program(WS, id).await.unwrap().state
    })
    .await;
    assert_eq!(store.program(WS, prepare(99).await).await.unwrap().state, ProgramState::Live);

    let prepare = async |n: u64| NewUser { id: UserId(id()), email: format!("ann{n}@example.com"), password: None };
    at_each_statement(&store, prepare, async |user| {
        store.create_user(WS, &user, at(0)).await.unwrap();
        store.set_password(WS, user.id, "$argon2id$x").await.unwrap();
        store.user_by_email(WS, &user.email).await.unwrap().map(|found| found.id == user.id)
    })
    .await;

    let prepare = async |_| {
        let started = start(&store, at(0), 1).await;
        let claim = store.claim(at(0), 500).await.unwrap();
        let failed = || TokenState::Failed { error: "out of luck".into() };
        let writes = claim.tokens().iter().map(|token| carry(token, at(0), failed())).collect();
        claim.commit(writes).await.unwrap();
        started
    };
    at_each_statement(&store, prepare, async |started| {
        let replayed = store.replay_tokens(WS, &started.tokens, at(5)).await.unwrap();
        until_done(|| async {
            let claim = store.claim(at(5), 500).await?;
            let writes = claim.tokens().iter().map(|token| carry(token, at(5), TokenState::Done)).collect();
            claim.commit(writes).await
        })
        .await;
        let hello = counts(&store, started.program).await.remove("hello").unwrap();
        (replayed, hello.failed, hello.waiting)
    })
    .await;
}

/// Tries again what says that it may succeed, as the workers do that call it.
async fn until_done<T, F: Future<Output = store::Result<T>>>(work: impl Fn() -> F) -> T {
    for _ in 0..3 {
        match work().await {
            Ok(done) => return done,
            Err(error) => assert_eq!(error.class(), Class::Soon, "{error}"),
        }
    }
    panic!("one conflict fails three tries");
}

/// These transactions are begun again by the runner.
pub(crate) async fn batches_begin_again(store: World) {
    here(batches(store));
}

async fn batches(store: World) {
    let version = store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap().version;
    let prepare = async |_| start(&store, at(0), 3).await;
    at_each_statement(&store, prepare, async |started| {
        let moved = until_done(|| async {
            let mut claim = store.claim(at(0), 500).await?;
            claim.facts(&store::Wanted::default(), at(0), usize::MAX).await?;
            let tokens = claim.tokens().to_vec();
            let writes = tokens.iter().map(|token| {
                let mut write = carry(token, at(0), TokenState::Done);
                write.messages.push(message(token, 1, version, at(0)));
                write
            });
            let writes = writes.collect();
            claim.commit(writes).await?;
            Ok(tokens.len())
        })
        .await;
        let leased = until_done(|| store.lease_messages(at(0), at(100), "boot-1", CLASS, 500)).await;
        let over: Vec<_> = leased.iter().map(|one| (one.id, one.attempt)).collect();
        store.settle(at(1), &over, &[]).await.unwrap();
        let counts = counts(&store, started.program).await;
        (moved, leased.len(), leased.iter().all(|one| one.attempt == 1), counts["joined"].entered)
    })
    .await;

    let prepare = async |n: u64| event(by_external_id(&format!("again-{n}")), "user.joined");
    let revision = store.routing_revision(WS).await.unwrap();
    at_each_statement(&store, prepare, async |event| {
        let mut event = event;
        event.key = Some(event.id.to_string());
        let events = [event];
        let stored = until_done(|| store.ingest(WS, at(0), revision, &events)).await;
        let again = until_done(|| store.ingest(WS, at(0), revision, &events)).await;
        (format!("{stored:?}").contains("Accepted"), format!("{again:?}").contains("Duplicate"))
    })
    .await;
}

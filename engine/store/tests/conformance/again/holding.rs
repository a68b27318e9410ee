//! Pauses, stops, and what comes back.

use program::{Program, StreamClass};
use store::{CatchUp, Held, MessageStatus, Settle, Settlement, TokenState};

use super::{at_each_statement, until_done};
use crate::{
    holding::{enter, mails, release_all},
    world::*,
};

pub(crate) async fn what_is_held_comes_back_once(store: World) {
    here(held(store));
}

/// What is due of paused programs is set aside.
async fn set_aside(store: &World, millis: i64) -> usize {
    until_done(|| async {
        let claim = store.claim(at(millis), 500).await?;
        let held = claim.held();
        claim.commit(Vec::new()).await?;
        Ok(held)
    })
    .await
}

/// All that is due is done.
async fn done(store: &World, millis: i64) -> usize {
    until_done(|| async {
        let claim = store.claim(at(millis), 500).await?;
        let writes = claim.tokens().iter().map(|token| carry(token, at(millis), TokenState::Done));
        let writes: Vec<_> = writes.collect();
        let n = writes.len();
        claim.commit(writes).await?;
        Ok(n)
    })
    .await
}

async fn held(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let lease = async |millis: i64| {
        until_done(|| store.lease_messages(at(millis), at(millis + 100), "boot-1", StreamClass::Operational, 500)).await
    };
    // A mail that is leased, and two tokens that are due.
    let prepare = async |n| {
        let program = Program { name: format!("welcome-{n}").parse().unwrap(), ..welcome() };
        let put = store.put_program(act(at(0)), fresh(), &program, true).await.unwrap();
        let mail = mails(&store, &put, 1).await[0];
        assert_eq!(lease(0).await.len(), 1);
        enter(&store, &put, 0, 2).await;
        (put.id, mail)
    };
    at_each_statement(&store, prepare, async |(id, mail)| {
        let begun = store.pause_program(WS, id, at(5)).await.unwrap();
        let (tokens, status) = (set_aside(&store, 6).await, store.message(WS, mail).await.unwrap().status);
        let held = store.held(WS, id).await.unwrap();
        assert_eq!(held, Held { tokens: 2, messages: 1, ejected: 0, calls: 0 });
        store.resume_program(WS, id, CatchUp::Run, at(7)).await.unwrap();
        let back = release_all(&store, id, 8).await;
        let went = done(&store, 8).await;
        let leased = lease(200).await;
        let outcome = |_: &_| Settlement::Failed { reason: "x".into() };
        let over: Vec<_> =
            leased.iter().map(|one| Settle { id: one.id, attempt: one.attempt, outcome: outcome(one) }).collect();
        store.settle(at(201), &[], &over).await.unwrap();
        assert_eq!(store.message(WS, mail).await.unwrap().status, MessageStatus::Failed);
        (begun, tokens, status, (back.tokens, back.messages), went, leased.len())
    })
    .await;

    let prepare = async |n| {
        let program = Program { name: format!("stopped-{n}").parse().unwrap(), ..welcome() };
        let put = store.put_program(act(at(0)), fresh(), &program, true).await.unwrap();
        enter(&store, &put, 0, 2).await;
        put.id
    };
    at_each_statement(&store, prepare, async |id| {
        let begun = store.stop_program(WS, id, at(5)).await.unwrap();
        let ejected = store.eject(WS, id, at(6)).await.unwrap();
        let none = store.eject(WS, id, at(6)).await.unwrap();
        let counted = counts(&store, id).await["joined"].ejected;
        store.resume_program(WS, id, CatchUp::Run, at(7)).await.unwrap();
        let back = release_all(&store, id, 8).await;
        let went = done(&store, 8).await;
        (begun, (ejected, none), counted, back.tokens, went, counts(&store, id).await["joined"].ejected)
    })
    .await;
}

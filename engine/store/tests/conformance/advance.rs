//! Tokens move.

use std::collections::HashSet;

use program::{Action, CountFact, Phase};
use store::{DeadLetterFilter, Error, MessageState, TokenFilter, TokenState, TokenStatus, TokenWrite, Wanted};

use crate::world::*;

pub(crate) async fn a_claim_carries_tokens_on(store: World) {
    let started = start(&store, at(0), 3).await;
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(0)));
    let mut claim = store.claim(at(1), 500).await.unwrap();
    let claimed: Vec<_> = claim.tokens().to_vec();
    assert_eq!(claimed.len(), 3);
    let first = &claimed[0];
    assert_eq!((first.workspace, first.program, first.version), (WS, started.program, started.version));
    assert_eq!((first.place.node.as_str(), first.place.phase, first.place.seq), ("joined", Phase::Arrived, 0));

    let loaded = claim.facts(&payloads(&[(WS, first.event)]), at(1), 1_000).await.unwrap().unwrap();
    assert_eq!(loaded.contacts.len(), 3);
    assert_eq!(loaded.events[&first.event].event, kind("user.joined"));
    assert!(claim.streams(WS, &[stream_name("welcome")]).await.unwrap().is_empty());

    let writes = claimed.iter().map(|token| carry(token, at(1), TokenState::Ready { due_at: at(9) })).collect();
    claim.commit(writes).await.unwrap();
    let token = store.token(WS, first.id).await.unwrap();
    assert_eq!((token.node.as_str(), token.seq, token.due_at), ("hello", 1, Some(at(9))));
    assert_eq!((token.status, token.updated_at), (TokenStatus::Ready, at(1)));
    let trace = store.trace(WS, first.id).await.unwrap();
    assert_eq!(trace, carry(first, at(1), TokenState::Done).steps);
}

pub(crate) async fn a_claim_is_fenced_by_seq(store: World) {
    start(&store, at(0), 2).await;
    let claim = store.claim(at(0), 10).await.unwrap();
    let mut writes: Vec<_> = claim.tokens().iter().map(|token| carry(token, at(0), TokenState::Done)).collect();
    writes[1].seen_seq = 4;
    let error = claim.commit(writes).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { what: "token", .. }), "{error}");
    // Nothing was written, and the tokens are free again.
    let claim = store.claim(at(0), 10).await.unwrap();
    assert_eq!(claim.tokens().len(), 2);
    let stranger = TokenWrite { token: program::TokenId(id()), ..carry(&claim.tokens()[0], at(0), TokenState::Done) };
    assert!(claim.commit(vec![stranger]).await.is_err());
}

pub(crate) async fn what_waits_is_not_due(store: World) {
    let started = start(&store, at(0), 3).await;
    let claim = store.claim(at(0), 1).await.unwrap();
    let token = claim.tokens()[0].clone();
    let wait = TokenState::Ready { due_at: at(100) };
    claim.commit(vec![carry(&token, at(0), wait)]).await.unwrap();
    let claim = store.claim(at(99), 10).await.unwrap();
    assert!(claim.tokens().iter().all(|other| other.id != token.id));
    assert_eq!(claim.tokens().len(), 2);
    claim.rollback().await.unwrap();
    let claim = store.claim_exactly(at(99), &started.tokens).await.unwrap();
    assert_eq!(claim.tokens().len(), 2);
    claim.rollback().await.unwrap();
    let claim = store.claim_exactly(at(100), &[token.id]).await.unwrap();
    assert_eq!(claim.tokens()[0].place.seq, 1);
    claim.rollback().await.unwrap();
    // Longest due first.
    let claim = store.claim(at(100), 10).await.unwrap();
    assert_eq!(claim.tokens().last().map(|last| last.id), Some(token.id));
}

pub(crate) async fn done_and_failed(store: World) {
    start(&store, at(0), 2).await;
    let claim = store.claim(at(0), 10).await.unwrap();
    let (one, two) = (claim.tokens()[0].clone(), claim.tokens()[1].clone());
    let failed = TokenState::Failed { error: "no such field".into() };
    claim.commit(vec![carry(&one, at(0), TokenState::Done), carry(&two, at(0), failed)]).await.unwrap();
    assert_eq!(store.next_due(at(0)).await.unwrap(), None);
    assert_eq!(store.token(WS, one.id).await.unwrap().status, TokenStatus::Done);
    let parked = store.token(WS, two.id).await.unwrap();
    assert_eq!(
        (parked.status, parked.error.as_ref().map(ToString::to_string).as_deref()),
        (TokenStatus::Failed, Some("no such field"))
    );
    assert_eq!(parked.due_at, None);
}

pub(crate) async fn replay_makes_a_failed_token_ready(store: World) {
    let started = start(&store, at(0), 2).await;
    let claim = store.claim(at(0), 10).await.unwrap();
    let failed = || TokenState::Failed { error: "out of luck".into() };
    let writes = claim.tokens().iter().map(|token| carry(token, at(0), failed())).collect();
    claim.commit(writes).await.unwrap();
    assert_eq!(counts(&store, started.program).await["hello"].failed, 2);

    assert_eq!(store.replay_tokens(WS, &started.tokens[..1], at(5)).await.unwrap(), 1);
    assert_eq!(store.replay_tokens(WS, &started.tokens[..1], at(5)).await.unwrap(), 0);
    let hello = &counts(&store, started.program).await["hello"];
    assert_eq!((hello.failed, hello.waiting), (1, 1));
    let claim = store.claim(at(5), 10).await.unwrap();
    assert_eq!((claim.tokens()[0].id, claim.tokens()[0].place.seq), (started.tokens[0], 1));

    // Put off without a step: the attempts count.
    let mut write = carry(&claim.tokens()[0], at(5), TokenState::Ready { due_at: at(6) });
    write.place = claim.tokens()[0].place.clone();
    write.steps.clear();
    claim.commit(vec![write]).await.unwrap();
    assert_eq!(store.claim(at(6), 10).await.unwrap().tokens()[0].attempts, 1);
}

pub(crate) async fn two_claims_never_overlap(store: World) {
    start(&store, at(0), 400).await;
    let committers: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                loop {
                    let claim = store.claim(at(0), 30).await.unwrap();
                    if claim.tokens().is_empty() {
                        return seen;
                    }
                    seen.extend(claim.tokens().iter().map(|token| token.id));
                    let writes = claim.tokens().iter().map(|token| carry(token, at(0), TokenState::Done)).collect();
                    claim.commit(writes).await.unwrap();
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    for committer in committers {
        seen.extend(committer.await.unwrap());
    }
    assert_eq!(seen.len(), 400);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 400);
}

pub(crate) async fn an_effect_asks_for_one_message(store: World) {
    start(&store, at(0), 1).await;
    let version = program::VersionId(id());
    let claim = store.claim(at(0), 1).await.unwrap();
    let token = claim.tokens()[0].clone();
    let mut write = carry(&token, at(0), TokenState::Done);
    write.messages = vec![message(&token, 1, version, at(0)), message(&token, 1, version, at(0))];
    let error = claim.commit(vec![write]).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");

    let claim = store.claim(at(0), 1).await.unwrap();
    let mut write = carry(&token, at(0), TokenState::Done);
    let mut blocked = message(&token, 1, version, at(0));
    blocked.state = MessageState::Blocked { reason: "no opt-in".into() };
    blocked.stream_version = None;
    let (id, program) = (blocked.id, blocked.program);
    write.messages = vec![blocked];
    claim.commit(vec![write]).await.unwrap();
    let stored = store.message(WS, id).await.unwrap();
    assert_eq!(
        (stored.status, stored.reason.as_ref().map(ToString::to_string).as_deref()),
        (store::MessageStatus::Blocked, Some("no opt-in"))
    );
    assert_eq!(counts(&store, program).await["hello"].blocked, 1);
}

pub(crate) async fn counts_have_bounds(store: World) {
    let started = start(&store, at(0), 1).await;
    let who = store.contact(WS, started.contacts[0]).await.unwrap().external_id.unwrap();
    let events: Vec<_> = [-1_001, -1_000, -999, -1, 0, 1]
        .into_iter()
        .map(|millis| {
            let mut event = event(by_external_id(&who), "order.placed");
            event.occurred_at = at(millis);
            event
        })
        .collect();
    ingest(&store, at(1), &events).await;
    let mut claim = store.claim(at(0), 1).await.unwrap();
    let fact = |name: &str, within: &str| CountFact { event: kind(name), within: within.parse().unwrap() };
    let contact = started.contacts[0];
    let asks =
        [(contact, fact("order.placed", "1s")), (contact, fact("order.placed", "1h")), (contact, fact("never", "1h"))];
    let loaded =
        claim.facts(&Wanted { counts: asks.to_vec(), ..Wanted::default() }, at(0), 1_000).await.unwrap().unwrap();
    // After now - within. What is stored has happened, whatever the clocks of two nodes say.
    assert_eq!(asks.clone().map(|ask| loaded.counts[&ask]), [4, 6, 0]);
}

pub(crate) async fn a_batch_loads_so_much_and_no_more(store: World) {
    let started = start(&store, at(0), 5).await;
    let mut large = Vec::new();
    for contact in &started.contacts {
        let who = store.contact(WS, *contact).await.unwrap().external_id.unwrap();
        let mut said = event(by_external_id(&who), "order.placed");
        said.attributes = object(serde_json::json!({ "note": "x".repeat(1_000) }));
        said.data = object(serde_json::json!({ "note": "x".repeat(1_000) })).into();
        large.push((WS, said.id));
        ingest(&store, at(0), &[said]).await;
    }
    let mut moved = Vec::new();
    for (due, fit) in [(5, 2), (3, 1), (2, 2)] {
        let mut claim = store.claim(at(1), 500).await.unwrap();
        assert_eq!(claim.tokens().len(), due);
        let first: Vec<_> = claim.tokens()[..fit].iter().map(|token| token.id).collect();
        // Contacts alone are too much, then the events with them.
        while claim.tokens().len() > fit {
            assert!(claim.facts(&Wanted::default(), at(1), 2_100).await.unwrap().is_none());
            claim.keep(claim.tokens().len() / 2);
        }
        assert!(claim.facts(&payloads(&large[..3]), at(1), 4_000).await.unwrap().is_none());
        let loaded = claim.facts(&payloads(&large[..1]), at(1), fit * 1_100 + 1_100).await.unwrap().unwrap();
        assert_eq!((loaded.contacts.len(), loaded.events.len()), (fit, 1));
        let writes = claim.tokens().iter().map(|token| carry(token, at(1), TokenState::Done));
        let writes = writes.collect();
        claim.commit(writes).await.unwrap();
        // Whoever was let go is due as before.
        assert_eq!(store.next_due(at(1)).await.unwrap(), (due > fit).then_some(at(0)));
        moved.extend(first);
    }
    assert_eq!(HashSet::<_>::from_iter(moved), HashSet::from_iter(started.tokens));
}

pub(crate) async fn nodes_are_counted(store: World) {
    let started = start(&store, at(0), 5).await;
    assert_eq!(counts(&store, started.program).await["joined"].waiting, 5);
    let claim = store.claim(at(0), 4).await.unwrap();
    let writes = claim.tokens().iter().enumerate().map(|(at_, token)| match at_ {
        0 => carry(token, at(0), TokenState::Failed { error: "x".into() }),
        1 => {
            let mut write = carry(token, at(0), TokenState::Done);
            write.steps.push(step(2, at(0), &node("hello"), Action::Finished));
            write.place.seq = 2;
            write
        }
        _ => carry(token, at(0), TokenState::Ready { due_at: at(50) }),
    });
    let writes = writes.collect();
    claim.commit(writes).await.unwrap();
    let counts = counts(&store, started.program).await;
    let joined = &counts["joined"];
    assert_eq!((joined.entered, joined.waiting, joined.passed.clone()), (5, 1, vec![("next".into(), 4)]));
    let hello = &counts["hello"];
    assert_eq!((hello.entered, hello.waiting, hello.finished, hello.failed), (4, 2, 1, 1));
    let filter = TokenFilter { node: Some(node("hello")), status: Some(TokenStatus::Ready), ..TokenFilter::default() };
    assert_eq!(store.tokens(WS, &filter, &store::Paging::default()).await.unwrap().items.len(), 2);
}

pub(crate) async fn what_cannot_be_read_is_parked_alone(store: World) {
    let started = start(&store, at(0), 6).await;
    let claim = store.claim_exactly(at(0), &started.tokens[..3]).await.unwrap();
    let wait = |token| carry(token, at(0), TokenState::Ready { due_at: at(0) });
    let writes = claim.tokens().iter().map(wait).collect();
    claim.commit(writes).await.unwrap();
    let which = |n: usize| format!("WHERE id = (SELECT id FROM token ORDER BY id LIMIT 1 OFFSET {n})");
    for (n, wrong) in [(0, "seq = -7"), (2, "node = 'Not a node'"), (4, "phase = 'lost', attempts = -1")] {
        store.raw(&format!("UPDATE token SET {wrong} {}", which(n))).await;
    }

    // Dropped, a claim changes nothing; the next one finds the same.
    store.claim(at(1), 10).await.unwrap().rollback().await.unwrap();
    let claim = store.claim(at(1), 10).await.unwrap();
    assert_eq!((claim.tokens().len(), claim.corrupt().len()), (3, 3));
    let writes = claim.tokens().iter().map(|token| carry(token, at(1), TokenState::Done)).collect();
    claim.commit(writes).await.unwrap();
    assert_eq!(store.next_due(at(0)).await.unwrap(), None);
    for n in [1, 3, 5] {
        assert_eq!(store.token(WS, started.tokens[n]).await.unwrap().status, TokenStatus::Done);
    }
    let letters = store.dead_letters(WS, &DeadLetterFilter::default(), &store::Paging::default()).await.unwrap().items;
    let found: Vec<_> = letters.iter().map(|letter| (letter.kind, letter.node.as_str(), letter.at)).collect();
    let token = |n: usize| store::DeadLetterKind::Token(started.tokens[n]);
    assert_eq!(found, [(token(4), "joined", at(1)), (token(2), "unreadable", at(1)), (token(0), "hello", at(1))]);
    for (letter, parts) in letters.iter().zip([
        ["token.phase", "\"lost\" is not known", "token.attempts"],
        ["token.node", "\"Not a node\"", &started.tokens[2].to_string()],
        ["token.seq", "of row", &started.tokens[0].to_string()],
    ]) {
        assert!(parts.iter().all(|part| letter.reason.to_string().contains(part)), "{}", letter.reason);
    }
    let counts = counts(&store, started.program).await;
    assert_eq!((counts["hello"].failed, counts["joined"].failed, counts["unreadable"].failed), (1, 1, 1));
    // As many steps as the trace has.
    assert_eq!(store.token(WS, started.tokens[0]).await.unwrap().seq, 1);

    // Replayed, what nobody mended is parked again; what was mended goes on.
    store.raw(&format!("UPDATE token SET node = 'hello' {}", which(2))).await;
    assert_eq!(store.replay_tokens(WS, &[started.tokens[2], started.tokens[4]], at(2)).await.unwrap(), 2);
    let claim = store.claim_exactly(at(2), &started.tokens).await.unwrap();
    assert_eq!(claim.corrupt().iter().map(|token| token.id).collect::<Vec<_>>(), [started.tokens[4]]);
    assert_eq!((claim.tokens()[0].id, claim.tokens()[0].place.seq), (started.tokens[2], 1));
    claim.commit(Vec::new()).await.unwrap();
    assert_eq!(store.token(WS, started.tokens[4]).await.unwrap().status, TokenStatus::Failed);
}

/// These events are wanted, and nothing else.
fn payloads(events: &[(program::WorkspaceId, program::EventId)]) -> Wanted {
    Wanted { events: events.to_vec(), ..Wanted::default() }
}

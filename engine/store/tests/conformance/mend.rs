//! Mended means mendable: replays by what is current, and publications that move what failed.

use program::{
    Action, MessageId, Phase, Place, Port, Program, ProgramId, Reason, StreamClass, Time, TokenId, VersionId,
};
use store::{
    CatchUp, Choice, DeadLetterFilter, Leased, MessageState, MessageStatus, NewMessage, Paging, Put, Settle,
    Settlement, Store, TokenState, TokenStatus, TokenWrite,
};

use crate::{
    designer::{before, choose, enter, place, program, publish, save, to},
    world::*,
};

/// All that are due come to a node and fail there, or fail where they stand.
async fn fail_at(store: &Store, name: &str, now: Time) {
    let claim = store.claim(now, 500).await.unwrap();
    let writes = claim.tokens().iter().map(|token| {
        let mut steps = Vec::new();
        let mut seq = token.place.seq;
        if token.place.node != node(name) {
            seq += 1;
            steps.push(step(seq, now, &token.place.node, Action::Passed { port: Port::NEXT }));
        }
        seq += 1;
        let error = Reason::from("it cannot be decided");
        steps.push(step(seq, now, &node(name), Action::Failed { error: error.clone() }));
        TokenWrite {
            token: token.id,
            seen_seq: token.place.seq,
            place: Place { node: node(name), phase: Phase::Arrived, seq },
            state: TokenState::Failed { error },
            steps,
            messages: Vec::new(),
            calls: Vec::new(),
        }
    });
    let writes = writes.collect();
    claim.commit(writes).await.unwrap();
}

/// One that rests for so many days, after a node of this name.
fn resting(days: u32, name: &str) -> Program {
    program(&format!(
        "  rest: {{ kind: wait, duration: {days}d, next: {name} }}\n  {name}: {{ kind: exit, title: T{days} }}\n"
    ))
}

async fn failed(store: &Store, program: ProgramId, name: &str) -> u64 {
    counts(store, program).await.get(name).map_or(0, |count| count.failed)
}

async fn newer(store: &Store) -> Vec<bool> {
    let letters = store.dead_letters(WS, &DeadLetterFilter::default(), &Paging::default()).await.unwrap();
    letters.items.iter().map(|letter| letter.newer).collect()
}

pub(crate) async fn a_failed_token_goes_on_in_the_current_version(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &resting(1, "end"), true).await.unwrap();
    let tokens = enter(&store, (put.id, put.version), 3, at(0)).await;
    fail_at(&store, "end", at(1)).await;
    assert_eq!((failed(&store, put.id, "end").await, newer(&store).await), (3, vec![false; 3]));
    // Nothing is newer: as any replay, without a step.
    let mended = store.mend_tokens(WS, &tokens[..1], at(2)).await.unwrap();
    assert_eq!((mended.changed, mended.left), (1, vec![]));
    assert_eq!(store.trace(WS, tokens[0]).await.unwrap().len(), 2);

    let second = store.put_program(act(at(3)), fresh(), &resting(2, "end"), true).await.unwrap();
    assert_eq!(newer(&store).await, [true, true]);
    // Many at once, and each token once.
    let rounds = (0..4).map(|_| {
        let (store, tokens) = (store.clone(), tokens.clone());
        tokio::spawn(async move { store.mend_tokens(WS, &tokens[1..2], at(4)).await.unwrap() })
    });
    let rounds: Vec<_> = rounds.collect();
    let (mut changed, mut left) = (0, 0);
    for round in rounds {
        let mended = round.await.unwrap();
        (changed, left) = (changed + mended.changed, left + mended.left.len());
    }
    assert_eq!((changed, left, failed(&store, put.id, "end").await), (1, 3, 1));
    let (version, name, state, due_at) = place(&store, tokens[1]).await;
    assert_eq!((version, name.as_str(), state, due_at), (second.version, "end", TokenStatus::Ready, Some(at(4))));
    let trace = store.trace(WS, tokens[1]).await.unwrap();
    assert_eq!((trace[2].seq, &trace[2].action), (3, &Action::Moved { to: node("end") }));
    assert_eq!(trace[2].reason, Reason::Mended { version: 2 });
    // It goes on from there.
    let claim = store.claim_exactly(at(4), &tokens[1..2]).await.unwrap();
    assert_eq!((claim.tokens()[0].place.seq, claim.tokens()[0].version), (3, second.version));
    claim.rollback().await.unwrap();

    // Where its node is gone it stays, and is told so; in its own version it can still be tried.
    store.put_program(act(at(5)), fresh(), &resting(2, "out"), true).await.unwrap();
    let mended = store.mend_tokens(WS, &tokens, at(6)).await.unwrap();
    assert_eq!((mended.changed, mended.left.len()), (0, 3));
    let why = |id: TokenId| mended.left.iter().find(|left| left.id == id.uuid()).map(|left| left.why.clone()).unwrap();
    assert!(why(tokens[2]).contains("version 3 has no node \"end\""), "{mended:?}");
    assert!(why(tokens[0]).contains("no dead letter, it is ready"), "{mended:?}");
    assert_eq!(store.replay_tokens(WS, &tokens[2..], at(6)).await.unwrap(), 1);
    assert_eq!(place(&store, tokens[2]).await.0, put.version);
}

/// A program that holds, holds what is replayed, too; one that is archived lets those inside go on.
pub(crate) async fn a_replay_wakes_no_program(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &resting(1, "end"), true).await.unwrap();
    let tokens = enter(&store, (put.id, put.version), 3, at(0)).await;
    fail_at(&store, "end", at(1)).await;
    let second = store.put_program(act(at(2)), fresh(), &resting(2, "end"), true).await.unwrap();
    for (token, set_aside) in [(tokens[0], TokenStatus::Held), (tokens[1], TokenStatus::Ejected)] {
        match set_aside {
            TokenStatus::Held => drop(store.pause_program(WS, put.id, at(3)).await.unwrap()),
            _ => drop(store.stop_program(WS, put.id, at(3)).await.unwrap()),
        }
        assert_eq!(store.mend_tokens(WS, &[token], at(4)).await.unwrap().changed, 1);
        let claim = store.claim(at(4), 10).await.unwrap();
        assert_eq!((claim.tokens().len(), claim.held()), (0, 1));
        claim.commit(Vec::new()).await.unwrap();
        assert_eq!(place(&store, token).await.2, set_aside);
        store.resume_program(WS, put.id, CatchUp::Run, at(5)).await.unwrap();
        store.release(WS, put.id, at(5)).await.unwrap();
        let (version, _, state, _) = place(&store, token).await;
        assert_eq!((version, state), (second.version, TokenStatus::Ready));
        let claim = store.claim(at(5), 10).await.unwrap();
        let writes = claim.tokens().iter().map(|token| carry(token, at(5), TokenState::Done)).collect();
        claim.commit(writes).await.unwrap();
    }
    store.archive(WS, put.id, at(6)).await.unwrap();
    assert_eq!(store.mend_tokens(WS, &tokens[2..], at(7)).await.unwrap().changed, 1);
    assert_eq!(store.claim(at(7), 10).await.unwrap().tokens()[0].version, second.version);
    assert_eq!(store.program(WS, put.id).await.unwrap().state, store::ProgramState::Archived);
}

pub(crate) async fn a_publication_moves_what_failed(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &before(), true).await.unwrap();
    let tokens = enter(&store, (put.id, put.version), 4, at(0)).await;
    fail_at(&store, "nap", at(1)).await;
    let ready = enter(&store, (put.id, put.version), 1, at(2)).await;
    let standing = store.standing(WS, put.id).await.unwrap();
    let seen: Vec<_> = standing.iter().map(|place| (place.node.as_str(), place.tokens, place.failed)).collect();
    assert_eq!(seen, [("joined", 1, 0), ("nap", 4, 4)]);

    // Who stays, stays failed.
    let mended = program(
        "  rest: { kind: wait, duration: 2d, next: nap }\n  nap: { kind: wait, duration: 3d, next: end }\n  end: { kind: exit }\n",
    );
    save(&store, &mended, 0, "eva").await;
    let stay = publish(&store, put.id, 1, &[choose("nap", Choice::Stay)], at(3)).await;
    assert_eq!((stay.moved[0].tokens, failed(&store, put.id, "nap").await), (4, 4));

    // Whoever a choice moves is tried again.
    let other = resting(5, "end");
    save(&store, &other, stay.revision, "eva").await;
    let done = publish(&store, put.id, stay.revision + 1, &[choose("nap", to("end"))], at(4)).await;
    assert_eq!((done.moved[0].tokens, failed(&store, put.id, "nap").await), (4, 0));
    let live = store.program(WS, put.id).await.unwrap().current.unwrap().id;
    let (version, name, state, due_at) = place(&store, tokens[0]).await;
    assert_eq!((version, name.as_str(), state, due_at), (live, "end", TokenStatus::Ready, Some(at(4))));
    assert_eq!(store.token(WS, tokens[0]).await.unwrap().error, None);
    assert!(newer(&store).await.is_empty());
    assert_eq!(place(&store, ready[0]).await.0, put.version);

    // One goes on meanwhile; the undoing makes dead letters of the others again, with their error.
    let claim = store.claim_exactly(at(4), &tokens[..1]).await.unwrap();
    let write = carry(&claim.tokens()[0], at(4), TokenState::Done);
    claim.commit(vec![write]).await.unwrap();
    let undone = store.undo_publication(act(at(5)), put.id, done.id).await.unwrap();
    assert_eq!((undone.returned[0].back, undone.returned[0].gone), (3, 1));
    let (version, name, state, _) = place(&store, tokens[1]).await;
    assert_eq!((version, name.as_str(), state), (put.version, "nap", TokenStatus::Failed));
    let error = store.token(WS, tokens[1]).await.unwrap().error;
    assert_eq!(
        (error.as_ref().map(ToString::to_string).as_deref(), failed(&store, put.id, "nap").await),
        (Some("it cannot be decided"), 3)
    );
    // The version that is live again is newer than the one that they failed in.
    assert_eq!(newer(&store).await, [true; 3]);
    assert_eq!(store.mend_tokens(WS, &tokens[1..3], at(6)).await.unwrap().changed, 2);

    // Taken out and back.
    let head = store.draft(WS, put.id).await.unwrap().head.revision;
    let out = publish(&store, put.id, head, &[choose("nap", Choice::Exit)], at(7)).await;
    assert_eq!((out.moved[0].tokens, failed(&store, put.id, "nap").await), (3, 0));
    assert_eq!(place(&store, tokens[3]).await.2, TokenStatus::Done);
    store.undo_publication(act(at(8)), put.id, out.id).await.unwrap();
    assert_eq!((place(&store, tokens[3]).await.2, failed(&store, put.id, "nap").await), (TokenStatus::Failed, 1));
    assert_eq!(place(&store, tokens[1]).await.2, TokenStatus::Ready);
}

/// A message of a token that is done, in this state.
async fn message_of(
    store: &Store,
    (put, version): (&Put<ProgramId>, Option<VersionId>),
    state: MessageState,
) -> NewMessage {
    let tokens = enter(store, (put.id, put.version), 1, at(0)).await;
    let claim = store.claim_exactly(at(0), &tokens).await.unwrap();
    let token = claim.tokens()[0].clone();
    let mut mail = message(&token, 1, version.unwrap_or(put.version), at(0));
    (mail.stream_version, mail.state) = (version, state);
    let mut write = carry(&token, at(0), TokenState::Done);
    write.messages.push(mail.clone());
    claim.commit(vec![write]).await.unwrap();
    mail
}

async fn lease(store: &Store, class: StreamClass, now: Time) -> Vec<Leased> {
    store.lease_messages(now, at(1_000_000), "node", class, 10).await.unwrap()
}

async fn refuse(store: &Store, leased: &Leased, now: Time) {
    let outcome = Settlement::Failed { reason: "unknown filter".into() };
    store.settle(now, &[], &[Settle { id: leased.id, attempt: leased.attempt, outcome }]).await.unwrap();
}

pub(crate) async fn a_failed_message_is_written_by_the_current_stream(store: World) {
    let first = store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let put = store.put_program(act(at(0)), fresh(), &resting(1, "end"), true).await.unwrap();
    let mail = message_of(&store, (&put, Some(first.version)), MessageState::Queued).await;
    let leased = lease(&store, StreamClass::Operational, at(1)).await;
    refuse(&store, &leased[0], at(1)).await;
    assert_eq!(newer(&store).await, [false]);
    let second = store.put_stream(act(at(2)), fresh(), &stream("welcome", "skip")).await.unwrap();
    assert_eq!(newer(&store).await, [true]);

    // By choice: as it was …
    assert_eq!(store.replay_messages(WS, &[mail.id], at(3)).await.unwrap(), 1);
    let leased = lease(&store, StreamClass::Operational, at(3)).await;
    assert_eq!(leased[0].stream_version, first.version);
    // … whoever has it is not disturbed …
    let mended = store.mend_messages(WS, &[mail.id], at(3)).await.unwrap();
    assert_eq!((mended.changed, mended.left[0].why.as_str()), (0, "this message is no dead letter, it is leased"));
    refuse(&store, &leased[0], at(3)).await;
    // … or as it is now, under the same Message-ID, and by one of those who try at once.
    let rounds: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.mend_messages(WS, &[mail.id], at(4)).await.unwrap().changed })
        })
        .collect();
    let mut changed = 0;
    for round in rounds {
        changed += round.await.unwrap();
    }
    assert_eq!(changed, 1);
    let leased = lease(&store, StreamClass::Operational, at(4)).await;
    assert_eq!((leased[0].stream_version, &leased[0].message_id), (second.version, &mail.message_id));
    // The attempt before is fenced off.
    let late =
        Settle { id: mail.id, attempt: leased[0].attempt - 1, outcome: Settlement::Failed { reason: "x".into() } };
    assert!(store.settle(at(4), &[], &[late]).await.unwrap().settled.is_empty());
    assert_eq!(store.message(WS, mail.id).await.unwrap().status, MessageStatus::Leased);
}

/// A message whose stream was missing can be sent once that is there, and only as its class allows.
pub(crate) async fn a_message_gets_the_stream_that_was_missing(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &resting(1, "end"), true).await.unwrap();
    let gone = || MessageState::Failed { reason: "there is no stream \"welcome\"; import it and replay".into() };
    let mail = message_of(&store, (&put, None), gone()).await;
    let other = message_of(&store, (&put, None), gone()).await;
    let both: [MessageId; 2] = [mail.id, other.id];
    assert_eq!(store.replay_messages(WS, &both, at(1)).await.unwrap(), 0);
    let mended = store.mend_messages(WS, &both, at(1)).await.unwrap();
    assert_eq!((mended.changed, mended.left.len()), (0, 2));
    assert!(mended.left[0].why.to_string().contains("there is no stream \"welcome\""), "{mended:?}");
    assert_eq!(newer(&store).await, [false, false]);
    let text = stream("welcome", "hold").to_yaml().replace("class: operational", "class: marketing");
    let late = store.put_stream(act(at(2)), fresh(), &program::Stream::parse(&text).unwrap()).await.unwrap();
    assert_eq!(newer(&store).await, [true, true]);
    assert_eq!(store.replay_messages(WS, &both[..1], at(3)).await.unwrap(), 1);
    assert_eq!(store.mend_messages(WS, &both[1..], at(3)).await.unwrap().changed, 1);
    assert!(lease(&store, StreamClass::Operational, at(3)).await.is_empty());
    let leased = lease(&store, StreamClass::Marketing, at(3)).await;
    assert!(leased.len() == 2 && leased.iter().all(|leased| leased.stream_version == late.version), "{leased:?}");
}

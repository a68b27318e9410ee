//! Programs that hold: pause, resume with a rule, finish, stop.

use std::time::Duration;

use program::{ContactId, EventId, MessageId, Period, ProgramId, StreamClass, Time, TokenId};
use store::{
    Blame, CatchUp, Error, Held, Ingested, MessageStatus, NewToken, Paging, ProgramState, Put, Released, Settle,
    Settlement, TokenFilter, TokenState, TokenStatus,
};

use crate::world::*;

const CLASS: StreamClass = StreamClass::Operational;

pub(crate) async fn live(store: &World) -> Put<ProgramId> {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    store.put_program(act(at(0)), fresh(), &welcome(), true).await.unwrap()
}

/// Tokens at the entry of a program of the store, due one millisecond after the other.
pub(crate) async fn enter(store: &World, put: &Put<ProgramId>, first: i64, n: usize) -> Vec<TokenId> {
    let mut tokens = Vec::new();
    for k in (first..).take(n) {
        let mut event = event(by_email(&format!("{}@example.com", id())), "user.joined");
        event.id = EventId(id_at(at(k)));
        event.contact_id = ContactId(id_at(at(k)));
        event.tokens =
            vec![NewToken { id: TokenId(id_at(at(k))), program: put.id, version: put.version, node: node("joined") }];
        let answers = ingest(store, at(k), &[event]).await;
        let [Ingested::Accepted { tokens: started, .. }] = &answers[..] else { panic!("{answers:?}") };
        tokens.extend(started);
    }
    tokens
}

/// The same for many: all due at once.
async fn crowd(store: &World, put: &Put<ProgramId>, now: Time, n: usize) {
    for chunk in (0..n).collect::<Vec<_>>().chunks(1_000) {
        let one = |_: &usize| {
            let mut event = event(by_email(&format!("{}@example.com", id())), "user.joined");
            let token = TokenId(id_at(now));
            event.tokens = vec![NewToken { id: token, program: put.id, version: put.version, node: node("joined") }];
            event
        };
        ingest(store, now, &chunk.iter().map(one).collect::<Vec<_>>()).await;
    }
}

/// Sets everything aside that is due.
async fn hold_all(store: &World, millis: i64) -> usize {
    let mut held = 0;
    loop {
        let claim = store.claim(at(millis), 500).await.unwrap();
        assert!(claim.tokens().is_empty());
        if claim.held() == 0 {
            claim.rollback().await.unwrap();
            return held;
        }
        held += claim.held();
        claim.commit(Vec::new()).await.unwrap();
    }
}

pub(crate) async fn release_all(store: &World, program: ProgramId, millis: i64) -> Released {
    let mut all = Released::default();
    loop {
        all += store.release(WS, program, at(millis)).await.unwrap();
        if !all.more {
            return all;
        }
    }
}

/// Queued messages of a program of the store, due one millisecond after the other.
pub(crate) async fn mails(store: &World, put: &Put<ProgramId>, n: usize) -> Vec<MessageId> {
    mails_by(store, put, "hold", n).await
}

/// The same of a stream with this policy.
pub(crate) async fn mails_by(store: &World, put: &Put<ProgramId>, policy: &str, n: usize) -> Vec<MessageId> {
    let stream = store.put_stream(act(at(0)), fresh(), &stream("welcome", policy)).await.unwrap();
    enter(store, put, 0, n).await;
    let claim = store.claim(at(1_000), 500).await.unwrap();
    let mut ids = Vec::new();
    let mut writes = Vec::new();
    for (k, token) in (0..).zip(claim.tokens()) {
        let mut write = carry(token, at(k), TokenState::Done);
        let message = message(token, 1, stream.version, at(k));
        ids.push(message.id);
        write.messages.push(message);
        writes.push(write);
    }
    claim.commit(writes).await.unwrap();
    ids
}

async fn lease(store: &World, millis: i64, limit: u32) -> Vec<store::Leased> {
    store.lease_messages(at(millis), at(millis + 100), "boot-1", CLASS, limit).await.unwrap()
}

async fn status(store: &World, id: MessageId) -> MessageStatus {
    store.message(WS, id).await.unwrap().status
}

async fn token(store: &World, id: TokenId) -> (TokenStatus, Option<Time>) {
    let token = store.token(WS, id).await.unwrap();
    (token.status, token.due_at)
}

fn held(tokens: u64, messages: u64, ejected: u64) -> Held {
    Held { tokens, messages, ejected, calls: 0 }
}

fn millis(n: u64) -> Period {
    Period::from_millis(n).unwrap()
}

pub(crate) async fn a_pause_holds_what_falls_due(store: World) {
    let put = live(&store).await;
    let tokens = enter(&store, &put, 0, 3).await;
    // One waits for its time: a pause does not touch it before.
    let claim = store.claim(at(0), 1).await.unwrap();
    let waits = carry(&claim.tokens()[0], at(0), TokenState::Ready { due_at: at(100) });
    claim.commit(vec![waits]).await.unwrap();
    assert_eq!(store.pause_program(WS, put.id, at(5)).await.unwrap(), 0);
    let other = start(&store, at(6), 1).await;

    let claim = store.claim(at(10), 500).await.unwrap();
    assert_eq!((claim.held(), claim.tokens().len(), claim.tokens()[0].program), (2, 1, other.program));
    let write = carry(&claim.tokens()[0], at(10), TokenState::Done);
    claim.commit(vec![write]).await.unwrap();
    assert_eq!(token(&store, tokens[0]).await, (TokenStatus::Ready, Some(at(100))));
    assert_eq!(token(&store, tokens[1]).await, (TokenStatus::Held, Some(at(1))));
    // They do not come back with every claim, and nothing is due before the wait is over.
    assert_eq!(hold_all(&store, 99).await, 0);
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(100)));
    assert_eq!(hold_all(&store, 100).await, 1);
    assert_eq!(store.next_due(at(0)).await.unwrap(), None);
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(3, 0, 0));
    let filter = TokenFilter { status: Some(TokenStatus::Held), ..TokenFilter::default() };
    assert_eq!(store.tokens(WS, &filter, &Paging::default()).await.unwrap().items.len(), 3);
    // They are inside still, and stay so for as long as it takes.
    let counts = counts(&store, put.id).await;
    assert_eq!((counts["joined"].waiting, counts["hello"].waiting), (2, 1));
}

pub(crate) async fn a_pause_holds_messages_and_others_pass(store: World) {
    let put = live(&store).await;
    let ids = mails(&store, &put, 3).await;
    store.pause_program(WS, put.id, at(5)).await.unwrap();
    let (_, others) = queue(&store, "hold", 1).await;
    // However little fits into a lease, what is only set aside keeps nobody from going out.
    let leased = lease(&store, 10, 1).await;
    assert_eq!(leased.iter().map(|message| message.id).collect::<Vec<_>>(), others);
    assert!(lease(&store, 10, 10).await.is_empty());
    for id in ids {
        let message = store.message(WS, id).await.unwrap();
        assert_eq!((message.status, message.settled_at), (MessageStatus::Held, None));
        assert!(message.reason.unwrap().to_string().contains("paused"));
    }
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(0, 3, 0));
    assert_eq!(store.next_message_due(CLASS, at(0)).await.unwrap(), None);
}

pub(crate) async fn a_pause_refuses_marks(store: World) {
    let put = live(&store).await;
    let ids = mails(&store, &put, 3).await;
    let leased = lease(&store, 10, 10).await;
    let mark = |at: usize| (leased[at].id, leased[at].attempt);
    store.settle(at(10), &[mark(0)], &[]).await.unwrap();
    // One is on its way already; the others are set aside at once.
    assert_eq!(store.pause_program(WS, put.id, at(11)).await.unwrap(), 1);
    assert_eq!(status(&store, ids[0]).await, MessageStatus::HandingOver);
    assert_eq!(status(&store, ids[1]).await, MessageStatus::Held);
    assert!(store.settle(at(12), &[mark(1)], &[]).await.unwrap().marked.is_empty());
    let outcome = Settlement::Sent { reply: "250".into(), subject: "Hello".into() };
    let sent = Settle { id: ids[0], attempt: 1, outcome };
    assert_eq!(store.settle(at(12), &[], &[sent]).await.unwrap().settled.len(), 1);

    store.resume_program(WS, put.id, CatchUp::Run, at(20)).await.unwrap();
    assert_eq!(release_all(&store, put.id, 20).await.messages, 2);
    // A lease that did not see the pause yet, and a mark that does: it is the last gate.
    let leased = lease(&store, 20, 1).await;
    store.raw("UPDATE program SET state = 'paused', holds = 'held'").await;
    let mark = (leased[0].id, leased[0].attempt);
    assert!(store.settle(at(21), &[mark], &[]).await.unwrap().marked.is_empty());
    assert_eq!(status(&store, leased[0].id).await, MessageStatus::Held);
    assert_eq!(leased[0].since, at(20));
}

pub(crate) async fn the_inbox_is_barred_too(store: World) {
    let put = live(&store).await;
    let ids = mails(&store, &put, 2).await;
    let leased = lease(&store, 10, 1).await;
    store.raw("UPDATE program SET state = 'paused', holds = 'held'").await;
    let outcome = Settlement::Inbox { raw: b"mail".to_vec(), subject: "Hello".into(), sender: "s@example.com".into() };
    let settle = Settle { id: leased[0].id, attempt: leased[0].attempt, outcome };
    assert!(store.settle(at(11), &[], &[settle]).await.unwrap().settled.is_empty());
    assert_eq!(status(&store, ids[0]).await, MessageStatus::Held);
    assert!(store.inbox(WS, None, &Paging::default()).await.unwrap().items.is_empty());
}

/// A paused program with five tokens held, due at 0 to 4, and five messages.
async fn paused_with_five(store: &World) -> (Put<ProgramId>, Vec<TokenId>, Vec<MessageId>) {
    let put = live(store).await;
    let messages = mails(store, &put, 5).await;
    let tokens = enter(store, &put, 0, 5).await;
    store.pause_program(WS, put.id, at(1_000)).await.unwrap();
    assert_eq!(hold_all(store, 2_000).await, 5);
    assert!(lease(store, 2_000, 10).await.is_empty());
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(5, 5, 0));
    (put, tokens, messages)
}

pub(crate) async fn what_was_held_runs(store: World) {
    let (put, tokens, messages) = paused_with_five(&store).await;
    assert!(!store.release(WS, put.id, at(9_000)).await.unwrap().more);
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(5, 5, 0), "nobody let it go on");
    store.resume_program(WS, put.id, CatchUp::Run, at(10_000)).await.unwrap();
    let done = release_all(&store, put.id, 10_000).await;
    assert_eq!(done, Released { tokens: 5, messages: 5, ..Released::default() });
    // Due now, in the order in which they were.
    let claim = store.claim(at(10_000), 500).await.unwrap();
    assert_eq!(claim.tokens().iter().map(|token| token.id).collect::<Vec<_>>(), tokens);
    assert!(claim.tokens().iter().all(|token| token.due_at > at(9_000)));
    claim.rollback().await.unwrap();
    let mut leased = Vec::new();
    for _ in 0..5 {
        leased.extend(lease(&store, 10_000, 1).await.iter().map(|message| message.id));
    }
    assert_eq!(leased, messages);
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(0, 0, 0));
}

pub(crate) async fn what_is_too_old_is_skipped(store: World) {
    let (put, tokens, messages) = paused_with_five(&store).await;
    let rule = CatchUp::Skip { older_than: millis(9_997) };
    store.resume_program(WS, put.id, rule, at(10_000)).await.unwrap();
    let done = release_all(&store, put.id, 10_000).await;
    let expected = Released { tokens: 2, messages: 2, skipped_tokens: 3, skipped_messages: 3, ..Released::default() };
    assert_eq!(done, expected);
    assert_eq!(token(&store, tokens[2]).await.0, TokenStatus::Done);
    assert_eq!(token(&store, tokens[3]).await.0, TokenStatus::Ready);
    let trace = store.trace(WS, tokens[0]).await.unwrap();
    assert!(trace.last().unwrap().reason.to_string().contains("fell due during a pause"), "{trace:?}");
    let skipped = store.message(WS, messages[0]).await.unwrap();
    assert_eq!((skipped.status, skipped.settled_at), (MessageStatus::Skipped, Some(at(10_000))));
    assert!(skipped.reason.unwrap().to_string().contains("fell due during a pause"));
    assert_eq!(status(&store, messages[4]).await, MessageStatus::Queued);
    let counts = counts(&store, put.id).await;
    // The five that asked for the mails have passed.
    assert_eq!((counts["joined"].finished, counts["joined"].waiting), (3, 2));
    assert_eq!(counts.get("hello").map_or(0, |hello| hello.sent), 0);
}

pub(crate) async fn what_was_held_is_spread(store: World) {
    let (put, tokens, messages) = paused_with_five(&store).await;
    let rule = CatchUp::Spread { over: millis(5_000) };
    store.resume_program(WS, put.id, rule, at(10_000)).await.unwrap();
    assert_eq!(release_all(&store, put.id, 10_000).await.tokens, 5);
    for (k, id) in (0..).zip(tokens) {
        assert_eq!(token(&store, id).await, (TokenStatus::Ready, Some(at(10_000 + 1_000 * k))));
    }
    for (k, id) in (0..).zip(messages) {
        assert_eq!(store.message(WS, id).await.unwrap().due_at, at(10_000 + 1_000 * k));
    }
}

pub(crate) async fn a_stop_ejects_and_comes_back(store: World) {
    let put = live(&store).await;
    let tokens = enter(&store, &put, 0, 4).await;
    let claim = store.claim(at(0), 1).await.unwrap();
    let waits = carry(&claim.tokens()[0], at(0), TokenState::Ready { due_at: at(50_000) });
    claim.commit(vec![waits]).await.unwrap();
    store.pause_program(WS, put.id, at(5)).await.unwrap();
    let claim = store.claim(at(1), 1).await.unwrap();
    assert_eq!(claim.held(), 1);
    claim.commit(Vec::new()).await.unwrap();
    store.stop_program(WS, put.id, at(6)).await.unwrap();
    assert!(store.routing(WS).await.unwrap().entries.is_empty());
    // Whoever claims first ejects as well.
    let claim = store.claim(at(2), 1).await.unwrap();
    claim.commit(Vec::new()).await.unwrap();
    assert_eq!(token(&store, tokens[2]).await, (TokenStatus::Ejected, Some(at(2))));
    assert_eq!(store.eject(WS, put.id, at(7)).await.unwrap(), 2);
    assert_eq!(store.eject(WS, put.id, at(7)).await.unwrap(), 1);
    assert_eq!(store.eject(WS, put.id, at(7)).await.unwrap(), 0);
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(0, 0, 4));
    let inside = async || counts(&store, put.id).await.values().map(|count| count.waiting).sum::<u64>();
    assert_eq!(inside().await, 0);
    assert_eq!(counts(&store, put.id).await["joined"].ejected, 3);

    let rule = CatchUp::Skip { older_than: millis(9_998) };
    store.resume_program(WS, put.id, rule, at(10_000)).await.unwrap();
    let done = release_all(&store, put.id, 10_000).await;
    assert_eq!(done, Released { tokens: 2, waiting: 1, skipped_tokens: 1, ..Released::default() });
    assert_eq!(token(&store, tokens[0]).await, (TokenStatus::Ready, Some(at(50_000))));
    assert_eq!(token(&store, tokens[1]).await.0, TokenStatus::Done);
    assert_eq!(inside().await, 3);
    let joined = &counts(&store, put.id).await["joined"];
    assert_eq!((joined.ejected, joined.finished, joined.waiting), (0, 1, 2));
}

pub(crate) async fn many_come_back_in_batches_whoever_goes_on(store: World) {
    const N: u64 = 2_500;
    let put = live(&store).await;
    crowd(&store, &put, at(0), N as usize).await;
    store.pause_program(WS, put.id, at(1)).await.unwrap();
    assert_eq!(hold_all(&store, 2).await as u64, N);
    let rule = CatchUp::Spread { over: millis(N) };
    store.resume_program(WS, put.id, rule, at(1_000)).await.unwrap();
    let first = store.release(WS, put.id, at(1_000)).await.unwrap();
    assert!(first.more && first.tokens < N);
    // Whoever was at it is gone: others see that, and go on where it was.
    assert_eq!(store.catch_ups_left(at(999)).await.unwrap(), []);
    assert_eq!(store.catch_ups_left(at(1_000)).await.unwrap(), [(WS, put.id)]);
    let second = store.release(WS, put.id, at(1_000)).await.unwrap();
    // Paused again in the middle: the rest stays held, whoever would go on.
    store.pause_program(WS, put.id, at(1_001)).await.unwrap();
    assert_eq!(store.release(WS, put.id, at(1_001)).await.unwrap(), Released::default());
    assert_eq!(store.catch_ups_left(at(9_999)).await.unwrap(), []);
    store.resume_program(WS, put.id, CatchUp::Run, at(1_002)).await.unwrap();
    let rest = release_all(&store, put.id, 1_002).await;
    assert_eq!(first.tokens + second.tokens + rest.tokens, N);
    assert_eq!(store.held(WS, put.id).await.unwrap(), Held::default());
    assert_eq!(store.catch_ups_left(at(9_999)).await.unwrap(), []);
    let mut claimed = 0;
    while let claim = store.claim(at(9_999), 500).await.unwrap()
        && !claim.tokens().is_empty()
    {
        claimed += claim.tokens().len() as u64;
        let writes = claim.tokens().iter().map(|token| carry(token, at(9_999), TokenState::Done)).collect();
        claim.commit(writes).await.unwrap();
    }
    assert_eq!(claimed, N);
}

pub(crate) async fn states_allow_what_they_should(store: World) {
    use ProgramState::{Archived, Draft, Finishing, Live, Paused, Stopped};
    let put = live(&store).await;
    let mut draft = welcome();
    draft.name = "draft".parse().unwrap();
    let draft = store.put_program(act(at(0)), fresh(), &draft, false).await.unwrap().id;
    // From which state what leads to which; none: it does not.
    for (from, pause, finish, stop, resume) in [
        (Live, Some(Paused), Some(Finishing), Some(Stopped), Some(Live)),
        (Paused, Some(Paused), None, Some(Stopped), Some(Live)),
        (Finishing, None, Some(Finishing), Some(Stopped), Some(Live)),
        (Stopped, None, None, Some(Stopped), Some(Live)),
        (Archived, None, None, None, None),
        (Draft, None, None, None, None),
    ] {
        for (what, leads_to) in [("pause", pause), ("finish", finish), ("stop", stop), ("resume", resume)] {
            let id = if from == Draft { draft } else { put.id };
            if from != Draft {
                store.unarchive(WS, id, at(1)).await.unwrap();
                store.resume_program(WS, id, CatchUp::Run, at(1)).await.unwrap();
            }
            match from {
                Live | Draft => {}
                Paused => drop(store.pause_program(WS, id, at(2)).await.unwrap()),
                Finishing => store.finish_program(WS, id, at(2)).await.unwrap(),
                Stopped => drop(store.stop_program(WS, id, at(2)).await.unwrap()),
                Archived => store.archive(WS, id, at(2)).await.unwrap(),
            }
            let done = match what {
                "pause" => store.pause_program(WS, id, at(3)).await.map(drop),
                "finish" => store.finish_program(WS, id, at(3)).await,
                "stop" => store.stop_program(WS, id, at(3)).await.map(drop),
                _ => store.resume_program(WS, id, CatchUp::Run, at(3)).await,
            };
            let state = store.program(WS, id).await.unwrap().state;
            match leads_to {
                Some(to) => assert!(done.is_ok() && state == to, "{from:?} {what}"),
                None => assert!(matches!(done, Err(Error::Conflict { .. })) && state == from, "{from:?} {what}"),
            }
        }
    }
}

pub(crate) async fn publishing_does_not_resume(store: World) {
    let put = live(&store).await;
    enter(&store, &put, 0, 1).await;
    for stop in [false, true] {
        let (state, title) = match stop {
            false => (ProgramState::Paused, "Welcome back"),
            true => (ProgramState::Stopped, "Welcome again"),
        };
        match stop {
            false => drop(store.pause_program(WS, put.id, at(1)).await.unwrap()),
            true => drop(store.stop_program(WS, put.id, at(1)).await.unwrap()),
        }
        let mut next = welcome();
        next.title = title.into();
        let version = store.put_program(act(at(2)), fresh(), &next, true).await.unwrap();
        let program = store.program(WS, put.id).await.unwrap();
        assert_eq!((program.state, program.current.unwrap().id), (state, version.version));
        assert!(!store.put_program(act(at(3)), fresh(), &next, true).await.unwrap().changed);
    }
    // What was set aside stays so in the archive, too.
    assert_eq!(store.eject(WS, put.id, at(4)).await.unwrap(), 1);
    store.archive(WS, put.id, at(5)).await.unwrap();
    store.unarchive(WS, put.id, at(6)).await.unwrap();
    assert_eq!(store.held(WS, put.id).await.unwrap(), held(0, 0, 1));
    store.resume_program(WS, put.id, CatchUp::Run, at(7)).await.unwrap();
    assert_eq!(release_all(&store, put.id, 7).await.tokens, 1);
}

/// Claims and leases while the program is paused and resumed: at rest nothing is left behind.
pub(crate) async fn nothing_stays_held_in_a_race(store: World) {
    let put = live(&store).await;
    mails(&store, &put, 100).await;
    enter(&store, &put, 0, 100).await;
    let work = |store: World| async move {
        for round in 0..60 {
            let claim = store.claim(at(5_000), 20).await.unwrap();
            let again = claim.tokens().iter().map(|token| carry(token, at(1), TokenState::Ready { due_at: at(1) }));
            let again: Vec<_> = again.collect();
            claim.commit(again).await.unwrap();
            let leased = lease(&store, 5_000, 20).await;
            let marks: Vec<_> = leased.iter().map(|message| (message.id, message.attempt)).collect();
            let marked = store.settle(at(1), &marks, &[]).await.unwrap().marked;
            let retry = |message: &store::Leased| {
                // In turns, so that none is handed over more often than a mail is.
                let blame = Blame::Relay { again: Some(at(round + 1)) };
                let outcome = Settlement::Retry { blame, reason: "451".into() };
                Settle { id: message.id, attempt: message.attempt, outcome }
            };
            let settles: Vec<_> =
                leased.iter().filter(|one| marked.contains(&(one.id, one.attempt))).map(retry).collect();
            store.settle(at(1), &[], &settles).await.unwrap();
        }
    };
    let workers = [tokio::spawn(work(store.clone())), tokio::spawn(work(store.clone()))];
    for _ in 0..40 {
        store.pause_program(WS, put.id, at(1)).await.unwrap();
        tokio::time::timeout(Duration::ZERO, std::future::pending::<()>()).await.unwrap_err();
        store.resume_program(WS, put.id, CatchUp::Run, at(6_000)).await.unwrap();
        release_all(&store, put.id, 6_000).await;
    }
    for worker in workers {
        worker.await.unwrap();
    }
    release_all(&store, put.id, 6_000).await;
    assert_eq!(store.held(WS, put.id).await.unwrap(), Held::default());
    // Nothing was lost either: each message is queued, none is left leased.
    let mut leased = 0;
    while let some = lease(&store, 6_000, 50).await
        && !some.is_empty()
    {
        leased += some.len();
    }
    assert_eq!(leased, 100);
    assert_eq!(store.claim(at(9_000), 500).await.unwrap().tokens().len(), 100);
}

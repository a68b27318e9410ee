//! Calls go out, and the tokens that wait for them go on.

use std::time::Duration;

use program::{CallId, Period, Phase, Place, ProgramId, TokenId};
use store::{
    Call, CallAnswer, CallEnd, CallFilter, CallStatus, CatchUp, DeadLetterFilter, DeadLetterKind, DeadLetters,
    DueToken, LeasedCall, NewCall, NewCallState, NewToken, Paging, SettleCall, TokenState, TokenStatus,
};

use crate::{holding::live, world::*};

pub(crate) const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const A: &str = "a.example:443";
const B: &str = "b.example:443";

fn call(token: &DueToken, seq: u32, host: &str, millis: i64) -> NewCall {
    NewCall {
        id: CallId(id()),
        token: token.id,
        seq,
        n: 0,
        program: token.program,
        version: token.version,
        node: node("hello"),
        contact: token.contact,
        event: token.event,
        url: format!("https://{host}/hook"),
        host: host.into(),
        body: r#"{"type":"program.call"}"#.into(),
        state: NewCallState::Queued,
        due_at: at(millis),
    }
}

/// Claims all that is due; each token goes to `hello`, waits there for an hour, and asks for a call of this host.
pub(crate) async fn ask(store: &World, millis: i64, host: &str) -> Vec<CallId> {
    let claim = store.claim(at(millis), 500).await.unwrap();
    let mut ids = Vec::new();
    let writes = claim.tokens().iter().map(|token| {
        let state = TokenState::Ready { due_at: at(millis + 3_600_000) };
        let mut write = carry(token, at(millis), state);
        write.place = Place { phase: Phase::Due, ..write.place };
        let call = call(token, 1, host, millis);
        ids.push(call.id);
        write.calls.push(call);
        write
    });
    let writes: Vec<_> = writes.collect();
    claim.commit(writes).await.unwrap();
    ids
}

pub(crate) async fn lease(store: &World, millis: i64, host: &str, most: u32) -> Vec<LeasedCall> {
    let hosts = [(host.to_owned(), most)];
    store.lease_calls(at(millis), at(millis + 100), "boot-1", &hosts).await.unwrap()
}

pub(crate) async fn end(
    store: &World,
    millis: i64,
    call: &LeasedCall,
    end: CallEnd,
    status: Option<u16>,
) -> Option<CallStatus> {
    let answer = status.map(|status| format!("said {status}"));
    let settle = SettleCall { call: call.clone(), end, status, answer };
    let settled = store.settle_calls(at(millis), DAY, &[settle]).await.unwrap();
    assert!(settled.keys().all(|fence| *fence == (call.id, call.attempt)));
    settled.into_values().next()
}

async fn one(store: &World, id: CallId) -> Call {
    let calls = store.calls(WS, &CallFilter::default(), &Paging::default()).await.unwrap().items;
    calls.into_iter().find(|call| call.id == id).unwrap()
}

fn retry() -> CallEnd {
    CallEnd::Retry { reason: "the server answered with status 500".into(), after: None }
}

fn failed() -> CallEnd {
    CallEnd::Failed { reason: "gone".into() }
}

async fn due(store: &World, millis: i64) -> Vec<TokenId> {
    let claim = store.claim(at(millis), 500).await.unwrap();
    let tokens = claim.tokens().iter().map(|token| token.id).collect();
    claim.rollback().await.unwrap();
    tokens
}

/// How the calls stand that the tokens due by then wait for.
async fn answers(store: &World, millis: i64) -> Vec<CallAnswer> {
    let mut claim = store.claim(at(millis), 500).await.unwrap();
    let tokens = claim.tokens().to_vec();
    let waiting: Vec<_> =
        tokens.iter().map(|token| (token.workspace, token.id, token.place.seq, &token.place.node)).collect();
    let answers = claim.answers(&waiting).await.unwrap();
    claim.rollback().await.unwrap();
    tokens.iter().filter_map(|token| answers.get(&token.id).cloned()).collect()
}

pub(crate) async fn a_call_is_made_and_its_token_goes_on(store: World) {
    let started = start(&store, at(0), 2).await;
    let ids = ask(&store, 0, A).await;
    assert_eq!(store.call_hosts("", 10).await.unwrap().hosts, [(A.to_owned(), at(0))]);
    assert_eq!(store.oldest_call().await.unwrap(), Some(at(0)));
    assert!(due(&store, 10).await.is_empty(), "they wait");
    assert!(lease(&store, 0, B, 10).await.is_empty() && lease(&store, -1, A, 10).await.is_empty());
    let leased = lease(&store, 1, A, 10).await;
    assert_eq!(leased.len(), 2);
    assert_eq!((leased[0].attempt, leased[0].tries, leased[0].since), (1, 0, at(0)));
    assert_eq!(leased[0].body, r#"{"type":"program.call"}"#);
    assert!(store.call_hosts("", 10).await.unwrap().hosts.is_empty());

    assert_eq!(end(&store, 5, &leased[0], CallEnd::Answered, Some(204)).await, Some(CallStatus::Answered));
    assert_eq!(due(&store, 5).await, [leased[0].token]);
    assert_eq!(answers(&store, 5).await, [CallAnswer::Answered { status: 204 }]);
    assert_eq!(end(&store, 6, &leased[1], failed(), Some(410)).await, Some(CallStatus::Failed));
    assert_eq!(due(&store, 6).await.len(), 2);
    assert!(answers(&store, 6).await.contains(&CallAnswer::Failed { reason: "gone".into() }));
    // Settled is settled.
    assert_eq!(end(&store, 7, &leased[1], CallEnd::Answered, None).await, None);

    let all = store.calls(WS, &CallFilter::default(), &Paging::default()).await.unwrap().items;
    assert_eq!(all.len(), 2);
    let of = CallFilter { token: Some(leased[0].token), ..CallFilter::default() };
    let mine = store.calls(WS, &of, &Paging::default()).await.unwrap().items;
    assert_eq!((mine.len(), mine[0].status, mine[0].answer.as_deref()), (1, Some(204), Some("said 204")));
    assert!(ids.contains(&mine[0].id) && mine[0].program == started.program);
    assert_eq!(one(&store, mine[0].id).await, mine[0]);
}

pub(crate) async fn each_host_has_its_share(store: World) {
    start(&store, at(0), 5).await;
    ask(&store, 0, B).await;
    start(&store, at(1), 1).await;
    ask(&store, 1, A).await;
    assert_eq!(store.call_hosts("", 10).await.unwrap().hosts, [(A.to_owned(), at(1)), (B.to_owned(), at(0))]);
    assert_eq!(store.call_hosts(A, 10).await.unwrap().hosts, [(B.to_owned(), at(0))]);
    assert_eq!(store.call_hosts("", 1).await.unwrap().hosts.len(), 1);
    let hosts = [(A.to_owned(), 2), (B.to_owned(), 2)];
    let leased = store.lease_calls(at(2), at(100), "boot-1", &hosts).await.unwrap();
    let of = |host: &str| leased.iter().filter(|call| call.host == host).count();
    assert_eq!((of(A), of(B)), (1, 2));
    // Two nodes take different ones.
    let other = store.lease_calls(at(2), at(100), "boot-2", &hosts).await.unwrap();
    assert_eq!(other.len(), 2);
    assert!(other.iter().all(|call| !leased.iter().any(|taken| taken.id == call.id)));
}

pub(crate) async fn a_call_is_tried_again_and_then_given_up(store: World) {
    start(&store, at(0), 1).await;
    let id = ask(&store, 0, A).await[0];
    let mut now = 0;
    let mut tries = 0;
    let state = loop {
        let call = lease(&store, now, A, 1).await.remove(0);
        assert_eq!((call.id, call.tries, call.attempt), (id, tries, tries + 1));
        tries += 1;
        let state = end(&store, now, &call, retry(), Some(500)).await.unwrap();
        if state != CallStatus::Queued {
            break state;
        }
        assert!(due(&store, now).await.is_empty() || now >= 3_600_000);
        let next = store.call_hosts("", 1).await.unwrap().hosts[0].1;
        assert!(next > at(now), "later each time");
        now = (next - at(0)).num_milliseconds();
    };
    assert_eq!(state, CallStatus::Failed);
    assert!((12..20).contains(&tries), "{tries} tries in a day");
    let call = one(&store, id).await;
    assert_eq!(
        call.reason.unwrap().to_string(),
        "called for 24 h in vain; the last time: the server answered with status 500"
    );

    // A server that asks for time gets it.
    let filter = DeadLetterFilter { only: Some(DeadLetters::Calls), ..DeadLetterFilter::default() };
    let letters = store.dead_letters(WS, &filter, &Paging::default()).await.unwrap().items;
    assert_eq!((letters.len(), letters[0].kind, letters[0].token), (1, DeadLetterKind::Call(id), call.token));
    assert_eq!(store.dead_letters(WS, &DeadLetterFilter::default(), &Paging::default()).await.unwrap().items.len(), 1);
    assert_eq!(store.replay_calls(WS, &[id], at(now)).await.unwrap(), 1);
    assert_eq!(store.replay_calls(WS, &[id], at(now)).await.unwrap(), 0);
    let call = lease(&store, now, A, 1).await.remove(0);
    assert_eq!((call.tries, call.since), (0, at(now)));
    let after = Some(Duration::from_secs(7_200));
    let asked = CallEnd::Retry { reason: "busy".into(), after };
    assert_eq!(end(&store, now, &call, asked, Some(429)).await, Some(CallStatus::Queued));
    assert_eq!(store.call_hosts("", 1).await.unwrap().hosts[0].1, at(now + 7_200_000));
}

pub(crate) async fn what_nobody_calls_is_given_up(store: World) {
    start(&store, at(0), 3).await;
    let ids = ask(&store, 0, A).await;
    const TOO_LATE: i64 = 86_400_001;
    assert_eq!(store.expire_calls(at(TOO_LATE - 1), DAY).await.unwrap(), 0);
    assert_eq!(store.expire_calls(at(TOO_LATE), DAY).await.unwrap(), 3);
    assert_eq!(store.expire_calls(at(TOO_LATE), DAY).await.unwrap(), 0);
    assert_eq!(one(&store, ids[0]).await.state, CallStatus::Failed);
    assert_eq!(answers(&store, TOO_LATE).await.len(), 3);
    assert_eq!(store.oldest_call().await.unwrap(), None);
}

pub(crate) async fn a_dead_nodes_calls_are_made_again(store: World) {
    start(&store, at(0), 1).await;
    ask(&store, 0, A).await;
    store.heartbeat("boot-1", at(0), Duration::from_secs(6)).await.unwrap();
    let first = lease(&store, 0, A, 1).await.remove(0);
    assert_eq!(store.rescue_calls(at(50)).await.unwrap(), 0, "it lives, and its lease holds");
    store.leave("boot-1").await.unwrap();
    assert_eq!(store.rescue_calls(at(50)).await.unwrap(), 1);
    let second = lease(&store, 60, A, 1).await.remove(0);
    // What came of the first one is nobody's any more; no try is used up.
    assert_eq!((second.id, second.attempt, second.tries), (first.id, 2, 0));
    assert_eq!(end(&store, 61, &first, CallEnd::Answered, Some(200)).await, None);
    assert_eq!(end(&store, 61, &second, CallEnd::Answered, Some(200)).await, Some(CallStatus::Answered));
}

pub(crate) async fn a_lease_of_calls_in_doubt_is_given_back(store: World) {
    start(&store, at(0), 2).await;
    ask(&store, 0, A).await;
    assert_eq!(lease(&store, 0, A, 2).await.len(), 2);
    assert_eq!(store.give_back_calls("boot-1", at(99), at(1)).await.unwrap(), 0);
    assert_eq!(store.give_back_calls("boot-2", at(100), at(1)).await.unwrap(), 0);
    assert_eq!(store.give_back_calls("boot-1", at(100), at(1)).await.unwrap(), 2);
    assert_eq!(lease(&store, 1, A, 2).await.len(), 2);
}

pub(crate) async fn a_token_that_has_gone_on_is_left_alone(store: World) {
    start(&store, at(0), 2).await;
    ask(&store, 0, A).await;
    let leased = lease(&store, 1, A, 2).await;
    // One goes on without its answer, to another node; the other one asks again at the same node.
    const LATER: i64 = 3_600_000;
    let claim = store.claim(at(LATER), 500).await.unwrap();
    let mut writes = Vec::new();
    for token in claim.tokens() {
        let mut write = carry(token, at(LATER), TokenState::Ready { due_at: at(9 * LATER) });
        write.place.phase = Phase::Due;
        if token.id == leased[0].token {
            write.place.node = node("elsewhere");
        } else {
            write.calls.push(call(token, write.place.seq, A, LATER));
        }
        writes.push(write);
    }
    claim.commit(writes).await.unwrap();
    for call in &leased {
        assert_eq!(end(&store, LATER + 1, call, CallEnd::Answered, Some(200)).await, Some(CallStatus::Answered));
    }
    assert!(due(&store, LATER + 2).await.is_empty());
    let again = lease(&store, LATER + 2, A, 2).await;
    assert_eq!((again.len(), again[0].token), (1, leased[1].token));
    assert_eq!(end(&store, LATER + 3, &again[0], failed(), Some(404)).await, Some(CallStatus::Failed));
    assert_eq!(due(&store, LATER + 3).await, [leased[1].token]);
    assert_eq!(answers(&store, LATER + 3).await, [CallAnswer::Failed { reason: "gone".into() }]);
}

pub(crate) async fn calls_of_one_step_are_answered_together(store: World) {
    start(&store, at(0), 1).await;
    let claim = store.claim(at(0), 1).await.unwrap();
    let token = claim.tokens()[0].clone();
    let mut write = carry(&token, at(0), TokenState::Ready { due_at: at(3_600_000) });
    write.place.phase = Phase::Due;
    // In no order, and not from 0: other effects of the step may come before.
    write.calls = [3, 1, 2].map(|n| NewCall { n, ..call(&token, 1, A, 0) }).into();
    let ids: Vec<CallId> = [1, 2, 0].map(|at| write.calls[at].id).into();
    claim.commit(vec![write]).await.unwrap();
    let of = CallFilter { token: Some(token.id), ..CallFilter::default() };
    let kept = store.calls(WS, &of, &Paging::default()).await.unwrap().items;
    let mut kept: Vec<_> = kept.into_iter().map(|call| (call.n, call.id)).collect();
    kept.sort_unstable();
    assert_eq!(kept, [(1, ids[0]), (2, ids[1]), (3, ids[2])]);

    let leased = lease(&store, 1, A, 3).await;
    let of = |n: usize| leased.iter().find(|call| call.id == ids[n]).unwrap();
    assert_eq!(end(&store, 2, of(2), failed(), Some(410)).await, Some(CallStatus::Failed));
    assert_eq!((due(&store, 2).await.len(), answers(&store, 2).await), (1, vec![CallAnswer::Open { since: at(0) }]));
    assert_eq!(end(&store, 3, of(0), CallEnd::Answered, Some(201)).await, Some(CallStatus::Answered));
    assert_eq!(answers(&store, 3).await, [CallAnswer::Open { since: at(0) }]);
    assert_eq!(end(&store, 4, of(1), CallEnd::Answered, Some(202)).await, Some(CallStatus::Answered));
    assert_eq!(answers(&store, 4).await, [CallAnswer::Failed { reason: "gone".into() }], "one failed");
    // Tried anew by hand and taken then: the first one's answer is told.
    assert_eq!(store.replay_calls(WS, &[ids[2]], at(5)).await.unwrap(), 1);
    assert_eq!(answers(&store, 5).await, [CallAnswer::Open { since: at(5) }]);
    let again = lease(&store, 6, A, 1).await.remove(0);
    assert_eq!(end(&store, 6, &again, CallEnd::Answered, Some(203)).await, Some(CallStatus::Answered));
    assert_eq!(answers(&store, 6).await, [CallAnswer::Answered { status: 201 }]);
}

/// A program that is paused, with a call that it holds.
async fn paused(store: &World) -> (ProgramId, CallId) {
    let put = live(store).await;
    let mut event = event(by_email("ann@example.com"), "user.joined");
    event.tokens = vec![NewToken { id: TokenId(id()), program: put.id, version: put.version, node: node("joined") }];
    ingest(store, at(0), &[event]).await;
    let call = ask(store, 0, A).await[0];
    store.pause_program(WS, put.id, at(1)).await.unwrap();
    assert!(lease(store, 2, A, 1).await.is_empty());
    assert_eq!(one(store, call).await.state, CallStatus::Held);
    (put.id, call)
}

pub(crate) async fn a_pause_holds_calls(store: World) {
    let (program, _) = paused(&store).await;
    assert_eq!(store.held(WS, program).await.unwrap().calls, 1);
    // Longer than calls are tried, and than tokens wait for them.
    const LATER: i64 = 3 * 86_400_000;
    let claim = store.claim(at(LATER), 500).await.unwrap();
    assert_eq!(claim.held(), 1);
    claim.commit(Vec::new()).await.unwrap();
    store.resume_program(WS, program, CatchUp::Run, at(LATER)).await.unwrap();
    let released = store.release(WS, program, at(LATER)).await.unwrap();
    assert_eq!((released.calls, released.tokens, released.messages), (1, 1, 0));
    assert_eq!(answers(&store, LATER).await, [CallAnswer::Open { since: at(LATER) }]);
    assert_eq!(store.expire_calls(at(LATER), DAY).await.unwrap(), 0);
    let leased = lease(&store, LATER, A, 1).await;
    assert_eq!((leased.len(), leased[0].since), (1, at(LATER)));

    // Answered while the program is paused again: the token is due when it goes on.
    store.pause_program(WS, program, at(LATER + 1)).await.unwrap();
    end(&store, LATER + 2, &leased[0], CallEnd::Answered, Some(200)).await.unwrap();
    let token = store.token(WS, leased[0].token).await.unwrap();
    assert_eq!(token.status, TokenStatus::Ready);
    store.resume_program(WS, program, CatchUp::Skip { older_than: Period::MAX }, at(LATER + 3)).await.unwrap();
    store.release(WS, program, at(LATER + 3)).await.unwrap();
    assert_eq!(answers(&store, LATER + 3).await, [CallAnswer::Answered { status: 200 }]);
}

pub(crate) async fn a_call_that_is_skipped_lets_its_token_go(store: World) {
    let (program, call) = paused(&store).await;
    // Late enough for the call, long before the token would have waited long enough.
    let late = CatchUp::Skip { older_than: Period::from_millis(1_000).unwrap() };
    store.resume_program(WS, program, late, at(5_000)).await.unwrap();
    let released = store.release(WS, program, at(5_000)).await.unwrap();
    assert_eq!((released.calls, released.skipped_calls), (0, 1));
    assert_eq!(one(&store, call).await.state, CallStatus::Skipped);
    assert!(matches!(answers(&store, 5_000).await[..], [CallAnswer::Failed { .. }]));
}

pub(crate) async fn calls_that_are_over_are_pruned(store: World) {
    start(&store, at(0), 2).await;
    let ids = ask(&store, 0, A).await;
    let leased = lease(&store, 0, A, 1).await;
    end(&store, 1, &leased[0], CallEnd::Answered, Some(200)).await.unwrap();
    let day = Period::from_millis(86_400_000).unwrap();
    let keep = store::Keep { trace: day, events: day, messages: day, inbox: day, audit: day };
    assert_eq!(store.prune(at(86_400_000), keep, 100).await.unwrap().calls, 0);
    // Its token has not asked for the answer yet; without it, it would call anew.
    assert_eq!(store.prune(at(86_400_002), keep, 100).await.unwrap().calls, 0);
    let claim = store.claim(at(2), 500).await.unwrap();
    let went = claim.tokens().iter().find(|token| token.id == leased[0].token).unwrap();
    let went = carry(went, at(2), TokenState::Done);
    claim.commit(vec![went]).await.unwrap();
    assert_eq!(store.prune(at(86_400_002), keep, 100).await.unwrap().calls, 1);
    let left = store.calls(WS, &CallFilter::default(), &Paging::default()).await.unwrap().items;
    assert_eq!(left.iter().map(|call| call.state).collect::<Vec<_>>(), [CallStatus::Queued]);
    assert!(ids.contains(&left[0].id));
}

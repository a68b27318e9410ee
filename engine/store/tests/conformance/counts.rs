//! How many came by, when, and how long they stayed.

use std::ops::Range;

use program::{Action, Phase, Place, Port, ProgramId};
use store::{Keep, NodeCount, Paging, Passage, TokenState, VisitFilter};

use crate::world::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

async fn entered(store: &World, program: ProgramId, time: Range<i64>, now: i64) -> u64 {
    let time = at(time.start)..at(time.end);
    let counts = store.node_counts_in(WS, program, time, at(now)).await.unwrap();
    counts.iter().find(|count| count.node == node("joined")).map_or(0, |count| count.entered)
}

async fn fold(store: &World, now: i64) {
    let long = "300d".parse().unwrap();
    store
        .prune(at(now), Keep { trace: long, events: long, messages: long, inbox: long, audit: long }, 10)
        .await
        .unwrap();
}

/// One enters at 9:00, one at 9:50 and one at 13:20.
async fn three(store: &World) -> ProgramId {
    let started = start(store, at(0), 1).await;
    for time in [50 * MINUTE, 4 * HOUR + 20 * MINUTE] {
        let mut event = event(by_external_id(&format!("at {time}")), "user.joined");
        let id = program::TokenId(id_at(at(time)));
        event.tokens =
            vec![store::NewToken { id, program: started.program, version: started.version, node: node("joined") }];
        ingest(store, at(time), &[event]).await;
    }
    started.program
}

pub(crate) async fn counts_are_of_their_time(store: World) {
    let program = three(&store).await;
    let (total, now) = (store.node_counts(WS, program).await.unwrap(), 5 * HOUR);
    assert_eq!(total[0].entered, 3);
    for folded in [false, true] {
        if folded {
            fold(&store, now).await;
            assert_eq!(store.node_counts(WS, program).await.unwrap(), total);
        }
        for (time, expected) in [
            (0..now, 3),
            (0..HOUR, 2),
            (10 * MINUTE..now, 3),
            (20 * MINUTE..now, 2),
            (HOUR..now, 1),
            (HOUR..4 * HOUR, 0),
            (4 * HOUR..4 * HOUR + 10 * MINUTE, 0),
        ] {
            assert_eq!(entered(&store, program, time.clone(), now).await, expected, "{time:?}, folded: {folded}");
        }
        // Who waits, waits now, whenever they came.
        let counts = store.node_counts_in(WS, program, at(HOUR)..at(2 * HOUR), at(now)).await.unwrap();
        assert_eq!((counts[0].entered, counts[0].waiting), (0, 3));
    }
    // What comes after a fold adds to what is there.
    start(&store, at(now), 1).await;
    fold(&store, now + HOUR).await;
    fold(&store, now + HOUR).await;
    assert_eq!(entered(&store, program, 0..now, now + HOUR).await, 3);
    assert_eq!(store.node_counts(WS, program).await.unwrap(), total);
}

pub(crate) async fn old_times_get_longer(store: World) {
    let program = three(&store).await;
    fold(&store, HOUR * 5).await;
    // By hours: 9:00 and 9:50 are one now.
    let now = 3 * DAY;
    fold(&store, now).await;
    assert_eq!(entered(&store, program, 20 * MINUTE..HOUR, now).await, 2);
    assert_eq!(entered(&store, program, HOUR..5 * HOUR, now).await, 1);
    store.raw("DELETE FROM node_count_past WHERE span = 60").await;
    assert_eq!(entered(&store, program, 0..now, now).await, 0, "a quarter was left");
}

pub(crate) async fn older_times_are_days(store: World) {
    let program = three(&store).await;
    let total = store.node_counts(WS, program).await.unwrap();
    fold(&store, 5 * HOUR).await;
    let now = 10 * DAY;
    fold(&store, now).await;
    assert_eq!(entered(&store, program, 5 * HOUR..DAY, now).await, 3);
    assert_eq!(entered(&store, program, DAY..now, now).await, 0);
    assert_eq!(store.node_counts(WS, program).await.unwrap(), total);
    store.raw("DELETE FROM node_count_past WHERE span = 1440").await;
    assert_eq!(entered(&store, program, 0..now, now).await, 0, "an hour was left");
}

pub(crate) async fn a_rest_is_measured(store: World) {
    let started = start(&store, at(0), 3).await;
    // Two go on at once and wait; the third one cannot, and fails.
    let claim = store.claim(at(5), 3).await.unwrap();
    let writes = claim.tokens().iter().enumerate().map(|(n, token)| match n {
        2 => {
            let error = TokenState::Failed { error: "no stream".into() };
            let stays = Place { seq: 1, ..token.place.clone() };
            let failed = step(1, at(5), &token.place.node, Action::Failed { error: "no stream".into() });
            store::TokenWrite { place: stays, steps: vec![failed], ..carry(token, at(5), error) }
        }
        _ => {
            let write = carry(token, at(5), TokenState::Ready { due_at: at(HOUR) });
            store::TokenWrite { place: Place { phase: Phase::Due, ..write.place.clone() }, ..write }
        }
    });
    let writes = writes.collect();
    claim.commit(writes).await.unwrap();
    let rests = |count: &NodeCount| (count.rested, count.dwelt);
    let counted = counts(&store, started.program).await;
    assert_eq!(rests(&counted["joined"]), (0, 0), "the way through is no rest");

    // Put off once, which is still the same rest.
    let claim = store.claim(at(HOUR), 1).await.unwrap();
    let token = claim.tokens()[0].clone();
    let put_off = store::TokenWrite {
        place: token.place.clone(),
        steps: Vec::new(),
        ..carry(&token, at(HOUR), TokenState::Ready { due_at: at(2 * HOUR) })
    };
    claim.commit(vec![put_off]).await.unwrap();
    for now in [HOUR, 2 * HOUR] {
        let claim = store.claim(at(now), 1).await.unwrap();
        let finished = step(2, at(now), &node("hello"), Action::Finished);
        let write = carry(&claim.tokens()[0], at(now), TokenState::Done);
        claim.commit(vec![store::TokenWrite { steps: vec![finished], ..write }]).await.unwrap();
    }
    let counted = counts(&store, started.program).await;
    assert_eq!(rests(&counted["hello"]), (2, (3 * HOUR - 10) as u64));

    // What failed was there until it was replayed.
    let failed = store.tokens(WS, &Default::default(), &Default::default()).await.unwrap().items;
    let failed: Vec<_> = failed.iter().filter(|token| token.node == node("joined")).map(|token| token.id).collect();
    store.replay_tokens(WS, &failed, at(5 * HOUR)).await.unwrap();
    let claim = store.claim(at(5 * HOUR), 1).await.unwrap();
    let write = carry(&claim.tokens()[0], at(5 * HOUR), TokenState::Done);
    claim.commit(vec![write]).await.unwrap();
    let counted = counts(&store, started.program).await;
    assert_eq!(rests(&counted["joined"]), (1, (5 * HOUR) as u64));
}

pub(crate) async fn visits_are_found_by_looks(store: World) {
    let started = start(&store, at(0), 7).await;
    let claim = store.claim(at(5), 7).await.unwrap();
    let writes = claim.tokens().iter().enumerate().map(|(n, token)| {
        let mut write = carry(token, at(n as i64), TokenState::Ready { due_at: at(DAY) });
        if n % 2 == 1 {
            write.steps.push(step(2, at(n as i64), &node("hello"), Action::Waiting { until: at(DAY) }));
            write.place.seq = 2;
        }
        write
    });
    let writes = writes.collect();
    let order: Vec<_> = claim.tokens().iter().map(|token| token.id).collect();
    claim.commit(writes).await.unwrap();

    let visits = async |name: &str, passage: Passage, time: Range<i64>| {
        let filter =
            VisitFilter { program: started.program, node: node(name), passage, time: at(time.start)..at(time.end) };
        let (mut found, mut paging) = (Vec::new(), Paging { after: None, limit: 2 });
        loop {
            let page = store.visits(WS, &filter, &paging).await.unwrap();
            found.extend(page.items.iter().map(|visit| (visit.at, visit.token.id)));
            match page.next {
                Some(next) => paging.after = Some(next),
                None => return found,
            }
        }
    };
    let expected = |which: &[usize]| which.iter().map(|n| (at(*n as i64), order[*n])).collect::<Vec<_>>();
    assert_eq!(visits("joined", Passage::Entered, 0..100).await, expected(&[6, 5, 4, 3, 2, 1, 0]));
    assert_eq!(visits("joined", Passage::Left, 2..5).await, expected(&[4, 3, 2]));
    assert_eq!(visits("joined", Passage::LeftBy(Port::NEXT), 0..1).await, expected(&[0]));
    assert_eq!(visits("joined", Passage::LeftBy(Port::new("yes")), 0..100).await, []);
    assert_eq!(visits("hello", Passage::Entered, 0..100).await, expected(&[5, 3, 1]));
    assert_eq!(visits("hello", Passage::Left, 0..100).await, []);

    let elsewhere =
        VisitFilter { program: ProgramId(id()), node: node("joined"), passage: Passage::Entered, time: at(0)..at(100) };
    assert_eq!(store.visits(WS, &elsewhere, &Paging::default()).await.unwrap().items, []);
    let foreign = Paging { after: Some("x".into()), limit: 1 };
    assert!(store.visits(WS, &elsewhere, &foreign).await.is_err());
}

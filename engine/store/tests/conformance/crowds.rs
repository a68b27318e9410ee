//! Crowds: so many tokens of one contact that whoever has news of it leaves them to a duty.

use program::{ContactId, EventId, MOST_CAME, Program, TokenId};
use store::{Choice, CrowdsAt, Dialect, DueToken, Keep, NewEvent, NewToken, OpenWait, TokenState, Waits};

use crate::{
    conditions,
    waits::{self, asks, due_at, of, program_id, publish, write},
    world::*,
};

const DAY: i64 = 86_400_000;

/// As many as one transaction wakes.
const MOST: usize = 1_000;

/// So many tokens of one contact wait.
async fn crowd(store: &World, who: &str, n: usize) -> ContactId {
    enter(store, &conditions::body(), who, n).await
}

async fn enter(store: &World, body: &Program, who: &str, n: usize) -> ContactId {
    let put = store.put_program(act(at(0)), fresh(), body, true).await.unwrap();
    let one = |_| NewEvent {
        tokens: vec![NewToken { id: TokenId(id()), program: put.id, version: put.version, node: node("joined") }],
        ..event(by_external_id(who), "user.joined")
    };
    let mut contact = None;
    for n in (0..n).collect::<Vec<_>>().chunks(1_000).map(<[usize]>::len) {
        contact = Some(accepted(&ingest(store, at(0), &(0..n).map(one).collect::<Vec<_>>()).await[0]).1);
    }
    loop {
        let claim = store.claim(at(0), 500).await.unwrap();
        if claim.tokens().is_empty() {
            return contact.unwrap();
        }
        match body.watches() {
            true => conditions::begin(claim).await,
            false => waits::begin(claim).await,
        }
    }
}

pub(crate) async fn a_crowd_is_woken_in_batches(store: World) {
    let (crowded, few, most) = (crowd(&store, "crowd", MOST + 200).await, crowd(&store, "few", 3).await, MOST as i64);
    let due = async |contact: ContactId, millis: i64| {
        // Those of the few are told from the others by their contact.
        let other = if contact == few { crowded } else { few };
        let id = literal(&store, other.uuid());
        store.rows(&format!("token WHERE contact <> {id} AND due_at = {}", at(millis).timestamp_millis())).await
    };
    let news = async |contact, millis| {
        ingest(&store, at(millis), &[of(&store, contact, "user.left").await]).await;
    };
    let noted = async || store.rows("awaiting WHERE found > 0").await;
    let mut place = CrowdsAt::default();
    // Whoever stores the event leaves the crowd alone, and nobody else is left to the duty.
    ingest(&store, at(5), &[of(&store, crowded, "user.left").await, of(&store, few, "user.left").await]).await;
    assert_eq!((noted().await, due(few, 5).await, due(crowded, 5).await), (3, 3, 0));
    assert_eq!(store.wake_crowds(at(6), &mut place).await.unwrap(), Some(MOST as u64));
    assert_eq!((noted().await, due(crowded, 6).await), (most + 3, most));
    // News meanwhile: the round goes on, and another one follows.
    news(crowded, 7).await;
    assert_eq!((noted().await, due(crowded, 7).await), (most + 3, 0));
    assert_eq!(store.wake_crowds(at(8), &mut place).await.unwrap(), Some(200));
    assert_eq!(noted().await, most + 203);
    // They have looked since, and rest again.
    store
        .raw(&format!("UPDATE token SET due_at = {}; UPDATE awaiting SET found = 0", at(DAY).timestamp_millis()))
        .await;
    assert_eq!(store.wake_crowds(at(9), &mut place).await.unwrap(), Some(MOST as u64));
    assert_eq!(store.wake_crowds(at(10), &mut place).await.unwrap(), Some(200));
    assert_eq!((due(crowded, 9).await, due(crowded, 10).await), (most, 200));
    assert_eq!((store.wake_crowds(at(11), &mut place).await.unwrap(), store.rows("waking").await), (None, 0));

    // A step that changes the contact leaves them to the duty, too.
    store
        .raw(&format!("UPDATE token SET due_at = {}; UPDATE awaiting SET found = 0", at(DAY).timestamp_millis()))
        .await;
    assert!(!conditions::change(&store, crowded, 12).await);
    assert_eq!((noted().await, store.rows("waking").await), (0, 1));
    assert_eq!(store.wake_crowds(at(13), &mut place).await.unwrap(), Some(MOST as u64));
    // Where its contact is gone, nobody is left.
    store.raw("DELETE FROM contact; DELETE FROM awaiting").await;
    assert_eq!(store.wake_crowds(at(14), &mut place).await.unwrap(), Some(0));
    assert_eq!(store.wake_crowds(at(14), &mut place).await.unwrap(), None);
}

pub(crate) async fn no_crowd_is_made_of_many_contacts(store: World) {
    // Together they are more than one transaction wakes: an ingest does it in several.
    let mut events = Vec::new();
    for (who, n) in [("first", MOST - 100), ("second", MOST - 100), ("third", 300)] {
        let contact = crowd(&store, who, n).await;
        events.push(of(&store, contact, "user.left").await);
    }
    ingest(&store, at(5), &events).await;
    let found = store.rows("awaiting WHERE found > 0").await;
    assert_eq!((found, store.rows("waking").await), (2 * MOST as i64 + 100, 0));
}

/// However often there is news of the first hundred.
pub(crate) async fn each_crowd_has_its_turn(store: World) {
    let noted = |n: u32| {
        let id: uuid::Uuid = format!("00000000-0000-7000-8000-{n:012x}").parse().unwrap();
        format!("INSERT INTO waking (workspace, contact, again) VALUES ({0}, {0}, 0);", literal(&store, id))
    };
    store.raw(&(1..=101).map(noted).collect::<String>()).await;
    let mut place = CrowdsAt::default();
    // Nobody waits for them any more, so they are done with at once.
    assert_eq!(store.wake_crowds(at(1), &mut place).await.unwrap(), Some(0));
    assert_eq!(store.rows("waking").await, 1);
    store.raw(&(1..=100).map(noted).collect::<String>()).await;
    assert_eq!(store.wake_crowds(at(2), &mut place).await.unwrap(), Some(0));
    assert_eq!(store.rows("waking").await, 100, "the last one had its turn");
    assert_eq!(store.wake_crowds(at(3), &mut place).await.unwrap(), Some(0));
    assert_eq!(store.wake_crowds(at(4), &mut place).await.unwrap(), None);
}

/// Events of the contact for which the crowd waits, in their order.
async fn paid(store: &World, contact: ContactId, millis: i64, n: usize) -> Vec<EventId> {
    let mut events = Vec::new();
    for _ in 0..n {
        events.push(of(store, contact, "user.paid").await);
    }
    ingest(store, at(millis), &events).await.iter().map(|answer| accepted(answer).0).collect()
}

/// What tokens that are due, as many as a claim takes, see of the crowd's events; they stay as they are.
async fn seen(store: &World, millis: i64) -> Vec<(DueToken, Vec<EventId>)> {
    let mut claim = store.claim(at(millis), 10_000).await.unwrap();
    let ids: Vec<TokenId> = claim.tokens().iter().map(|token| token.id).collect();
    let loaded = claim.facts(&asks(&ids, &[]), at(millis), usize::MAX).await.unwrap().unwrap();
    let seen = claim.tokens().iter().map(|token| (token.clone(), loaded.awaited[&token.id].events.clone())).collect();
    claim.rollback().await.unwrap();
    seen
}

pub(crate) async fn a_crowd_gets_events_in_batches(store: World) {
    let contact = enter(&store, &waits::body(), "crowd", MOST + 200).await;
    let ids = paid(&store, contact, 5, 2).await;
    assert_eq!((store.rows("candidate").await, store.rows("crowd_event").await), (0, 2));
    assert_eq!(seen(&store, 5).await.len(), 0);
    let mut place = CrowdsAt::default();
    let mut wake = async |millis| store.wake_crowds(at(millis), &mut place).await.unwrap();
    assert_eq!(wake(6).await, Some(MOST as u64));
    let some = seen(&store, 6).await;
    assert_eq!(store.rows("candidate").await, 2 * MOST as i64);
    assert!(!some.is_empty() && some.iter().all(|(_, events)| *events == ids));
    // What comes meanwhile stands behind.
    let third = paid(&store, contact, 7, 1).await;
    assert_eq!((wake(8).await, store.rows("crowd_event").await), (Some(200), 1));
    for millis in 9..11 {
        assert!(wake(millis).await.is_some());
    }
    assert_eq!((wake(11).await, store.rows("crowd_event").await), (None, 0));
    let all = seen(&store, 13).await;
    let ids = [ids, third].concat();
    assert_eq!(store.rows("candidate").await, (ids.len() * (MOST + 200)) as i64);
    assert!(
        !all.is_empty() && all.iter().all(|(_, events)| *events == ids),
        "each has all of them once, in their order"
    );
}

pub(crate) async fn who_has_waited_long_enough_sees_what_was_noted(store: World) {
    let contact = enter(&store, &waits::body(), "crowd", MOST + 1).await;
    let ids = paid(&store, contact, 5, 2).await;
    // The time is over before the duty came: both events are there, and are looked at once.
    let mut claim = store.claim(at(DAY), 2).await.unwrap();
    let tokens = claim.tokens().to_vec();
    let wanted = asks(&[tokens[0].id, tokens[1].id], &[]);
    let loaded = claim.facts(&wanted, at(DAY), usize::MAX).await.unwrap().unwrap();
    assert!(tokens.iter().all(|token| loaded.awaited[&token.id].events == ids));
    // One rests on, the other one goes and waits again.
    let looked = tokens.iter().map(|token| (WS, token.id)).collect();
    let open = vec![waits::open(&tokens[0], 1), waits::open(&tokens[1], 3)];
    claim.write_waits(&Waits { open, looked, ..Waits::default() }).await.unwrap();
    let mut moved = write(&tokens[1], TokenState::Ready { due_at: at(DAY) });
    moved.place.seq = 3;
    claim.commit(vec![write(&tokens[0], TokenState::Resting { due_at: at(DAY) }), moved]).await.unwrap();
    let third = paid(&store, contact, 6, 1).await;
    let mut place = CrowdsAt::default();
    while store.wake_crowds(at(DAY), &mut place).await.unwrap().is_some() {}
    for (token, events) in seen(&store, DAY).await {
        let looked = tokens.iter().any(|known| known.id == token.id);
        let expected = if looked { third.clone() } else { [&ids[..], &third].concat() };
        assert_eq!(events, expected);
    }
}

/// A token keeps so many, and so many are looked at at once; it does not end before it has seen the others.
pub(crate) async fn who_ends_has_seen_all_that_was_noted(store: World) {
    let contact = enter(&store, &waits::body(), "crowd", MOST + 1).await;
    let ids = [paid(&store, contact, 5, MOST_CAME).await, paid(&store, contact, 5, 50).await].concat();
    let mut claim = store.claim(at(DAY), 1).await.unwrap();
    let token = claim.tokens()[0].clone();
    let loaded = claim.facts(&asks(&[token.id], &[]), at(DAY), usize::MAX).await.unwrap().unwrap();
    let awaiting = &loaded.awaited[&token.id];
    assert_eq!((&awaiting.events[..], awaiting.until), (&ids[..MOST_CAME], at(DAY + 1)));
    // It fails meanwhile and is tried again: nothing is lost. (The others are due later.)
    claim.rollback().await.unwrap();
    let (later, own) = (at(2 * DAY).timestamp_millis(), literal(&store, token.id.uuid()));
    store.raw(&format!("UPDATE token SET due_at = {later} WHERE id <> {own}")).await;
    for (millis, expected, until) in [(DAY, &ids[..MOST_CAME], DAY + 1), (DAY + 1, &ids[MOST_CAME..], DAY + 1)] {
        let mut claim = store.claim(at(millis), 1).await.unwrap();
        let found = claim.tokens()[0].clone();
        let loaded = claim.facts(&asks(&[token.id], &[]), at(millis), usize::MAX).await.unwrap().unwrap();
        let awaiting = &loaded.awaited[&token.id];
        assert_eq!((found.id, &awaiting.events[..], awaiting.until), (token.id, expected, at(until)));
        let open = vec![OpenWait { until: awaiting.until, ..waits::open(&found, 1) }];
        claim.write_waits(&Waits { open, looked: vec![(WS, token.id)], ..Waits::default() }).await.unwrap();
        claim.commit(vec![write(&found, TokenState::Resting { due_at: at(until) })]).await.unwrap();
    }
    // The duty passes over what it has seen.
    let mut place = CrowdsAt::default();
    while store.wake_crowds(at(DAY + 2), &mut place).await.unwrap().is_some() {}
    assert_eq!(
        (store.rows(&format!("candidate WHERE token = {own}")).await, store.rows("candidate").await),
        (0, (MOST * MOST_CAME) as i64)
    );
}

/// As statements have it.
pub(crate) fn literal(store: &World, id: uuid::Uuid) -> String {
    match store.dialect() {
        Dialect::Sqlite => format!("x'{}'", id.simple()),
        Dialect::Postgres => format!("'{id}'"),
    }
}

pub(crate) async fn what_one_transaction_gives_is_bounded(store: World) {
    let contact = enter(&store, &waits::body(), "some", 101).await;
    // More than one transaction gives: in several.
    paid(&store, contact, 5, MOST_CAME).await;
    assert_eq!((store.rows("candidate").await, store.rows("crowd_event").await), (101 * MOST_CAME as i64, 0));
}

pub(crate) async fn what_comes_behind_what_is_noted_is_noted(store: World) {
    let contact = enter(&store, &waits::body(), "crowd", MOST + 1).await;
    let ids = paid(&store, contact, 5, 1).await;
    // Few are left.
    store.raw("DELETE FROM awaiting WHERE token IN (SELECT token FROM awaiting ORDER BY token LIMIT 990)").await;
    let ids = [ids, paid(&store, contact, 6, 1).await].concat();
    assert_eq!((store.rows("candidate").await, store.rows("crowd_event").await), (0, 2));
    // It is kept as long as somebody has not got it.
    let keep = || "1d".parse().unwrap();
    let keep = Keep { trace: keep(), events: keep(), messages: keep(), inbox: keep(), audit: keep() };
    store.prune(at(20 * DAY), keep, 1_000).await.unwrap();
    assert!(store.event(WS, ids[0]).await.is_ok());
    let mut place = CrowdsAt::default();
    assert_eq!(store.wake_crowds(at(7), &mut place).await.unwrap(), Some(11));
    assert_eq!(store.rows("candidate").await, 22);
    assert_eq!(store.wake_crowds(at(7), &mut place).await.unwrap(), None);
    paid(&store, contact, 8, 1).await;
    assert_eq!((store.rows("candidate").await, store.rows("crowd_event").await), (33, 0));
}

/// Events of a former wait, given while its token begins another one, are not those of that.
pub(crate) async fn what_was_left_over_does_not_join(store: World) {
    let contact = enter(&store, &waits::body(), "some", 1).await;
    paid(&store, contact, 5, 1).await;
    let mut claim = store.claim(at(6), 1).await.unwrap();
    let token = claim.tokens()[0].clone();
    let coming = {
        let store = store.clone();
        tokio::spawn(async move { paid(&store, contact, 6, 1).await })
    };
    // Whoever stores the event may wait for the claim, or the claim for it; on SQLite they are one after the other.
    let open = vec![waits::open(&token, 3)];
    claim.write_waits(&Waits { open, looked: vec![(WS, token.id)], ..Waits::default() }).await.unwrap();
    let mut moved = write(&token, TokenState::Ready { due_at: at(DAY) });
    moved.place.seq = 3;
    claim.commit(vec![moved]).await.unwrap();
    coming.await.unwrap();
    assert!(store.rows("candidate WHERE number > 0").await == 0);
    paid(&store, contact, 7, 1).await;
    assert!(store.rows("candidate").await <= 2);
}

/// What was noted before a publication made a crowd wait for it is not what it waits for.
pub(crate) async fn a_publication_leaves_what_was_noted(store: World) {
    let contact = enter(&store, &waits::body(), "crowd", MOST + 1).await;
    paid(&store, contact, 5, 1).await;
    let settled = "  pay: { kind: wait_for_event, event: user.settled, timeout: 1d, as: payment }\n";
    publish(&store, settled, 0, Choice::Retime).await;
    assert!(program_id(&store).await == store.token(WS, seen(&store, DAY).await[0].0.id).await.unwrap().program);
    assert!(seen(&store, DAY).await.iter().all(|(_, events)| events.is_empty()));
    let mut place = CrowdsAt::default();
    while store.wake_crowds(at(6), &mut place).await.unwrap().is_some() {}
    assert_eq!((store.rows("candidate").await, store.rows("crowd_event").await), (0, 0));
    assert_eq!(due_at(&store, seen(&store, DAY).await[0].0.id).await, at(DAY));
}

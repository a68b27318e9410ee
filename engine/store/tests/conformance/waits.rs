//! Tokens that wait for events, and contacts that steps change.

use std::collections::HashSet;

use program::{ContactId, EventId, MOST_CAME, Phase, Place, ProgramId, TokenId, VersionId};
use serde_json::json;
use store::{
    Choice, Claim, ContactWrite, Dialect, DueToken, Expected, Keep, NewEvent, OpenWait, TokenState, TokenWrite, Waits,
    Wanted,
};

use crate::{designer, world::*};

const DAY: i64 = 86_400_000;

/// Waits a day for `user.paid`.
pub(crate) fn body() -> program::Program {
    program::Program::parse(
        "stafette: 1\nname: pays\ntitle: Pays\nnodes:\n  joined: { kind: entry, event: user.joined, next: pay }\n  \
         pay: { kind: wait_for_event, event: user.paid, timeout: 1d, as: payment }\n",
    )
    .unwrap()
}

/// Tokens that rest at the wait since then, and whose.
pub(crate) async fn waiting(store: &World, n: usize) -> (Vec<TokenId>, Vec<ContactId>) {
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
    waiting_in(store, (put.id, put.version), n).await
}

/// The same in a version that is there.
pub(crate) async fn waiting_in(
    store: &World,
    version: (ProgramId, VersionId),
    n: usize,
) -> (Vec<TokenId>, Vec<ContactId>) {
    let tokens = designer::enter(store, version, n, at(0)).await;
    begin(store.claim(at(0), 500).await.unwrap()).await;
    let mut contacts = Vec::new();
    for token in &tokens {
        contacts.push(store.token(WS, *token).await.unwrap().contact);
    }
    (tokens, contacts)
}

/// The claimed tokens begin to wait.
pub(crate) async fn begin(mut claim: Claim) {
    let waits = Waits { open: claim.tokens().iter().map(|token| open(token, 1)).collect(), ..Waits::default() };
    let writes = claim.tokens().iter().map(|token| {
        let mut write = carry(token, at(0), TokenState::Ready { due_at: at(DAY) });
        write.place = Place { node: node("pay"), phase: Phase::Due, seq: 1 };
        write
    });
    let writes = writes.collect();
    claim.write_waits(&waits).await.unwrap();
    claim.commit(writes).await.unwrap();
}

pub(crate) fn open(token: &DueToken, seq: u32) -> OpenWait {
    OpenWait { workspace: WS, token: token.id, seq, contact: token.contact, event: kind("user.paid"), until: at(DAY) }
}

/// It rests on, or is done.
pub(crate) fn write(token: &DueToken, state: TokenState) -> TokenWrite {
    let (place, steps, messages, calls) = (token.place.clone(), Vec::new(), Vec::new(), Vec::new());
    TokenWrite { token: token.id, seen_seq: token.place.seq, place, state, steps, messages, calls }
}

/// An event of a contact that is known.
pub(crate) async fn of(store: &World, contact: ContactId, name: &str) -> NewEvent {
    let contact = store.contact(WS, contact).await.unwrap();
    event(by_external_id(contact.external_id.as_deref().unwrap()), name)
}

pub(crate) async fn due_at(store: &World, token: TokenId) -> program::Time {
    store.token(WS, token).await.unwrap().due_at.unwrap()
}

pub(crate) fn asks(awaits: &[TokenId], joins: &[TokenId]) -> Wanted {
    let set = |tokens: &[TokenId]| tokens.iter().copied().collect::<HashSet<_>>();
    Wanted { awaits: set(awaits), joins: set(joins), ..Wanted::default() }
}

pub(crate) async fn an_event_makes_those_due_who_wait(store: World) {
    let (tokens, contacts) = waiting(&store, 2).await;
    assert_eq!(store.routing(WS).await.unwrap().awaited, [kind("user.paid")].into());
    // Of another type, of somebody else.
    let others = [of(&store, contacts[0], "user.left").await, event(by_external_id("nobody"), "user.paid")];
    ingest(&store, at(5), &others).await;
    assert_eq!((due_at(&store, tokens[0]).await, store.rows("candidate").await), (at(DAY), 0));
    let paid = [of(&store, contacts[0], "user.paid").await, of(&store, contacts[0], "user.paid").await];
    let ids: Vec<EventId> = ingest(&store, at(6), &paid).await.iter().map(|answer| accepted(answer).0).collect();
    // The same again is no other event.
    ingest(&store, at(6), &paid).await;
    assert_eq!((due_at(&store, tokens[0]).await, due_at(&store, tokens[1]).await), (at(6), at(DAY)));

    // None of them fits: it rests on.
    let mut claim = store.claim(at(7), 500).await.unwrap();
    let token = claim.tokens()[0].clone();
    assert_eq!((claim.tokens().len(), token.id), (1, tokens[0]));
    let loaded = claim.facts(&asks(&[token.id], &[token.id]), at(7), usize::MAX).await.unwrap().unwrap();
    let awaiting = &loaded.awaited[&token.id];
    assert_eq!((awaiting.until, &awaiting.events), (at(DAY), &ids));
    assert!(ids.iter().all(|id| loaded.events.contains_key(id)) && loaded.joined.is_empty());
    let key = (WS, token.id);
    let waits = Waits { open: vec![open(&token, 1)], looked: vec![key], ..Waits::default() };
    claim.write_waits(&waits).await.unwrap();
    claim.commit(vec![write(&token, TokenState::Resting { due_at: at(DAY) })]).await.unwrap();
    let rests = store.token(WS, token.id).await.unwrap();
    assert_eq!((rests.due_at, rests.seq, rests.attempts), (Some(at(DAY)), 1, 0));
    assert_eq!((store.rows("candidate").await, store.rows("awaiting").await), (0, 2));

    // One more, and it goes on.
    let third = accepted(&ingest(&store, at(8), &[of(&store, contacts[0], "user.paid").await]).await[0]).0;
    let mut claim = store.claim(at(9), 500).await.unwrap();
    let loaded = claim.facts(&asks(&[token.id], &[]), at(9), usize::MAX).await.unwrap().unwrap();
    assert_eq!(loaded.awaited[&token.id].events, [third]);
    let joined = vec![(WS, token.id, "payment".to_owned(), third)];
    let waits = Waits { closed: vec![key], looked: vec![key], joined, ..Waits::default() };
    claim.write_waits(&waits).await.unwrap();
    claim.commit(vec![write(&token, TokenState::Ready { due_at: at(9) })]).await.unwrap();
    ingest(&store, at(10), &[of(&store, contacts[0], "user.paid").await]).await;
    assert_eq!((store.rows("candidate").await, store.rows("awaiting").await, store.rows("joined").await), (0, 1, 1));
    let mut claim = store.claim(at(10), 500).await.unwrap();
    let loaded = claim.facts(&asks(&[], &[token.id]), at(10), usize::MAX).await.unwrap().unwrap();
    assert_eq!(loaded.joined[&token.id], [("payment".to_owned(), third)]);
    assert!(loaded.events.contains_key(&third));
    claim.commit(vec![write(&token, TokenState::Done)]).await.unwrap();

    // What joined stays as long as the token, and goes with it.
    let keep = |events: &str, trace: &str| {
        let (trace, events) = (trace.parse().unwrap(), events.parse().unwrap());
        Keep {
            trace,
            events,
            messages: "1000d".parse().unwrap(),
            inbox: "1000d".parse().unwrap(),
            audit: "1000d".parse().unwrap(),
        }
    };
    store.prune(at(20 * DAY), keep("1d", "1000d"), 100).await.unwrap();
    assert!(store.event(WS, third).await.is_ok() && store.event(WS, ids[0]).await.is_err());
    store.prune(at(20 * DAY), keep("1000d", "1d"), 100).await.unwrap();
    assert_eq!(store.rows("joined").await, 0);
    store.prune(at(20 * DAY), keep("1d", "1d"), 100).await.unwrap();
    assert!(store.event(WS, third).await.is_err());
}

/// The first one that fits joins; so the order in which they are looked at is that in which they were stored, whatever their
/// ids and times say.
pub(crate) async fn what_was_stored_first_is_looked_at_first(store: World) {
    let (tokens, contacts) = waiting(&store, 3).await;
    // Ids and times run the other way.
    let pair = async |contact: usize, times: [i64; 2]| {
        let (small, large) = (EventId(id()), EventId(id()));
        let one = async |id, millis| NewEvent {
            id,
            occurred_at: at(millis),
            ..of(&store, contacts[contact], "user.paid").await
        };
        [one(large, times[0]).await, one(small, times[1]).await]
    };
    let (batch, [first, second], equal) = (pair(0, [4, 2]).await, pair(1, [4, 2]).await, pair(2, [3, 3]).await);
    let ids = [[batch[0].id, batch[1].id], [first.id, second.id], [equal[0].id, equal[1].id]];
    // Between the events of one contact there are those of others.
    let [a, b] = batch;
    let [c, d] = equal;
    ingest(&store, at(5), &[a, c, first, b, d]).await;
    ingest(&store, at(5), &[second]).await;
    let mut claim = store.claim(at(6), 500).await.unwrap();
    let loaded = claim.facts(&asks(&tokens, &[]), at(6), usize::MAX).await.unwrap().unwrap();
    for (token, ids) in tokens.iter().zip(ids) {
        assert_eq!(loaded.awaited[token].events, ids);
    }
    claim.rollback().await.unwrap();
}

pub(crate) async fn so_many_events_are_kept_for_a_token(store: World) {
    let (tokens, contacts) = waiting(&store, 1).await;
    let mut paid = Vec::new();
    for _ in 0..MOST_CAME - 1 {
        paid.push(of(&store, contacts[0], "user.paid").await);
    }
    ingest(&store, at(1), &paid).await;
    let more = [of(&store, contacts[0], "user.paid").await, of(&store, contacts[0], "user.paid").await];
    let first = accepted(&ingest(&store, at(2), &more).await[0]).0;
    assert_eq!(store.rows("candidate").await, MOST_CAME as i64);
    let mut claim = store.claim(at(3), 500).await.unwrap();
    let loaded = claim.facts(&asks(&tokens, &[]), at(3), usize::MAX).await.unwrap().unwrap();
    let events = &loaded.awaited[&tokens[0]].events;
    assert_eq!((events.len(), events.last()), (MOST_CAME, Some(&first)));
    claim.rollback().await.unwrap();
}

pub(crate) async fn nobody_waits_for_a_token_that_waits(store: World) {
    // The only writer of SQLite waits for everybody.
    if store.dialect() == Dialect::Sqlite {
        return;
    }
    let (tokens, contacts) = waiting(&store, 1).await;
    // A claim that has the token and has not looked yet: the event is there when it looks.
    let mut claim = store.claim(at(DAY), 500).await.unwrap();
    let paid = [of(&store, contacts[0], "user.paid").await];
    let id = accepted(&ingest(&store, at(DAY), &paid).await[0]).0;
    let loaded = claim.facts(&asks(&tokens, &[]), at(DAY), usize::MAX).await.unwrap().unwrap();
    assert_eq!(loaded.awaited[&tokens[0]].events, [id]);
    // One that has looked: whoever stores an event waits, and finds nobody waiting any more.
    let token = claim.tokens()[0].clone();
    let other = {
        let (store, event) = (store.clone(), of(&store, contacts[0], "user.paid").await);
        tokio::spawn(async move { ingest(&store, at(DAY), &[event]).await })
    };
    let waits = Waits { closed: vec![(WS, token.id)], looked: vec![(WS, token.id)], ..Waits::default() };
    claim.write_waits(&waits).await.unwrap();
    claim.commit(vec![write(&token, TokenState::Done)]).await.unwrap();
    other.await.unwrap();
    assert_eq!((store.rows("candidate").await, store.rows("awaiting").await), (0, 0));
}

pub(crate) async fn what_was_overlooked_is_made_due(store: World) {
    let (tokens, contacts) = waiting(&store, 2).await;
    ingest(&store, at(1), &[of(&store, contacts[0], "user.paid").await]).await;
    // As if somebody had held the token while the event came.
    store.raw(&format!("UPDATE token SET due_at = {}", at(DAY).timestamp_millis())).await;
    assert_eq!(store.overlooked(at(2)).await.unwrap(), 1);
    assert_eq!((due_at(&store, tokens[0]).await, due_at(&store, tokens[1]).await), (at(2), at(DAY)));
    assert_eq!(store.overlooked(at(2)).await.unwrap(), 0);
    // One that stands elsewhere by now is not: its wait is left over.
    store.raw(&format!("UPDATE token SET seq = seq + 1, due_at = {}", at(DAY).timestamp_millis())).await;
    assert_eq!(store.overlooked(at(3)).await.unwrap(), 0);
    ingest(&store, at(3), &[of(&store, contacts[1], "user.paid").await]).await;
    assert_eq!(due_at(&store, tokens[1]).await, at(DAY));
}

pub(crate) async fn a_step_changes_its_contact(store: World) {
    let started = start(&store, at(0), 1).await;
    let contact = started.contacts[0];
    let says = |event: NewEvent, millis: i64, attributes: serde_json::Value| NewEvent {
        occurred_at: at(millis),
        attributes: object(attributes),
        ..event
    };
    let first = says(of(&store, contact, "x").await, 1, json!({ "tier": "silver", "coupon": 5, "city": "Ulm" }));
    ingest(&store, at(1), &[first]).await;
    let mut claim = store.claim(at(10), 500).await.unwrap();
    let wanted = Wanted { edits: [contact].into(), ..Wanted::default() };
    let loaded = claim.facts(&wanted, at(10), usize::MAX).await.unwrap().unwrap();
    assert_eq!(loaded.contacts[&contact].attributes["tier"], "silver");
    let attributes = object(json!({ "tier": "gold", "city": "Ulm" }));
    let edited = vec!["coupon".to_owned(), "tier".into()];
    claim.edit_contacts(&[ContactWrite { workspace: WS, contact, attributes, edited }]).await.unwrap();
    // On PostgreSQL an event of the same contact waits for it, and comes to what the step left.
    let word = says(of(&store, contact, "x").await, 5, json!({ "tier": "bronze", "coupon": 9, "city": "Bonn" }));
    let other = {
        let store = store.clone();
        tokio::spawn(async move { ingest(&store, at(11), &[word]).await })
    };
    let writes = claim.tokens().iter().map(|token| write(token, TokenState::Done)).collect();
    claim.commit(writes).await.unwrap();
    other.await.unwrap();
    let attributes = || async { serde_json::Value::from(store.contact(WS, contact).await.unwrap().attributes) };
    assert_eq!(attributes().await, json!({ "tier": "gold", "city": "Bonn" }));
    let word = says(of(&store, contact, "x").await, 12, json!({ "tier": "bronze", "coupon": 9 }));
    ingest(&store, at(12), &[word]).await;
    assert_eq!(attributes().await, json!({ "tier": "bronze", "city": "Bonn", "coupon": 9 }));
    // Who is not locked is not changed.
    let started = start(&store, at(20), 1).await;
    let mut claim = store.claim(at(20), 500).await.unwrap();
    let contact =
        ContactWrite { workspace: WS, contact: started.contacts[0], attributes: object(json!({})), edited: Vec::new() };
    assert!(claim.edit_contacts(&[contact]).await.is_err());
    claim.rollback().await.unwrap();
}

/// Which program that is.
pub(crate) async fn program_id(store: &World) -> ProgramId {
    store.program_by_name(WS, &body().name).await.unwrap().id
}

/// A draft of the same program, published: what is chosen for those who wait.
pub(crate) async fn publish(store: &World, nodes: &str, revision: u64, choice: Choice) -> store::Published {
    let text = format!(
        "stafette: 1\nname: pays\ntitle: Pays\nnodes:\n  joined: {{ kind: entry, event: user.joined, next: pay }}\n{nodes}"
    );
    let draft = program::Program::parse(&text).unwrap();
    store.save_draft(by(Some("eva"), at(2)), fresh(), &draft, Expected::Revision(revision)).await.unwrap();
    let id = program_id(store).await;
    designer::publish(store, id, revision + 1, &[designer::choose("pay", choice)], at(3)).await
}

pub(crate) async fn a_publication_takes_waits_along(store: World) {
    let (tokens, contacts) = waiting(&store, 2).await;
    // The same wait, two days long, for another event.
    let longer = "  pay: { kind: wait_for_event, event: user.settled, timeout: 2d }\n";
    let done = publish(&store, longer, 0, Choice::Retime).await;
    assert_eq!(due_at(&store, tokens[0]).await, at(2 * DAY));
    ingest(&store, at(4), &[of(&store, contacts[0], "user.paid").await]).await;
    assert_eq!(due_at(&store, tokens[0]).await, at(2 * DAY));
    ingest(&store, at(5), &[of(&store, contacts[0], "user.settled").await]).await;
    assert_eq!((due_at(&store, tokens[0]).await, due_at(&store, tokens[1]).await), (at(5), at(2 * DAY)));
    let mut claim = store.claim(at(6), 500).await.unwrap();
    let loaded = claim.facts(&asks(&tokens[..1], &[]), at(6), usize::MAX).await.unwrap().unwrap();
    let awaiting = &loaded.awaited[&tokens[0]];
    assert_eq!((awaiting.until, awaiting.events.len()), (at(2 * DAY), 1));
    claim.rollback().await.unwrap();
    // Undone: they wait as before.
    let id = store.program_by_name(WS, &body().name).await.unwrap().id;
    store.undo_publication(act(at(7)), id, done.id).await.unwrap();
    ingest(&store, at(8), &[of(&store, contacts[1], "user.settled").await]).await;
    assert_eq!(due_at(&store, tokens[1]).await, at(DAY));
    ingest(&store, at(9), &[of(&store, contacts[1], "user.paid").await]).await;
    assert_eq!(due_at(&store, tokens[1]).await, at(9));
}

pub(crate) async fn who_is_moved_away_waits_no_more(store: World) {
    let (tokens, contacts) = waiting(&store, 1).await;
    let elsewhere =
        "  pay: { kind: wait_for_event, event: user.paid, timeout: 1d }\n  nap: { kind: wait, duration: 5d }\n";
    publish(&store, elsewhere, 0, Choice::Move { to: node("nap") }).await;
    assert_eq!(store.token(WS, tokens[0]).await.unwrap().node, node("nap"));
    // It is due for its arrival; nothing that comes changes when.
    store.raw(&format!("UPDATE token SET due_at = {}", at(DAY).timestamp_millis())).await;
    ingest(&store, at(9), &[of(&store, contacts[0], "user.paid").await]).await;
    assert_eq!((due_at(&store, tokens[0]).await, store.overlooked(at(9)).await.unwrap()), (at(DAY), 0));
}

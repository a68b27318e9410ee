//! Tokens that wait for a condition: found by whatever changes what is known of their contact.

use program::{ContactId, CountFact, EventType, Phase, Place, TokenId};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Claim, ContactWrite, Dialect, DueToken, NewEvent, NewToken, OpenWait, TokenState, Waits, Wanted};

use crate::{
    designer,
    races::blocked,
    waits::{asks, due_at, of, write},
    world::*,
};

const DAY: i64 = 86_400_000;

/// Waits a day until something holds.
pub(crate) fn body() -> program::Program {
    program::Program::parse(
        "stafette: 1\nname: rich\ntitle: Rich\nnodes:\n  joined: { kind: entry, event: user.joined, next: score }\n  \
         score: { kind: wait_for_condition, when: contact.score > 9, within: 1d }\n",
    )
    .unwrap()
}

fn open(token: &DueToken) -> OpenWait {
    let event = EventType::facts().unwrap().clone();
    OpenWait { workspace: WS, token: token.id, seq: 1, contact: token.contact, event, until: at(DAY) }
}

/// The claimed tokens begin to wait.
pub(crate) async fn begin(mut claim: store::Claim) {
    let waits = Waits { open: claim.tokens().iter().map(open).collect(), ..Waits::default() };
    let writes = claim.tokens().iter().map(|token| {
        let mut write = carry(token, at(0), TokenState::Ready { due_at: at(DAY) });
        write.place = Place { node: node("score"), phase: Phase::Due, seq: 1 };
        write
    });
    let writes = writes.collect();
    assert!(!claim.write_waits(&waits).await.unwrap());
    claim.commit(writes).await.unwrap();
}

async fn enter(store: &World, n: usize) -> (Vec<TokenId>, Vec<ContactId>) {
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
    let tokens = designer::enter(store, (put.id, put.version), n, at(0)).await;
    let mut contacts = Vec::new();
    for token in &tokens {
        contacts.push(store.token(WS, *token).await.unwrap().contact);
    }
    (tokens, contacts)
}

pub(crate) async fn whatever_happens_to_a_contact_makes_those_due_who_wait(store: World) {
    let (tokens, contacts) = enter(&store, 2).await;
    begin(store.claim(at(0), 500).await.unwrap()).await;
    assert!(store.routing(WS).await.unwrap().awaited.contains(EventType::facts().unwrap()));
    ingest(&store, at(5), &[of(&store, contacts[0], "user.left").await]).await;
    assert_eq!((due_at(&store, tokens[0]).await, due_at(&store, tokens[1]).await), (at(5), at(DAY)));
    assert_eq!(store.rows("candidate").await, 0);
    // Looked at, it rests on and is found again.
    let mut claim = store.claim(at(6), 500).await.unwrap();
    let token = claim.tokens()[0].clone();
    let loaded = claim.facts(&asks(&[token.id], &[]), at(6), usize::MAX).await.unwrap().unwrap();
    let awaiting = &loaded.awaited[&token.id];
    assert_eq!((awaiting.until, awaiting.events.len()), (at(DAY), 0));
    let waits = Waits { open: vec![open(&token)], looked: vec![(WS, token.id)], ..Waits::default() };
    claim.write_waits(&waits).await.unwrap();
    claim.commit(vec![write(&token, TokenState::Resting { due_at: at(DAY) })]).await.unwrap();
    assert_eq!(store.overlooked(at(7)).await.unwrap(), 0);
    ingest(&store, at(8), &[of(&store, contacts[0], "user.left").await]).await;
    assert_eq!(due_at(&store, token.id).await, at(8));
    // As if somebody had held it while the event came.
    store.raw(&format!("UPDATE token SET due_at = {}", at(DAY).timestamp_millis())).await;
    assert_eq!(store.overlooked(at(9)).await.unwrap(), 1);
}

/// A step of another token changes the contact; whether anybody was woken by that.
pub(crate) async fn change(store: &World, contact: ContactId, millis: i64) -> bool {
    let put = store.program_by_name(WS, &body().name).await.unwrap();
    let version = put.current.unwrap().id;
    let mut event = of(store, contact, "user.left").await;
    event.tokens = vec![NewToken { id: TokenId(id()), program: put.id, version, node: node("joined") }];
    ingest(store, at(millis), &[event]).await;
    // The event itself has made those due who wait.
    store
        .raw(&format!(
            "UPDATE token SET due_at = {} WHERE node = 'score'; UPDATE awaiting SET found = 0; DELETE FROM waking",
            at(DAY).timestamp_millis()
        ))
        .await;
    let mut claim = store.claim(at(millis), 500).await.unwrap();
    assert_eq!(claim.tokens().len(), 1);
    let wanted = Wanted { edits: [contact].into(), ..Wanted::default() };
    claim.facts(&wanted, at(millis), usize::MAX).await.unwrap().unwrap();
    let attributes = object(json!({ "score": 10 }));
    let edit = ContactWrite { workspace: WS, contact, attributes, edited: vec!["score".into()] };
    claim.edit_contacts(&[edit]).await.unwrap();
    let woken = claim.write_waits(&Waits::default()).await.unwrap();
    let writes = claim.tokens().iter().map(|token| write(token, TokenState::Done)).collect();
    claim.commit(writes).await.unwrap();
    woken
}

pub(crate) async fn a_step_that_changes_a_contact_makes_others_due(store: World) {
    let (tokens, contacts) = enter(&store, 2).await;
    begin(store.claim(at(0), 500).await.unwrap()).await;
    assert!(change(&store, contacts[0], 5).await);
    assert_eq!((due_at(&store, tokens[0]).await, due_at(&store, tokens[1]).await), (at(5), at(DAY)));
    // Of somebody for whom nobody waits.
    let other = accepted(&ingest(&store, at(6), &[event(by_external_id("else"), "user.seen")]).await[0]).1;
    assert!(!change(&store, other, 6).await);
}

pub(crate) async fn whoever_begins_to_wait_misses_nothing(store: World) {
    // The only writer of SQLite waits for everybody.
    if store.dialect() == Dialect::Sqlite {
        return;
    }
    let (tokens, contacts) = enter(&store, 1).await;
    let mut claim = store.claim(at(0), 500).await.unwrap();
    let wanted = Wanted { edits: [contacts[0]].into(), ..Wanted::default() };
    claim.facts(&wanted, at(0), usize::MAX).await.unwrap().unwrap();
    // It has looked and will wait; the event that comes now finds it, because it waits for the contact.
    let event = NewEvent { attributes: object(json!({ "score": 10 })), ..of(&store, contacts[0], "user.seen").await };
    let coming = {
        let store = store.clone();
        tokio::spawn(async move { ingest(&store, at(3), &[event]).await })
    };
    begin(claim).await;
    coming.await.unwrap();
    assert_eq!(due_at(&store, tokens[0]).await, at(3));
}

/// A claim takes its time before its locks. What is stored meanwhile is behind that time, and the claim is the last one that
/// looks for it.
pub(crate) async fn what_comes_between_a_claim_and_its_look_is_counted(store: World) {
    let (tokens, contacts) = enter(&store, 1).await;
    begin(store.claim(at(0), 500).await.unwrap()).await;
    let (token, contact) = (tokens[0], contacts[0]);
    let fact = CountFact { event: kind("user.seen"), within: "1h".parse().unwrap() };
    let wanted = Wanted { edits: [contact].into(), counts: vec![(contact, fact.clone())], ..asks(&[token], &[]) };
    let counted = async move |mut claim: Claim| {
        assert_eq!(claim.tokens().len(), 1);
        let loaded = claim.facts(&wanted, at(10), usize::MAX).await.unwrap().unwrap();
        assert!(loaded.awaited.contains_key(&token));
        claim.rollback().await.unwrap();
        loaded.counts[&(contact, fact.clone())]
    };
    ingest(&store, at(5), &[of(&store, contact, "user.seen").await]).await;
    assert_eq!(due_at(&store, token).await, at(5));
    // Before the claim: it waited for the only writer, or another node's clock is ahead.
    let later = NewEvent { occurred_at: at(20), ..of(&store, contact, "user.seen").await };
    ingest(&store, at(20), &[later]).await;
    assert_eq!(counted(store.claim(at(10), 500).await.unwrap()).await, 2);
    // The only writer of SQLite waits for everybody.
    if store.dialect() == Dialect::Sqlite {
        return;
    }
    // Between the claim and its look: whoever stores the event cannot make the token due, because the claim has it.
    let mut gate = PgConnection::connect(&store.url).await.unwrap();
    let mut admin = PgConnection::connect(&store.url).await.unwrap();
    gate.execute("BEGIN").await.unwrap();
    let lock = format!("SELECT 1 FROM awaiting WHERE token = '{}' FOR UPDATE", token.uuid());
    gate.execute(AssertSqlSafe(lock)).await.unwrap();
    let claim = store.claim(at(10), 500).await.unwrap();
    let third = NewEvent { occurred_at: at(30), ..of(&store, contact, "user.seen").await };
    let coming = {
        let store = store.clone();
        tokio::spawn(async move { ingest(&store, at(30), &[third]).await })
    };
    blocked(&mut admin, 1).await;
    let looking = counted(claim);
    let (n, ()) = tokio::join!(looking, async {
        blocked(&mut admin, 2).await;
        gate.execute("ROLLBACK").await.unwrap();
    });
    coming.await.unwrap();
    assert_eq!(n, 3);
}

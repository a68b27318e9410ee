//! Tokens that wait for a condition: found by whatever changes what is known of their contact.

use program::{ContactId, CountFact, EventType, Phase, Place, TokenId};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{
    Claim, ContactWrite, CrowdsAt, Dialect, DueToken, NewEvent, NewToken, OpenWait, TokenState, Waits, Wanted,
};

use crate::{
    designer,
    races::blocked,
    waits::{asks, due_at, of, write},
    world::*,
};

const DAY: i64 = 86_400_000;

/// Waits a day until something holds.
fn body() -> program::Program {
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
async fn begin(mut claim: store::Claim) {
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
async fn change(store: &World, contact: ContactId, millis: i64) -> bool {
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

/// As many as one transaction wakes.
const MOST: usize = 1_000;

/// So many tokens of one contact wait.
async fn crowd(store: &World, who: &str, n: usize) -> ContactId {
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
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
        begin(claim).await;
    }
}

pub(crate) async fn a_crowd_is_woken_in_batches(store: World) {
    let (crowded, few, most) = (crowd(&store, "crowd", MOST + 200).await, crowd(&store, "few", 3).await, MOST as i64);
    let due = async |contact: ContactId, millis: i64| {
        // Those of the few are told from the others by their contact.
        let other = if contact == few { crowded } else { few };
        let id = match store.dialect() {
            Dialect::Sqlite => format!("x'{}'", other.uuid().simple()),
            Dialect::Postgres => format!("'{other}'"),
        };
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
    assert!(!change(&store, crowded, 12).await);
    assert_eq!((noted().await, store.rows("waking").await), (0, 1));
    assert_eq!(store.wake_crowds(at(13), &mut place).await.unwrap(), Some(MOST as u64));
    // Where its contact is gone, nobody is left.
    store.raw("DELETE FROM contact; DELETE FROM awaiting").await;
    assert_eq!(store.wake_crowds(at(14), &mut place).await.unwrap(), Some(0));
    assert_eq!(store.wake_crowds(at(14), &mut place).await.unwrap(), None);
}

pub(crate) async fn crowds_of_one_batch_share_what_it_wakes(store: World) {
    let (first, second) = (crowd(&store, "first", MOST - 100).await, crowd(&store, "second", 200).await);
    ingest(&store, at(5), &[of(&store, first, "user.left").await, of(&store, second, "user.left").await]).await;
    let found = store.rows("awaiting WHERE found > 0").await;
    assert!(found == MOST as i64 - 100 || found == 200, "{found}");
    assert_eq!(store.rows("waking").await, 1);
    let mut place = CrowdsAt::default();
    assert!(store.wake_crowds(at(6), &mut place).await.unwrap() > Some(0));
    assert_eq!(store.rows("awaiting WHERE found = 0").await, 0);
}

/// However often there is news of the first hundred.
pub(crate) async fn each_crowd_has_its_turn(store: World) {
    let noted = |n: u32| {
        let id = format!("00000000-0000-7000-8000-{n:012x}");
        let literal = |id: &str| match store.dialect() {
            Dialect::Sqlite => format!("x'{}'", id.replace('-', "")),
            Dialect::Postgres => format!("'{id}'"),
        };
        format!("INSERT INTO waking (workspace, contact, again) VALUES ({0}, {0}, 0);", literal(&id))
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

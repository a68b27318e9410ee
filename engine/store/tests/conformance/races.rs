//! Waits for events beside what others do to the tokens: publications, stops, replays, test runs.

use program::{EventId, Phase, Place, TokenId};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{
    CatchUp, Choice, Claim, Dialect, FailedWait, IngestOutcome, NewTestRun, NewToken, OpenWait, TokenState,
    TokenStatus, Waits,
};

use crate::{
    designer,
    holding::release_all,
    test_runs,
    waits::{asks, body, due_at, of, open, program_id, publish, waiting, waiting_in, write},
    world::*,
};

const DAY: i64 = 86_400_000;

/// What came for a claimed token since it was looked at last.
async fn came(claim: &mut Claim, token: TokenId, millis: i64) -> Option<Vec<EventId>> {
    let loaded = claim.facts(&asks(&[token], &[]), at(millis), usize::MAX).await.unwrap().unwrap();
    loaded.awaited.get(&token).map(|awaiting| awaiting.events.clone())
}

/// Until so many sessions of this database wait for a lock.
pub(crate) async fn blocked(admin: &mut PgConnection, n: i64) {
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *admin).await.unwrap() < n {
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn a_publication_of_many_batches_and_events_meet(store: World) {
    meet(&store, true).await;
}

pub(crate) async fn they_meet_the_other_way_round(store: World) {
    meet(&store, false).await;
}

/// A publication moves the tokens of two versions, one batch after the other, while events come for both. The tokens of
/// the older version have the smaller ids, or the larger ones.
async fn meet(store: &World, old_first: bool) {
    // SQLite has one writer.
    if store.dialect() == Dialect::Sqlite {
        return;
    }
    let longer = |days: u32| format!("  pay: {{ kind: wait_for_event, event: user.paid, timeout: {days}d }}\n");
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
    let second = publish(store, &longer(2), 0, Choice::Stay).await;
    let live = store.program(WS, put.id).await.unwrap().current.unwrap().id;
    let (first, last) = if old_first { (put.version, live) } else { (live, put.version) };
    let (mut tokens, mut contacts) = waiting_in(store, (put.id, first), 2).await;
    let more = waiting_in(store, (put.id, last), 2).await;
    tokens.extend(more.0);
    contacts.extend(more.1);
    assert!(tokens.is_sorted());

    // Somebody has the last row, so the publication stops there, and the events stop behind it.
    let mut gate = PgConnection::connect(&store.url).await.unwrap();
    let mut admin = PgConnection::connect(&store.url).await.unwrap();
    gate.execute("BEGIN").await.unwrap();
    let lock = format!("SELECT 1 FROM awaiting WHERE token = '{}' FOR UPDATE", tokens[3].uuid());
    gate.execute(AssertSqlSafe(lock)).await.unwrap();
    let publishing = {
        let (store, text) = (store.clone(), longer(3));
        tokio::spawn(async move { publish(&store, &text, second.revision, Choice::Move { to: node("pay") }).await })
    };
    blocked(&mut admin, 1).await;
    let mut paid = Vec::new();
    for contact in &contacts {
        paid.push(of(store, *contact, "user.paid").await);
    }
    let coming = {
        let (store, routing) = (store.clone(), store.routing_revision(WS).await.unwrap());
        tokio::spawn(async move { store.ingest(WS, at(10), routing, &paid).await })
    };
    blocked(&mut admin, 2).await;
    gate.execute("ROLLBACK").await.unwrap();
    // Neither is in the other's way: the database had to end no circle.
    assert_eq!(publishing.await.unwrap().moved[0].tokens, 4);
    assert!(matches!(coming.await.unwrap(), Ok(IngestOutcome::Done(_))));
    let mut claim = store.claim(at(12), 500).await.unwrap();
    assert_eq!(claim.tokens().len(), 4);
    for token in tokens {
        assert_eq!(came(&mut claim, token, 12).await.unwrap().len(), 1);
    }
    claim.rollback().await.unwrap();
}

pub(crate) async fn a_stop_collects_what_comes(store: World) {
    let (tokens, contacts) = waiting(&store, 3).await;
    let id = program_id(&store).await;
    ingest(&store, at(1), &[of(&store, contacts[0], "user.paid").await]).await;
    store.stop_program(WS, id, at(2)).await.unwrap();
    while store.eject(WS, id, at(3)).await.unwrap() > 0 {}
    for token in &tokens {
        assert_eq!(store.token(WS, *token).await.unwrap().status, TokenStatus::Ejected);
    }
    // They are out, and what comes is kept for them.
    for contact in &contacts[..2] {
        ingest(&store, at(4), &[of(&store, *contact, "user.paid").await]).await;
    }
    assert_eq!((store.rows("candidate").await, store.overlooked(at(5)).await.unwrap()), (3, 0));
    assert_eq!(due_at(&store, tokens[1]).await, at(DAY));
    store.resume_program(WS, id, CatchUp::Run, at(6)).await.unwrap();
    release_all(&store, id, 6).await;
    store.overlooked(at(7)).await.unwrap();
    let mut claim = store.claim(at(8), 500).await.unwrap();
    let mut due: Vec<_> = claim.tokens().iter().map(|token| token.id).collect();
    due.sort();
    assert_eq!(due, tokens[..2]);
    assert_eq!(came(&mut claim, tokens[0], 8).await.unwrap().len(), 2);
    assert_eq!(came(&mut claim, tokens[1], 8).await.unwrap().len(), 1);
    claim.rollback().await.unwrap();
    assert_eq!(due_at(&store, tokens[2]).await, at(DAY));
}

pub(crate) async fn a_dead_letter_takes_its_wait_along(store: World) {
    let (tokens, contacts) = waiting(&store, 2).await;
    let paid = [of(&store, contacts[0], "user.paid").await];
    let first = accepted(&ingest(&store, at(1), &paid).await[0]).0;
    // It fails over what came.
    let mut claim = store.claim(at(2), 500).await.unwrap();
    let token = claim.tokens()[0].clone();
    assert_eq!(came(&mut claim, token.id, 2).await.unwrap(), [first]);
    let failed = vec![FailedWait { workspace: WS, token: token.id, seen: 1, seq: 2 }];
    claim.write_waits(&Waits { failed, ..Waits::default() }).await.unwrap();
    let mut letter = write(&token, TokenState::Failed { error: "it takes too long".into() });
    letter.place = Place { seq: 2, ..letter.place };
    claim.commit(vec![letter]).await.unwrap();
    // What comes meanwhile is kept for it, too, and nothing makes it due.
    let paid = [of(&store, contacts[0], "user.paid").await];
    let second = accepted(&ingest(&store, at(3), &paid).await[0]).0;
    assert_eq!(store.overlooked(at(4)).await.unwrap(), 0);
    // A replay in its version, and one in another that waits for the same.
    assert_eq!(store.replay_tokens(WS, &[token.id], at(5)).await.unwrap(), 1);
    let mut claim = store.claim(at(5), 500).await.unwrap();
    assert_eq!((claim.tokens().len(), claim.tokens()[0].place.seq), (1, 2));
    assert_eq!(came(&mut claim, token.id, 5).await.unwrap(), [first, second]);
    let failed = vec![FailedWait { workspace: WS, token: token.id, seen: 2, seq: 3 }];
    claim.write_waits(&Waits { failed, ..Waits::default() }).await.unwrap();
    let mut letter = write(&claim.tokens()[0], TokenState::Failed { error: "it takes too long".into() });
    letter.place = Place { seq: 3, ..letter.place };
    claim.commit(vec![letter]).await.unwrap();
    let settled = "  pay: { kind: wait_for_event, event: user.settled, timeout: 2d, as: payment }\n";
    publish(&store, settled, 0, Choice::Stay).await;
    assert_eq!(store.mend_tokens(WS, &[token.id], at(6)).await.unwrap().changed, 1);
    let paid = [of(&store, contacts[0], "user.settled").await, of(&store, contacts[0], "user.paid").await];
    let third = accepted(&ingest(&store, at(7), &paid).await[0]).0;
    let mut claim = store.claim(at(7), 500).await.unwrap();
    assert_eq!((claim.tokens().len(), claim.tokens()[0].place.seq), (1, 4));
    assert_eq!(claim.tokens()[0].place.phase, Phase::Due);
    let loaded = claim.facts(&asks(&[token.id], &[]), at(7), usize::MAX).await.unwrap().unwrap();
    let awaiting = &loaded.awaited[&token.id];
    // It waits as long as it did, for what the version names; whoever steps it passes over the others.
    assert_eq!((awaiting.until, &awaiting.events), (at(DAY), &vec![first, second, third]));
    assert_eq!(loaded.events[&first].event, kind("user.paid"));
    claim.rollback().await.unwrap();
    // The other one was left alone.
    assert_eq!(due_at(&store, tokens[1]).await, at(DAY));
}

pub(crate) async fn a_wait_of_a_test_run_ends_and_goes(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
    let answers = ingest(&store, at(0), &[event(by_external_id("ida"), "user.joined")]).await;
    let contact = accepted(&answers[0]).1;
    store.set_test_contact(WS, contact, true, at(0)).await.unwrap();
    let run = test_runs::run(put.id, 0);
    let version = program::VersionId(id());
    let new = NewTestRun { run: &run, body: &body(), version: (version, 1), contacts: &[contact] };
    store.start_test_run(WS, &new).await.unwrap();
    let says = |name: &str, tokens: Vec<NewToken>| {
        let mut event = event(by_external_id("ida"), name);
        event.tokens = tokens;
        event
    };
    let send = async |millis: i64, events: Vec<store::NewEvent>| {
        let routing = store.routing(run.id).await.unwrap();
        assert_eq!(routing.awaited, [kind("user.paid")].into());
        match store.ingest(run.id, at(millis), routing.revision, &events).await.unwrap() {
            IngestOutcome::Done(answers) => answers,
            IngestOutcome::StaleRouting => panic!("stale routing"),
        }
    };
    let tokens: Vec<_> = (0..2).map(|_| TokenId(id())).collect();
    let enters = |token: &TokenId| {
        says("user.joined", vec![NewToken { id: *token, program: put.id, version, node: node("joined") }])
    };
    send(1, tokens.iter().map(enters).collect()).await;
    let mut claim = store.claim(at(1), 500).await.unwrap();
    let open = claim.tokens().iter().map(|token| OpenWait { workspace: run.id, ..open(token, 1) });
    let waits = Waits { open: open.collect(), ..Waits::default() };
    let writes = claim.tokens().iter().map(|token| {
        let mut write = write(token, TokenState::Ready { due_at: at(DAY) });
        write.place = Place { node: node("pay"), phase: Phase::Due, seq: 1 };
        write
    });
    let writes = writes.collect();
    claim.write_waits(&waits).await.unwrap();
    claim.commit(writes).await.unwrap();

    // Somebody skips a wait: it is over at that time, and what came before it still counts.
    assert_eq!(store.skip_waits(run.id, &tokens[..1], at(2)).await.unwrap(), 1);
    let paid = accepted(&send(3, vec![says("user.paid", Vec::new())]).await[0]).0;
    // Whom the event has made due has no wait left to skip.
    assert_eq!(store.skip_waits(run.id, &tokens, at(4)).await.unwrap(), 0);
    let mut claim = store.claim(at(4), 500).await.unwrap();
    let loaded = claim.facts(&asks(&tokens, &[]), at(4), usize::MAX).await.unwrap().unwrap();
    let (skipped, other) = (&loaded.awaited[&tokens[0]], &loaded.awaited[&tokens[1]]);
    assert_eq!((skipped.until, &skipped.events), (at(2), &vec![paid]));
    assert_eq!((other.until, &other.events), (at(DAY), &vec![paid]));
    let joined = vec![(run.id, tokens[0], "payment".to_owned(), paid)];
    claim.write_waits(&Waits { joined, ..Waits::default() }).await.unwrap();
    claim.commit(Vec::new()).await.unwrap();

    // Nothing of it is left, and nobody else loses anything.
    let live = designer::enter(&store, (put.id, put.version), 1, at(5)).await;
    let rows = async || (store.rows("awaiting").await, store.rows("candidate").await, store.rows("joined").await);
    assert_eq!(rows().await, (2, 2, 1));
    store.clear_test_run(run.id).await.unwrap();
    assert_eq!(rows().await, (0, 0, 0));
    assert!(store.token(run.id, tokens[0]).await.is_err() && store.token(WS, live[0]).await.is_ok());
}

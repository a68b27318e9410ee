//! Test runs, and what goes when it is old.

use program::{Phase, Place, TokenId, VersionId};
use store::{
    CrowdsAt, IngestOutcome, Keep, NewTestRun, NewToken, OpenWait, Settle, Settlement, TestRun, TokenState, Waits,
};

use super::{at_each_statement, until_done};
use crate::{
    crowds::literal,
    outbox::lease,
    test_runs,
    waits::{body, due_at, of, open, waiting_in, write},
    world::*,
};

const DAY: i64 = 86_400_000;
/// So long that it is kept in pieces.
const LONG: usize = 300 << 10;

pub(crate) async fn what_is_old_goes_once(store: World) {
    here(pruned(store));
}

async fn pruned(store: World) {
    // A mail that went out, with all that led to it.
    let prepare = async |_| {
        queue(&store, "hold", 1).await;
        let one = lease(&store, 0, 10).await.remove(0);
        let outcome = Settlement::Inbox { raw: vec![7; LONG], subject: "Hello".into(), sender: "s@example.com".into() };
        store.settle(at(1), &[], &[Settle { id: one.id, attempt: one.attempt, outcome }]).await.unwrap();
        store.raw("UPDATE node_count SET slot = 1 WHERE slot <> 0").await;
    };
    let week = "7d".parse().unwrap();
    let keep = Keep { trace: week, events: week, messages: week, inbox: week, audit: week };
    at_each_statement(&store, prepare, async |()| {
        let first = store.prune(at(10 * DAY), keep, 100).await.unwrap();
        let second = store.prune(at(10 * DAY), keep, 100).await.unwrap();
        let mut left = Vec::new();
        for table in ["token", "message", "event", "inbox_mail", "piece", "participation", "trace"] {
            left.push(store.rows(table).await);
        }
        (first, second, left)
    })
    .await;
    assert_eq!(store.rows("piece").await, 0);
}

pub(crate) async fn what_is_tried_is_tried_once(store: World) {
    here(tried(store));
}

async fn tried(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
    let contact = accepted(&ingest(&store, at(0), &[event(by_external_id("ida"), "user.joined")]).await[0]).1;
    store.set_test_contact(WS, contact, true, at(0)).await.unwrap();
    let prepare = async |_| test_runs::run(put.id, 0);
    at_each_statement(&store, prepare, async |run: TestRun| {
        let (version, token) = (VersionId(id()), TokenId(id()));
        let new = NewTestRun { run: &run, body: &body(), version: (version, 1), contacts: &[contact] };
        store.start_test_run(WS, &new).await.unwrap();
        let mut joins = event(by_external_id("ida"), "user.joined");
        joins.tokens = vec![NewToken { id: token, program: put.id, version, node: node("joined") }];
        let (routing, events) = (store.routing(run.id).await.unwrap(), [joins]);
        let sent = until_done(|| store.ingest(run.id, at(1), routing.revision, &events)).await;
        assert!(matches!(sent, IngestOutcome::Done(_)));
        let rested = until_done(|| async {
            let mut claim = store.claim(at(1), 500).await?;
            let opens = claim.tokens().iter().map(|token| OpenWait { workspace: run.id, ..open(token, 1) });
            let waits = Waits { open: opens.collect(), ..Waits::default() };
            let writes = claim.tokens().iter().map(|token| {
                let mut write = write(token, TokenState::Ready { due_at: at(DAY) });
                write.place = Place { node: node("pay"), phase: Phase::Due, seq: 1 };
                write
            });
            let writes: Vec<_> = writes.collect();
            let n = writes.len();
            claim.write_waits(&waits).await?;
            claim.commit(writes).await?;
            Ok(n)
        })
        .await;
        let skipped = store.skip_waits(run.id, &[token], at(2)).await.unwrap();
        let (traced, due) =
            (store.trace(run.id, token).await.unwrap().len(), store.token(run.id, token).await.unwrap().due_at);
        let listed = store.test_runs(WS, put.id).await.unwrap().len();
        store.clear_test_run(run.id).await.unwrap();
        let left = (store.rows("awaiting").await, store.rows("token").await, store.rows("test_run").await);
        (rested, skipped, traced, due, listed, left)
    })
    .await;
}

pub(crate) async fn crowds_are_told_once(store: World) {
    here(told(store));
}

async fn told(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &body(), true).await.unwrap();
    // Somebody who waits for an event that was left to the duty, and whose conditions there is news of.
    let prepare = async |_| {
        let (tokens, contacts) = waiting_in(&store, (put.id, put.version), 1).await;
        let came = accepted(&ingest(&store, at(1), &[of(&store, contacts[0], "user.left").await]).await[0]).0;
        let (ws, contact, came) =
            (literal(&store, WS.uuid()), literal(&store, contacts[0].uuid()), literal(&store, came.uuid()));
        let event = format!(
            "INSERT INTO crowd_event (workspace, contact, event, number, came) VALUES ({ws}, {contact}, 'user.paid', 1, {came})"
        );
        let crowd =
            format!("INSERT INTO crowd (workspace, contact, event, noted) VALUES ({ws}, {contact}, 'user.paid', 1)");
        store
            .raw(&format!(
                "{crowd}; {event}; INSERT INTO waking (workspace, contact, again) VALUES ({ws}, {contact}, 0)"
            ))
            .await;
        tokens[0]
    };
    at_each_statement(&store, prepare, async |token| {
        let woken = store.wake_crowds(at(2), &mut CrowdsAt::default()).await.unwrap();
        let (noted, news) = (store.rows("crowd_event").await, store.rows("waking").await);
        let own = store.rows(&format!("candidate WHERE token = {}", literal(&store, token.uuid()))).await;
        (woken, noted, news, own, due_at(&store, token).await)
    })
    .await;
}

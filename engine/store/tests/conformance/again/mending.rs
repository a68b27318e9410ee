//! Dead letters that are tried again, what nobody went on with, and queues.

use program::{ProgramName, TokenId};
use store::{Blame, ContactWrite, Leased, ProgramState, Resolution, Settle, Settlement, TokenState, Waits, Wanted};

use super::{at_each_statement, definitions::pays, until_done};
use crate::{
    outbox::{CLASS, lease, status, unknown},
    waits::{due_at, of, waiting_in, write},
    world::*,
};

const DAY: i64 = 86_400_000;

fn settle(leased: &Leased, outcome: Settlement) -> Settle {
    Settle { id: leased.id, attempt: leased.attempt, outcome }
}

pub(crate) async fn what_is_mended_is_mended_once(store: World) {
    here(mended(store));
}

async fn mended(store: World) {
    // One that failed where it waited, with a newer version that waits there, too.
    let prepare = async |n| {
        let name = format!("pays-{n}");
        let put = store.put_program(act(at(0)), fresh(), &pays(&name, 1), true).await.unwrap();
        let (tokens, _) = waiting_in(&store, (put.id, put.version), 2).await;
        let claim = store.claim_exactly(at(DAY), &tokens).await.unwrap();
        let failed = || TokenState::Failed { error: "out of luck".into() };
        let writes = claim.tokens().iter().map(|token| write(token, failed())).collect();
        claim.commit(writes).await.unwrap();
        store.put_program(act(at(DAY)), fresh(), &pays(&name, 3), true).await.unwrap();
        (put.id, tokens)
    };
    at_each_statement(&store, prepare, async |(id, tokens)| {
        let followed =
            "awaiting AS a JOIN token AS t ON t.workspace = a.workspace AND t.id = a.token WHERE t.seq = a.seq";
        let before = store.rows(followed).await;
        let mended = store.mend_tokens(WS, &tokens, at(DAY + 1)).await.unwrap();
        let again = store.mend_tokens(WS, &tokens, at(DAY + 1)).await.unwrap();
        let traced = store.trace(WS, tokens[0]).await.unwrap().len();
        let token = store.token(WS, tokens[0]).await.unwrap();
        let failed = counts(&store, id).await.remove("pay").map(|pay| pay.failed);
        let followed = store.rows(followed).await - before;
        ((mended.changed, again.changed, again.left.len()), traced, (token.seq, token.status), failed, followed)
    })
    .await;

    // All that was there before is over.
    let prepare = async |_| {
        let (_, ids) = queue(&store, "hold", 3).await;
        let leased = lease(&store, 10, 500).await;
        let failed = |one: &Leased| settle(one, Settlement::Failed { reason: "unknown filter".into() });
        let settles: Vec<_> = leased.iter().map(failed).collect();
        store.settle(at(11), &[], &settles).await.unwrap();
        ids
    };
    at_each_statement(&store, prepare, async |ids| {
        let replayed = store.replay_messages(WS, &ids[..2], at(1)).await.unwrap();
        let again = store.replay_messages(WS, &ids[..2], at(1)).await.unwrap();
        let mended = store.mend_messages(WS, &ids[1..], at(2)).await.unwrap();
        let states = [status(&store, ids[0]).await, status(&store, ids[1]).await, status(&store, ids[2]).await];
        (replayed, again, mended.changed, mended.left.len(), states)
    })
    .await;

    let prepare = async |_| {
        queue(&store, "hold", 1).await;
        let leased = lease(&store, 10, 500).await;
        store.settle(at(11), &[], &leased.iter().map(unknown).collect::<Vec<_>>()).await.unwrap();
        leased[0].id
    };
    at_each_statement(&store, prepare, async |id| {
        let resolved = store.resolve_unknown(WS, &[id], Resolution::Resend, at(2)).await.unwrap();
        (resolved, store.resolve_unknown(WS, &[id], Resolution::Resend, at(2)).await.unwrap(), status(&store, id).await)
    })
    .await;
}

pub(crate) async fn what_nobody_went_on_with_is_found_once(store: World) {
    here(found(store));
}

async fn found(store: World) {
    // Each lease of a node of its own, so that only that one is given back.
    let prepare = async |n: u64| {
        let (_, ids) = queue(&store, "hold", 2).await;
        let node = format!("boot-{n}");
        let leased = store.lease_messages(at(0), at(100), &node, CLASS, 500).await.unwrap();
        assert_eq!(leased.len(), 2);
        (node, ids[0])
    };
    at_each_statement(&store, prepare, async |(node, id)| {
        let given = store.give_back_messages(&node, at(100), at(50)).await.unwrap();
        let again = store.give_back_messages(&node, at(100), at(50)).await.unwrap();
        let message = store.message(WS, id).await.unwrap();
        (given, again, message.status, message.due_at)
    })
    .await;

    // As if somebody had held the token while its event came.
    let prepare = async |n: u64| {
        let name = format!("overlooked-{n}");
        let put = store.put_program(act(at(0)), fresh(), &pays(&name, 1), true).await.unwrap();
        let (tokens, contacts) = waiting_in(&store, (put.id, put.version), 1).await;
        let came = at(1_000 + n.cast_signed());
        ingest(&store, came, &[of(&store, contacts[0], "user.paid").await]).await;
        let (late, came) = (at(DAY).timestamp_millis(), came.timestamp_millis());
        store.raw(&format!("UPDATE token SET due_at = {late} WHERE due_at = {came}")).await;
        tokens[0]
    };
    at_each_statement(&store, prepare, async |token: TokenId| {
        let found = store.overlooked(at(2)).await.unwrap();
        (found, store.overlooked(at(2)).await.unwrap(), due_at(&store, token).await)
    })
    .await;

    let prepare = async |_| start(&store, at(0), 1).await;
    at_each_statement(&store, prepare, async |started| {
        let (tokens, contact) = (started.tokens, started.contacts[0]);
        let attributes = object(serde_json::json!({ "tier": "gold" }));
        until_done(|| async {
            let mut claim = store.claim_exactly(at(0), &tokens).await?;
            let wanted = Wanted { edits: [contact].into(), ..Wanted::default() };
            claim.facts(&wanted, at(0), usize::MAX).await?;
            let (attributes, edited) = (attributes.clone(), vec!["tier".into()]);
            claim.edit_contacts(&[ContactWrite { workspace: WS, contact, attributes, edited }]).await?;
            claim.write_waits(&Waits::default()).await?;
            let writes = claim.tokens().iter().map(|token| carry(token, at(0), TokenState::Done)).collect();
            claim.commit(writes).await
        })
        .await;
        store.set_test_contact(WS, contact, true, at(1)).await.unwrap();
        let contact = store.contact(WS, contact).await.unwrap();
        (contact.attributes, contact.test, store.trace(WS, tokens[0]).await.unwrap().len())
    })
    .await;
}

pub(crate) async fn what_operators_say_is_done_once(store: World) {
    here(operated(store));
}

async fn operated(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let prepare = async |n: u64| {
        let mut program = welcome();
        program.name = ProgramName::new(&format!("welcome-{n}")).unwrap();
        store.put_program(act(at(0)), fresh(), &program, false).await.unwrap()
    };
    at_each_statement(&store, prepare, async |put| {
        let state = async || store.program(WS, put.id).await.unwrap().state;
        store.publish(WS, put.id, put.version, at(1)).await.unwrap();
        let live = (state().await, store.program(WS, put.id).await.unwrap().current.map(|current| current.number));
        store.finish_program(WS, put.id, at(2)).await.unwrap();
        let finishing = state().await;
        store.archive(WS, put.id, at(3)).await.unwrap();
        store.unarchive(WS, put.id, at(4)).await.unwrap();
        assert_eq!((finishing, state().await), (ProgramState::Finishing, ProgramState::Paused));
        live
    })
    .await;

    let prepare = async |_| {
        queue(&store, "hold", 3).await;
        let leased = lease(&store, 10, 500).await;
        let retry = |blame, one| settle(one, Settlement::Retry { blame, reason: "connection refused".into() });
        let blames = [Blame::Relay { again: Some(at(90_000)) }, Blame::Relay { again: None }, Blame::Mail];
        let settles: Vec<_> = blames.into_iter().zip(&leased).map(|(blame, one)| retry(blame, one)).collect();
        store.settle(at(11), &[], &settles).await.unwrap();
        assert_eq!(leased.len(), 3);
    };
    at_each_statement(&store, prepare, async |()| {
        store.hold_queue(CLASS, at(12)).await.unwrap();
        let held = store.queue_orders(CLASS).await.unwrap().0;
        store.release_queue(CLASS, at(13)).await.unwrap();
        let back = store.relay_is_back(CLASS).await.unwrap();
        let flushed = store.flush_queue(CLASS, at(14)).await.unwrap();
        let orders = store.queue_orders(CLASS).await.unwrap();
        let over = store.expire_messages(CLASS, "connection refused".into(), at(49 * 3_600_000)).await.unwrap();
        (held, back, flushed, orders, over)
    })
    .await;
}

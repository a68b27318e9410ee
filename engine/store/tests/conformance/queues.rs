//! Queues and the relays that they lead to: held, flushed, given up and back.

use std::time::Duration;

use program::StreamClass;
use store::{Blame, Leased, MessageStatus, Settle, Settlement};

use crate::{outbox::lease, world::*};

const CLASS: StreamClass = StreamClass::Operational;

pub(crate) async fn an_operator_holds_and_flushes(store: World) {
    let (_, ids) = queue(&store, "hold", 3).await;
    let held = lease(&store, 0, 1).await.remove(0);
    store.hold_queue(CLASS, at(1)).await.unwrap();
    store.hold_queue(CLASS, at(2)).await.unwrap();
    assert_eq!(store.queue_orders(CLASS).await.unwrap(), (Some(at(1)), None));
    assert_eq!(store.queue_orders(StreamClass::Marketing).await.unwrap(), (None, None));
    // Neither a lease nor the mark of what was leased before.
    assert!(lease(&store, 2, 10).await.is_empty());
    assert_eq!(store.next_message_due(CLASS, at(2)).await.unwrap(), None);
    assert!(store.settle(at(2), &[(held.id, held.attempt)], &[]).await.unwrap().marked.is_empty());
    let message = store.message(WS, held.id).await.unwrap();
    assert_eq!(
        (message.status, message.reason.as_ref().map(ToString::to_string).as_deref()),
        (MessageStatus::Queued, Some("an operator holds the queue"))
    );
    let queues = store.queues(at(5)).await.unwrap();
    assert_eq!((queues[0].class, queues[0].waiting, queues[0].put_off), (CLASS, 3, 1));
    assert_eq!((queues[0].oldest, queues[1].oldest), (Some(at(0)), None));
    store.release_queue(CLASS, at(6)).await.unwrap();
    let leased = lease(&store, 6, 10).await;
    assert_eq!(leased.len(), 3);
    let retry = |leased: &Leased| {
        let outcome = Settlement::Retry { blame: Blame::Mail, reason: "451 later".into() };
        Settle { id: leased.id, attempt: leased.attempt, outcome }
    };
    store.settle(at(7), &[], &leased.iter().map(retry).collect::<Vec<_>>()).await.unwrap();
    assert!(lease(&store, 8, 10).await.is_empty());
    // Put off is not forgotten: its age counts from the first time.
    assert_eq!(store.oldest_message(CLASS, at(8)).await.unwrap(), Some(at(0)));
    assert_eq!(store.flush_queue(CLASS, at(8)).await.unwrap(), 3);
    assert_eq!(lease(&store, 8, 10).await.len(), 3);
    assert_eq!(store.queue_orders(CLASS).await.unwrap(), (None, Some(at(8))));
    assert_eq!(ids.len(), 3);
}

pub(crate) async fn what_waited_for_its_relay_is_due_at_once(store: World) {
    queue(&store, "hold", 3).await;
    let leased = lease(&store, 0, 10).await;
    let settle = |leased: &Leased, blame| {
        let outcome = Settlement::Retry { blame, reason: "connection refused".into() };
        Settle { id: leased.id, attempt: leased.attempt, outcome }
    };
    let parked = Blame::Relay { again: Some(at(90_000)) };
    let settles =
        [settle(&leased[0], parked), settle(&leased[1], Blame::Relay { again: None }), settle(&leased[2], Blame::Mail)];
    store.settle(at(1), &[], &settles).await.unwrap();
    // It is not forgotten when it was due first, however often it is parked.
    let kept = lease(&store, 2, 10).await;
    assert_eq!(kept.iter().map(|message| message.id).collect::<Vec<_>>(), [leased[1].id]);
    assert_eq!(store.relay_is_back(CLASS).await.unwrap(), 1);
    let back = lease(&store, 3, 10).await;
    assert_eq!(
        back.iter().map(|message| (message.id, message.due_at, message.tries)).collect::<Vec<_>>(),
        [(leased[0].id, at(0), 0)]
    );
    store
        .settle(at(4), &[], &[settle(&back[0], parked), settle(&kept[0], Blame::Relay { again: None })])
        .await
        .unwrap();
    let hours = 49 * 3_600_000;
    assert_eq!(store.expire_messages(CLASS, "connection refused".into(), at(hours)).await.unwrap(), 3);
    for message in &leased {
        let dead = store.message(WS, message.id).await.unwrap();
        assert_eq!(
            dead.reason.as_ref().map(ToString::to_string).as_deref(),
            Some("expired after 48 h; the last reply: connection refused")
        );
    }
}

pub(crate) async fn nodes_tell_what_they_see_of_relays(store: World) {
    store.heartbeat("boot-1", at(0), Duration::from_secs(9)).await.unwrap();
    let seen = |node: &str, cause: &str| store::RelaySeen {
        class: CLASS,
        node: node.into(),
        server: "mx.example:25".into(),
        state: "open".into(),
        cause: cause.into(),
        since: at(1),
        next: Some(at(16)),
    };
    for (node, cause) in [("boot-1", "refused"), ("boot-1", "535 no"), ("dead", "refused")] {
        store.relay_seen(&seen(node, cause)).await.unwrap();
    }
    assert_eq!(store.relays_seen(at(2)).await.unwrap(), [seen("boot-1", "535 no")]);
    store.relay_well("boot-1", CLASS).await.unwrap();
    assert!(store.relays_seen(at(2)).await.unwrap().is_empty());
    assert_eq!(store.installation("public_url").await.unwrap(), None);
    for url in ["https://a.example", "https://b.example"] {
        store.set_installation("public_url", url).await.unwrap();
        assert_eq!(store.installation("public_url").await.unwrap().as_deref(), Some(url));
    }
}

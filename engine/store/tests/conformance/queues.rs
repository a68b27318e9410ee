//! Queues and the relays that they lead to: held, flushed, given up and back.

use std::time::Duration;

use program::StreamClass;
use store::{
    Blame, CallEnd, CallFilter, CallStatus, CatchUp, Keep, Leased, MessageStatus, Paging, QueueName, RelaySeen, Settle,
    Settlement,
};

use crate::{
    calls::{self, A, DAY, ask, end},
    holding::{enter, live},
    outbox::lease,
    world::*,
};

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
    assert_eq!((queues[0].name, queues[0].waiting, queues[0].put_off), (CLASS.into(), 3, 1));
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

pub(crate) async fn an_operator_holds_and_flushes_calls(store: World) {
    const CALLS: QueueName = QueueName::Calls;
    start(&store, at(0), 3).await;
    ask(&store, 0, A).await;
    let begun = calls::lease(&store, 0, A, 1).await.remove(0);
    store.hold_queue(CALLS, at(1)).await.unwrap();
    store.hold_queue(CALLS, at(2)).await.unwrap();
    assert_eq!(store.queue_orders(CALLS).await.unwrap(), (Some(at(1)), None));
    assert_eq!(store.queue_orders(CLASS).await.unwrap(), (None, None));
    // Nobody is there to be called, and nobody is called who was seen before.
    assert!(store.call_hosts("", 10).await.unwrap().hosts.is_empty());
    assert!(calls::lease(&store, 2, A, 10).await.is_empty());
    // What is being called goes on.
    let retry = || CallEnd::Retry { reason: "the server answered with status 500".into(), after: None };
    assert_eq!(end(&store, 3, &begun, retry(), Some(500)).await, Some(CallStatus::Queued));
    let queues = store.queues(at(5)).await.unwrap();
    let names: Vec<_> = queues.iter().map(|queue| queue.name).collect();
    assert_eq!(names, [CLASS.into(), StreamClass::Marketing.into(), CALLS]);
    let queue = &queues[2];
    assert_eq!((queue.waiting, queue.put_off, queue.oldest), (3, 1, Some(at(0))));
    assert_eq!((queue.held_at, queue.flushed_at, queues[0].waiting), (Some(at(1)), None, 0));

    store.release_queue(CALLS, at(6)).await.unwrap();
    assert_eq!(store.call_hosts("", 10).await.unwrap().hosts, [(A.to_owned(), at(0))]);
    let leased = calls::lease(&store, 6, A, 10).await;
    assert_eq!(leased.len(), 2, "the third has its pause");
    for call in &leased {
        assert_eq!(end(&store, 7, call, retry(), Some(500)).await, Some(CallStatus::Queued));
    }
    assert!(calls::lease(&store, 8, A, 10).await.is_empty());
    assert_eq!(store.flush_queue(CALLS, at(8)).await.unwrap(), 3);
    assert_eq!(store.queue_orders(CALLS).await.unwrap(), (None, Some(at(8))));
    assert_eq!(store.call_hosts("", 10).await.unwrap().flushed_at, Some(at(8)));
    let flushed = calls::lease(&store, 8, A, 10).await;
    assert_eq!(flushed.iter().map(|call| (call.due_at, call.tries)).collect::<Vec<_>>(), [(at(0), 1); 3]);
}

pub(crate) async fn a_flush_leaves_spread_calls_spread(store: World) {
    let put = live(&store).await;
    enter(&store, &put, 0, 2).await;
    assert_eq!(ask(&store, 1, A).await.len(), 2);
    store.pause_program(WS, put.id, at(2)).await.unwrap();
    assert!(calls::lease(&store, 3, A, 10).await.is_empty());
    let spread = CatchUp::Spread { over: "1h".parse().unwrap() };
    store.resume_program(WS, put.id, spread, at(4)).await.unwrap();
    while store.release(WS, put.id, at(4)).await.unwrap().more {}
    assert_eq!(store.flush_queue(QueueName::Calls, at(5)).await.unwrap(), 0);
    assert_eq!(calls::lease(&store, 5, A, 10).await.len(), 1, "the other one has its time");
}

pub(crate) async fn what_is_held_for_a_day_is_not_called_any_more(store: World) {
    start(&store, at(0), 1).await;
    ask(&store, 0, A).await;
    store.hold_queue(QueueName::Calls, at(1)).await.unwrap();
    assert_eq!(store.expire_calls(at(86_400_001), DAY).await.unwrap(), 1);
    let call = store.calls(WS, &CallFilter::default(), &Paging::default()).await.unwrap().items.remove(0);
    let why = "called for 24 h in vain; the last time: an operator holds the queue";
    assert_eq!((call.state, call.reason.unwrap().to_string().as_str()), (CallStatus::Failed, why));
}

pub(crate) async fn nodes_tell_which_hosts_they_leave_alone(store: World) {
    store.heartbeat("boot-1", at(0), Duration::from_secs(9)).await.unwrap();
    let seen = |node: &str, host: &str, next: i64| RelaySeen {
        queue: QueueName::Calls,
        node: node.into(),
        server: host.into(),
        state: "open".into(),
        cause: "the server answered with status 503".into(),
        since: at(1),
        next: Some(at(next)),
    };
    for (node, host, next) in [("boot-1", "b:443", 9), ("boot-1", A, 16), ("boot-1", "b:443", 20), ("dead", A, 16)] {
        store.relay_seen(&seen(node, host, next)).await.unwrap();
    }
    let relay = RelaySeen { queue: CLASS.into(), ..seen("boot-1", "mx.example:25", 16) };
    store.relay_seen(&relay).await.unwrap();
    let all = [relay.clone(), seen("boot-1", A, 16), seen("boot-1", "b:443", 20)];
    assert_eq!(store.relays_seen(at(2)).await.unwrap(), all);
    // When its time is over a host is tried carefully.
    let tried = RelaySeen { state: "half_open".into(), next: None, ..seen("boot-1", A, 16) };
    assert_eq!(store.relays_seen(at(16)).await.unwrap()[1], tried);
    store.host_well("boot-1", A).await.unwrap();
    assert_eq!(store.relays_seen(at(2)).await.unwrap(), [relay, seen("boot-1", "b:443", 20)]);
    // What a node saw goes with it, also if another one comes by that name.
    let long = "90d".parse().unwrap();
    let keep = Keep { trace: long, events: long, messages: long, inbox: long, audit: long };
    store.prune(at(2), keep, 10).await.unwrap();
    store.heartbeat("dead", at(2), Duration::from_secs(9)).await.unwrap();
    assert_eq!(store.relays_seen(at(2)).await.unwrap().len(), 2);
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
    let seen = |node: &str, cause: &str| RelaySeen {
        queue: CLASS.into(),
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

//! Messages go out.

use std::{collections::HashSet, time::Duration};

use program::{MessageId, StreamClass};
use store::{
    Blame, Leased, MessageFilter, MessageStatus, NewMessage, Paging, Rescued, Resolution, Settle, Settlement,
    TokenState,
};

use crate::world::*;

pub(crate) const CLASS: StreamClass = StreamClass::Operational;
/// Behind the first pause.
pub(crate) const LATER: i64 = 100_000;

pub(crate) async fn lease(store: &World, millis: i64, limit: u32) -> Vec<Leased> {
    store.lease_messages(at(millis), at(millis + 100), "boot-1", CLASS, limit).await.unwrap()
}

pub(crate) fn sent(leased: &Leased) -> Settle {
    let outcome = Settlement::Sent { reply: "250 ok".into(), subject: "Hello".into() };
    Settle { id: leased.id, attempt: leased.attempt, outcome }
}

pub(crate) fn unknown(leased: &Leased) -> Settle {
    let outcome = Settlement::Unknown { reason: "cut after DATA".into() };
    Settle { id: leased.id, attempt: leased.attempt, outcome }
}

pub(crate) async fn status(store: &World, id: MessageId) -> MessageStatus {
    store.message(WS, id).await.unwrap().status
}

pub(crate) async fn a_message_goes_out(store: World) {
    let (started, ids) = queue(&store, "hold", 2).await;
    assert_eq!(store.next_message_due(CLASS, at(0)).await.unwrap(), Some(at(0)));
    assert_eq!(store.next_message_due(StreamClass::Marketing, at(0)).await.unwrap(), None);
    assert!(lease(&store, -1, 10).await.is_empty());
    let leased = lease(&store, 0, 10).await;
    assert_eq!(leased.len(), 2);
    let one = &leased[0];
    assert_eq!((one.workspace, one.attempt, one.recipient.as_str()), (WS, 1, "Ann@example.com"));
    assert!(started.contacts.contains(&one.contact.id));
    assert_eq!(store.version::<program::Stream>(WS, one.stream_version).await.unwrap(), stream("welcome", "hold"));
    assert_eq!(one.event.event, kind("user.joined"));
    assert_eq!(status(&store, one.id).await, MessageStatus::Leased);

    let marks: Vec<_> = leased.iter().map(|leased| (leased.id, leased.attempt)).collect();
    let settled = store.settle(at(1), &marks, &[]).await.unwrap();
    assert_eq!(settled.marked, ids.iter().map(|id| (*id, 1)).collect::<HashSet<_>>());
    assert_eq!(status(&store, one.id).await, MessageStatus::HandingOver);
    // One transaction settles the last batch and marks the next.
    let settled = store.settle(at(2), &[marks[1]], &[sent(one)]).await.unwrap();
    assert_eq!((settled.marked.len(), settled.settled.len()), (1, 1));
    let message = store.message(WS, one.id).await.unwrap();
    assert_eq!((message.status, message.settled_at), (MessageStatus::Sent, Some(at(2))));
    assert_eq!((message.subject.as_deref(), message.reply.as_deref()), (Some("Hello"), Some("250 ok")));
    assert_eq!(counts(&store, started.program).await["hello"].sent, 1);
}

/// Also where nobody was there to hand it over.
pub(crate) async fn what_waited_too_long_is_over(store: World) {
    const TWO_DAYS: i64 = 48 * 3_600_000;
    let (_, ids) = queue(&store, "hold", 4).await;
    assert_eq!(lease(&store, TWO_DAYS, 1).await.len(), 1);
    // One after the other, until there is none, so that they are in nobody's way.
    assert!(lease(&store, TWO_DAYS + 1, 1).await.is_empty());
    let mut states = Vec::new();
    for id in &ids {
        let message = store.message(WS, *id).await.unwrap();
        if message.status == MessageStatus::Failed {
            let reason = message.reason.unwrap();
            assert!(reason.to_string().contains("48"), "{reason}");
            assert_eq!((message.settled_at, message.hand_overs), (Some(at(TWO_DAYS + 1)), 0));
        }
        states.push(message.status);
    }
    states.sort_by_key(|status| *status == MessageStatus::Leased);
    assert_eq!(states, [[MessageStatus::Failed; 3].as_slice(), &[MessageStatus::Leased]].concat());
    // An operator who wants it all the same says so.
    let failed = store.messages(WS, &MessageFilter::default(), &Paging::default()).await.unwrap().items;
    let failed = failed.iter().find(|message| message.status == MessageStatus::Failed).unwrap();
    assert_eq!(store.replay_messages(WS, &[failed.id], at(TWO_DAYS + 2)).await.unwrap(), 1);
    assert_eq!(lease(&store, TWO_DAYS + 2, 1).await.len(), 1);
}

pub(crate) async fn a_lease_loads_so_much_and_no_more(store: World) {
    let (started, ids) = queue(&store, "hold", 5).await;
    for contact in &started.contacts {
        let who = store.contact(WS, *contact).await.unwrap().external_id.unwrap();
        let mut said = event(by_external_id(&who), "order.placed");
        said.attributes = object(serde_json::json!({ "note": "x".repeat(1_000) }));
        ingest(&store, at(0), &[said]).await;
    }
    let mut gone = HashSet::new();
    // Less than one brings: it goes out alone.
    for (most, leased) in [(2_500, 2), (500, 1), (2_500, 2)] {
        assert_eq!(store.next_message_due(CLASS, at(0)).await.unwrap(), Some(at(0)));
        let took = store.lease_messages_within(most, at(0), at(100), "boot-1", CLASS, 100).await.unwrap();
        assert_eq!(took.len(), leased);
        // Who was not taken along has not used up an attempt.
        assert!(took.iter().all(|message| message.attempt == 1 && gone.insert(message.id)));
        for id in ids.iter().filter(|id| !gone.contains(*id)) {
            assert_eq!(status(&store, *id).await, MessageStatus::Queued);
        }
    }
    assert_eq!((gone, store.next_message_due(CLASS, at(0)).await.unwrap()), (ids.into_iter().collect(), None));
}

pub(crate) async fn settling_is_fenced(store: World) {
    queue(&store, "hold", 1).await;
    let first = lease(&store, 0, 10).await.remove(0);
    let retry = Settlement::Retry { blame: Blame::Mail, reason: "451 later".into() };
    store.settle(at(1), &[], &[Settle { outcome: retry, ..sent(&first) }]).await.unwrap();
    let second = lease(&store, LATER, 10).await.remove(0);
    assert_eq!(second.attempt, 2);
    // Who still holds the first attempt can neither mark nor settle.
    let late = store.settle(at(11), &[(first.id, 1)], &[sent(&first)]).await.unwrap();
    assert!(late.marked.is_empty() && late.settled.is_empty());
    let good = store.settle(at(11), &[(second.id, 2)], &[sent(&second)]).await.unwrap();
    assert_eq!((good.marked.len(), good.settled.len()), (1, 1));
    // Settled is settled.
    let again = store.settle(at(12), &[(second.id, 2)], &[sent(&second)]).await.unwrap();
    assert!(again.marked.is_empty() && again.settled.is_empty());
}

pub(crate) async fn a_retry_comes_back(store: World) {
    let (_, ids) = queue(&store, "hold", 1).await;
    let leased = lease(&store, 0, 10).await.remove(0);
    let retry = Settlement::Retry { blame: Blame::Mail, reason: "451 later".into() };
    store.settle(at(1), &[], &[Settle { outcome: retry, ..sent(&leased) }]).await.unwrap();
    let due = store.next_message_due(CLASS, at(0)).await.unwrap().unwrap();
    assert!(at(48_001) <= due && due <= at(72_001), "about a minute: {due}");
    assert!(lease(&store, 48_000, 10).await.is_empty());
    let leased = lease(&store, LATER, 10).await.remove(0);
    assert_eq!(leased.tries, 1);
    let failed = Settlement::Failed { reason: "550 no such user".into() };
    store.settle(at(LATER + 1), &[], &[Settle { outcome: failed, ..sent(&leased) }]).await.unwrap();
    assert_eq!(
        store.message(WS, ids[0]).await.unwrap().reason.as_ref().map(ToString::to_string).as_deref(),
        Some("550 no such user")
    );
    assert_eq!(store.replay_messages(WS, &ids, at(LATER + 20)).await.unwrap(), 1);
    assert_eq!(lease(&store, LATER + 20, 10).await[0].message_id, leased.message_id);
}

pub(crate) async fn the_inbox_keeps_mails(store: World) {
    queue(&store, "hold", 2).await;
    let leased = lease(&store, 0, 10).await;
    let raw = b"Subject: Hello\r\n\r\n\xff\x00".to_vec();
    let settle = |leased: &Leased, attempt| {
        let outcome = Settlement::Inbox { raw: raw.clone(), subject: "Hello".into(), sender: "s@example.com".into() };
        Settle { id: leased.id, attempt, outcome }
    };
    // One is fenced off: it must not appear in the inbox either.
    store.settle(at(1), &[], &[settle(&leased[0], 1), settle(&leased[1], 9)]).await.unwrap();
    assert_eq!(status(&store, leased[0].id).await, MessageStatus::Sent);
    let page = store.inbox(WS, Some("ann@EXAMPLE.com"), &Paging::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!((page.items[0].size, page.items[0].received_at), (raw.len() as u64, at(1)));
    assert_eq!(store.inbox_mail(WS, leased[0].id).await.unwrap().raw, raw);
    assert!(store.inbox(WS, Some("bob@example.com"), &Paging::default()).await.unwrap().items.is_empty());
}

pub(crate) async fn rescue_follows_the_policy(store: World) {
    for (policy, status_after, unknown) in [
        ("hold", MessageStatus::Unknown, Rescued { requeued: 1, unknown: 1, resent: 0, skipped: 0 }),
        ("resend", MessageStatus::Queued, Rescued { requeued: 1, unknown: 1, resent: 1, skipped: 0 }),
        ("skip", MessageStatus::Skipped, Rescued { requeued: 1, unknown: 1, resent: 0, skipped: 1 }),
    ] {
        let (_, ids) = queue(&store, policy, 2).await;
        let leased = lease(&store, 0, 10).await;
        assert_eq!(leased.len(), 2);
        store.settle(at(0), &[(ids[0], leased[0].attempt)], &[]).await.unwrap();
        // The node never said that it lives, so its lease is worth nothing.
        assert_eq!(store.rescue(at(1)).await.unwrap(), unknown, "{policy}");
        let begun = store.message(WS, ids[0]).await.unwrap();
        assert_eq!((begun.status, begun.unknown_at), (status_after, Some(at(1))), "{policy}");
        assert_eq!(status(&store, ids[1]).await, MessageStatus::Queued);
        // What was begun waits as long as what was refused.
        assert_eq!(lease(&store, 1, 10).await.len(), 1, "{policy}");
        assert_eq!(store.rescue(at(102)).await.unwrap().requeued, 1);
        // Clear the table for the next policy.
        let again = lease(&store, LATER, 10).await;
        store.settle(at(LATER + 2), &[], &again.iter().map(sent).collect::<Vec<_>>()).await.unwrap();
    }
    let filter = MessageFilter { outcome_unknown: true, ..MessageFilter::default() };
    assert_eq!(store.messages(WS, &filter, &Paging::default()).await.unwrap().items.len(), 3);
    assert_eq!(store.rescue(at(9)).await.unwrap(), Rescued::default());
}

pub(crate) async fn a_live_node_keeps_its_lease(store: World) {
    let (_, ids) = queue(&store, "hold", 1).await;
    store.heartbeat("boot-1", at(0), Duration::from_millis(50)).await.unwrap();
    store.heartbeat("boot-2", at(0), Duration::from_millis(500)).await.unwrap();
    assert_eq!(store.live_nodes(at(50)).await.unwrap(), ["boot-1", "boot-2"]);
    lease(&store, 0, 10).await;
    assert_eq!(store.rescue(at(50)).await.unwrap().requeued, 0);
    // It is dead from 51 on; its lease would end at 100.
    assert_eq!(store.rescue(at(51)).await.unwrap().requeued, 1);
    assert_eq!(lease(&store, 51, 10).await.len(), 1);
    store.heartbeat("boot-1", at(51), Duration::from_secs(9)).await.unwrap();
    assert_eq!(store.rescue(at(151)).await.unwrap().requeued, 0);
    assert_eq!(store.rescue(at(152)).await.unwrap().requeued, 1);
    // The second time it waits a little.
    assert_eq!(lease(&store, 152, 10).await.len(), 0);
    assert_eq!(lease(&store, 1_000, 10).await.len(), 1);
    store.leave("boot-1").await.unwrap();
    assert_eq!(store.rescue(at(1_001)).await.unwrap().requeued, 1);
    store.forget_nodes().await.unwrap();
    assert!(store.live_nodes(at(0)).await.unwrap().is_empty());
    assert_eq!(store.message(WS, ids[0]).await.unwrap().attempt, 3);
}

pub(crate) async fn a_lease_in_doubt_is_given_back(store: World) {
    let (_, ids) = queue(&store, "hold", 2).await;
    let taken = lease(&store, 0, 10).await;
    let until = at(100);
    store.settle(at(1), &[(taken[0].id, taken[0].attempt)], &[]).await.unwrap();
    for (node, until, given) in
        [("boot-2", until, 0), ("boot-1", at(101), 0), ("boot-1", until, 1), ("boot-1", until, 0)]
    {
        assert_eq!(store.give_back_messages(node, until, at(2)).await.unwrap(), given, "{node}");
    }
    // The one that is being handed over stays, and who had the other one meanwhile is fenced off.
    let again = lease(&store, 2, 10).await;
    assert_eq!((again.len(), again[0].id, again[0].attempt), (1, taken[1].id, 2));
    let marked = store.settle(at(3), &[(taken[1].id, taken[1].attempt)], &[]).await.unwrap().marked;
    assert!(marked.is_empty());
    assert_eq!(ids.len(), 2);
}

pub(crate) async fn leases_do_not_overlap(store: World) {
    queue(&store, "hold", 200).await;
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                loop {
                    let leased = lease(&store, 0, 15).await;
                    if leased.is_empty() {
                        return seen;
                    }
                    assert!(leased.len() <= 15);
                    store.settle(at(1), &[], &leased.iter().map(sent).collect::<Vec<_>>()).await.unwrap();
                    seen.extend(leased.into_iter().map(|leased| leased.id));
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    for node in nodes {
        seen.extend(node.await.unwrap());
    }
    assert_eq!((seen.len(), seen.iter().collect::<HashSet<_>>().len()), (200, 200));
}

pub(crate) async fn an_operator_resolves(store: World) {
    let (started, ids) = queue(&store, "hold", 2).await;
    let leased = lease(&store, 0, 10).await;
    store.settle(at(1), &[], &leased.iter().map(unknown).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(status(&store, ids[0]).await, MessageStatus::Unknown);
    assert_eq!(store.resolve_unknown(WS, &ids[..1], Resolution::Resend, at(2)).await.unwrap(), 1);
    assert_eq!(store.resolve_unknown(WS, &ids, Resolution::Skip, at(2)).await.unwrap(), 1);
    assert_eq!(status(&store, ids[0]).await, MessageStatus::Queued);
    assert_eq!(status(&store, ids[1]).await, MessageStatus::Skipped);
    assert_eq!(store.message(WS, ids[0]).await.unwrap().unknown_at, Some(at(1)));
    assert_eq!(counts(&store, started.program).await["hello"].sent, 1);
}

/// The bound does not hang on who brings a message back: the mark itself refuses.
pub(crate) async fn a_mark_is_refused_beyond_the_bounds(store: World) {
    let (_, ids) = queue(&store, "resend", 1).await;
    let due = at(0).timestamp_millis();
    for (set, reason) in [
        ("hand_overs = 40", "handed over 40 times, and no mail is handed over more often; the last reply: 451 later"),
        ("unknowns = 3", "handed over 3 times without knowing what became of it; the last time: 451 later"),
    ] {
        store.raw(&format!("UPDATE message SET state = 'queued', due_at = {due}, reason = '451 later', {set}")).await;
        let leased = lease(&store, 0, 10).await.remove(0);
        let marked = store.settle(at(1), &[(leased.id, leased.attempt)], &[]).await.unwrap().marked;
        assert!(marked.is_empty(), "{set}");
        let dead = store.message(WS, ids[0]).await.unwrap();
        assert_eq!(
            (dead.status, dead.reason.as_ref().map(ToString::to_string).as_deref()),
            (MessageStatus::Failed, Some(reason))
        );
        // What an operator grants is enough for the mark, and the count goes on.
        store.replay_messages(WS, &ids, at(2)).await.unwrap();
        let again = lease(&store, 2, 10).await.remove(0);
        let mark = [(again.id, again.attempt)];
        assert_eq!(store.settle(at(3), &mark, &[]).await.unwrap().marked.len(), 1, "{set}");
        let before = store.message(WS, ids[0]).await.unwrap().hand_overs;
        assert_eq!(store.settle(at(3), &mark, &[]).await.unwrap().marked.len(), 1, "a mark that is written again");
        assert_eq!(store.message(WS, ids[0]).await.unwrap().hand_overs, before, "counts once");
        store.raw("UPDATE message SET extra = 0, hand_overs = 0, unknowns = 0").await;
    }
}

pub(crate) async fn consent_is_asked_at_the_mark_and_at_the_inbox(store: World) {
    let (started, ids) = queue(&store, "hold", 2).await;
    store.raw("UPDATE message SET class = 'marketing'").await;
    store.raw("UPDATE contact SET opt_in = TRUE").await;
    let lease =
        async |now| store.lease_messages(at(now), at(now + 100), "boot-1", StreamClass::Marketing, 10).await.unwrap();
    let leased = lease(0).await;
    store.raw("UPDATE contact SET opt_in = FALSE").await;
    let inbox = Settlement::Inbox { raw: b"x".to_vec(), subject: "x".into(), sender: "s@example.com".into() };
    let settle = Settle { id: leased[1].id, attempt: leased[1].attempt, outcome: inbox };
    let settled = store.settle(at(1), &[(leased[0].id, leased[0].attempt)], &[settle]).await.unwrap();
    assert!(settled.marked.is_empty() && settled.settled.is_empty());
    for id in ids {
        let message = store.message(WS, id).await.unwrap();
        assert_eq!(message.status, MessageStatus::Blocked);
        assert_eq!(
            message.reason.as_ref().map(ToString::to_string).as_deref(),
            Some("marketing mail, and the contact has not opted in")
        );
        assert_eq!((message.settled_at, message.hand_overs), (Some(at(1)), 0));
    }
    assert!(store.inbox(WS, None, &Paging::default()).await.unwrap().items.is_empty());
    assert!(!counts(&store, started.program).await.contains_key("hello"));
}

pub(crate) async fn a_step_may_ask_for_several_messages(store: World) {
    let put = store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let started = start(&store, at(0), 1).await;
    let with = async |places: [u32; 2]| {
        let claim = store.claim(at(0), 1).await.unwrap();
        let token = claim.tokens()[0].clone();
        let mut write = carry(&token, at(0), TokenState::Done);
        write.messages = places.map(|n| NewMessage { n, ..message(&token, 1, put.version, at(0)) }).into();
        let ids = write.messages.iter().map(|message| message.id).collect::<Vec<_>>();
        claim.commit(vec![write]).await.map(|()| ids)
    };
    assert!(with([1, 1]).await.is_err(), "an effect has one message");
    let ids = with([0, 2]).await.unwrap();
    let of = MessageFilter { contact: Some(started.contacts[0]), ..MessageFilter::default() };
    for filter in [MessageFilter::default(), of] {
        let found = store.messages(WS, &filter, &Paging::default()).await.unwrap().items;
        let mut found: Vec<_> = found.into_iter().map(|message| (message.seq, message.n, message.id)).collect();
        found.sort_unstable();
        assert_eq!(found, [(1, 0, ids[0]), (1, 2, ids[1])]);
    }
    assert_eq!(store.message(WS, ids[1]).await.unwrap().n, 2);
    let leased = store.lease_messages(at(1), at(100), "boot-1", StreamClass::Operational, 10).await.unwrap();
    assert_eq!(leased.len(), 2);
}

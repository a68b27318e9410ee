//! The gate before DATA, and how long mail is tried.

use std::time::Duration;

use program::StreamClass;
use store::{Bounds, MessageStatus, Settle, Settlement};

use crate::{
    holding::{live, mails_by},
    world::*,
};

/// What was decided between lease and mark stands on the message, on its way to a relay and into the inbox alike.
pub(crate) async fn the_gate_says_why(store: World) {
    let put = live(&store).await;
    let class = StreamClass::Marketing;
    for (forbids, allows, status, reason) in [
        (
            "UPDATE contact SET opt_in = FALSE",
            "UPDATE contact SET opt_in = TRUE",
            MessageStatus::Blocked,
            "marketing mail, and the contact has not opted in",
        ),
        (
            "UPDATE contact SET opt_in = NULL",
            "UPDATE contact SET opt_in = TRUE",
            MessageStatus::Blocked,
            "marketing mail, and the contact has not opted in",
        ),
        (
            "UPDATE queue SET held_at = 1 WHERE class = 'marketing'",
            "UPDATE queue SET held_at = NULL",
            MessageStatus::Queued,
            "an operator holds the queue",
        ),
        (
            "UPDATE program SET state = 'paused', holds = 'held'",
            "UPDATE program SET state = 'live', holds = NULL",
            MessageStatus::Held,
            "its program is paused or stopped",
        ),
        (
            "UPDATE program SET state = 'stopped', holds = 'ejected'",
            "UPDATE program SET state = 'live', holds = NULL",
            MessageStatus::Held,
            "its program is paused or stopped",
        ),
    ] {
        let ids = mails_by(&store, &put, "hold", 3).await;
        for statement in ["UPDATE message SET class = 'marketing' WHERE state = 'queued'", allows] {
            store.raw(statement).await;
        }
        store.raw("UPDATE contact SET opt_in = TRUE").await;
        let leased = store.lease_messages(at(2_000), at(9_000), "boot-1", class, 10).await.unwrap();
        assert_eq!(leased.len(), ids.len(), "{forbids}");
        let fence = |n: usize| (leased[n].id, leased[n].attempt);
        // One goes before anybody decides.
        assert!(store.settle(at(2_001), &[fence(0)], &[]).await.unwrap().marked.contains(&fence(0)), "{forbids}");
        store.raw(forbids).await;
        let outcome = Settlement::Inbox { raw: b"x".into(), subject: "x".into(), sender: "s@example.com".into() };
        let inbox = Settle { id: leased[2].id, attempt: leased[2].attempt, outcome };
        let settled = store.settle(at(2_002), &[fence(1)], &[inbox]).await.unwrap();
        assert!(settled.marked.is_empty() && settled.settled.is_empty(), "{forbids}");
        for refused in &leased[1..] {
            let message = store.message(WS, refused.id).await.unwrap();
            assert_eq!(
                (message.status, message.reason.as_ref().map(ToString::to_string).as_deref()),
                (status, Some(reason)),
                "{forbids}"
            );
            assert_eq!(message.hand_overs, 0, "{forbids}");
        }
        let gone = store.message(WS, leased[0].id).await.unwrap();
        assert_eq!((gone.status, gone.hand_overs), (MessageStatus::HandingOver, 1), "{forbids}");
        store.raw(allows).await;
        store.raw("UPDATE message SET state = 'skipped', handing = FALSE").await;
    }
}

pub(crate) async fn each_class_has_its_time(store: World) {
    let hours = |n: u64| Duration::from_secs(n * 3_600);
    assert_eq!(Bounds::default(), Bounds { operational: hours(48), marketing: hours(24) });
    for (class, word, hours) in
        [(StreamClass::Operational, "operational", 48), (StreamClass::Marketing, "marketing", 24)]
    {
        let (_, ids) = queue(&store, "hold", 2).await;
        store.raw(&format!("UPDATE message SET class = '{word}' WHERE state = 'queued'")).await;
        store.raw("UPDATE contact SET opt_in = TRUE").await;
        let end = hours * 3_600_000;
        let lease = async |now| store.lease_messages(at(now), at(now + 100), "boot-1", class, 1).await.unwrap().len();
        assert_eq!((lease(end).await, lease(end + 1).await), (1, 0), "{word}");
        let mut over = 0;
        for id in ids {
            let message = store.message(WS, id).await.unwrap();
            if message.status == MessageStatus::Failed {
                over += 1;
                let reason = message.reason.unwrap();
                assert!(reason.to_string().starts_with(&format!("expired after {hours} h")), "{word}: {reason}");
            }
        }
        assert_eq!(over, 1, "{word}");
    }
}

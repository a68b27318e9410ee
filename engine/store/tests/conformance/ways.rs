//! Ways back into the queue: however many there are, a message is handed over only so often.

use program::{MessageId, ProgramId};
use store::{Blame, CatchUp, Leased, MessageStatus, Resolution, Settle, Settlement};

use crate::{
    holding::{live, mails_by, release_all},
    outbox::{CLASS, LATER, lease, status, unknown},
    world::*,
};

/// The ways from a lease back into the queue by which nobody says that the outcome is unknown.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The database was away.
    House,
    /// The relay takes nothing; the message keeps its place.
    Relay,
    /// The same, and others are tried first until the relay is back.
    Parked,
    /// The relay did not want this mail now, and an operator does not wait for its time.
    Flushed,
    /// The answer to the lease was lost.
    Given,
    /// Its node died before the mark.
    Rescued,
    /// An operator holds the queue before the mark, and lets it go.
    Held,
    /// The program is paused before the mark, and resumed.
    Paused,
    /// The program is paused behind the mark, and resumed when the next lease has set the message aside.
    PausedAmid,
}

const WAYS: [Way; 9] = [
    Way::House,
    Way::Given,
    Way::Relay,
    Way::Rescued,
    Way::Parked,
    Way::Held,
    Way::Flushed,
    Way::Paused,
    Way::PausedAmid,
];

impl Way {
    /// Before the mark: what was leased is not marked then.
    async fn before(self, store: &World, program: ProgramId, leased: &Leased, now: i64) {
        match self {
            Way::Given => assert_eq!(store.give_back_messages("boot-1", at(now + 100), at(now)).await.unwrap(), 1),
            Way::Rescued => assert_eq!(store.rescue(at(now)).await.unwrap().requeued, 1),
            Way::Held => store.hold_queue(CLASS, at(now)).await.unwrap(),
            Way::Paused => assert_eq!(store.pause_program(WS, program, at(now)).await.unwrap(), 0),
            _ => return,
        }
        let mark = [(leased.id, leased.attempt)];
        assert!(store.settle(at(now), &mark, &[]).await.unwrap().marked.is_empty(), "{self:?}");
        match self {
            Way::Held => store.release_queue(CLASS, at(now)).await.unwrap(),
            Way::Paused => resume(store, program, Some(leased.id), now).await,
            _ => {}
        }
    }

    /// Behind the mark.
    async fn behind(self, store: &World, program: ProgramId, leased: &Leased, now: i64) {
        if matches!(self, Way::PausedAmid) {
            assert_eq!(store.pause_program(WS, program, at(now)).await.unwrap(), 1, "it is being handed over");
        }
        let blame = match self {
            Way::Relay => Blame::Relay { again: None },
            Way::Parked => Blame::Relay { again: Some(at(now + LATER)) },
            Way::Flushed => Blame::Mail,
            _ => Blame::House,
        };
        let outcome = Settlement::Retry { blame, reason: "451".into() };
        store.settle(at(now), &[], &[Settle { id: leased.id, attempt: leased.attempt, outcome }]).await.unwrap();
        let waits = status(store, leased.id).await == MessageStatus::Queued;
        match self {
            Way::Parked => assert_eq!(store.relay_is_back(CLASS).await.unwrap(), u64::from(waits)),
            Way::Flushed => assert_eq!(store.flush_queue(CLASS, at(now)).await.unwrap(), u64::from(waits)),
            Way::PausedAmid => {
                assert!(lease(store, now + LATER, 10).await.is_empty());
                resume(store, program, waits.then_some(leased.id), now).await;
            }
            _ => {}
        }
    }
}

/// Lets a paused program go on, which holds this message or nothing.
async fn resume(store: &World, program: ProgramId, held: Option<MessageId>, now: i64) {
    if let Some(message) = held {
        assert_eq!(status(store, message).await, MessageStatus::Held);
    }
    store.resume_program(WS, program, CatchUp::Run, at(now)).await.unwrap();
    assert_eq!(release_all(store, program, now).await.messages, u64::from(held.is_some()));
    if let Some(message) = held {
        assert_eq!(status(store, message).await, MessageStatus::Queued);
    }
}

/// Leases, marks and brings back the only message in all ways, over and over, until it is a dead letter; says how often it
/// was marked.
async fn marks_until_the_end(store: &World, program: ProgramId, id: MessageId, now: &mut i64) -> usize {
    let (mut marks, mut ways) = (0, WAYS.iter().cycle());
    for _ in 0..500 {
        if status(store, id).await == MessageStatus::Failed {
            return marks;
        }
        let Some(leased) = lease(store, *now, 10).await.pop() else {
            *now += 60_000;
            continue;
        };
        let way = *ways.next().unwrap();
        way.before(store, program, &leased, *now).await;
        let marked = store.settle(at(*now), &[(leased.id, leased.attempt)], &[]).await.unwrap().marked.len();
        marks += marked;
        if marked > 0 {
            way.behind(store, program, &leased, *now).await;
        }
        *now += 10;
    }
    panic!("it does not end: {:?}", store.message(WS, id).await.unwrap());
}

/// Every way back to the queue, over and over: no message is marked more often than the bound, and than an operator
/// grants.
pub(crate) async fn no_way_back_is_without_end(store: World) {
    let put = live(&store).await;
    let ids = mails_by(&store, &put, "resend", 1).await;
    let mut now = 1_000;
    assert_eq!(marks_until_the_end(&store, put.id, ids[0], &mut now).await, 40);
    let dead = store.message(WS, ids[0]).await.unwrap();
    assert!(dead.reason.as_ref().is_some_and(|why| why.to_string().starts_with("handed over 40 times")), "{dead:?}");
    assert_eq!(store.replay_messages(WS, &ids, at(now)).await.unwrap(), 1);
    assert_eq!(marks_until_the_end(&store, put.id, ids[0], &mut now).await, 3);
    assert_eq!(store.mend_messages(WS, &ids, at(now)).await.unwrap().changed, 1);
    assert_eq!(marks_until_the_end(&store, put.id, ids[0], &mut now).await, 3);
    assert_eq!(store.message(WS, ids[0]).await.unwrap().hand_overs, 46);
}

/// Whoever says that an outcome is unknown, the third time is the last; what an operator resolves is marked as often as
/// any other in all its life.
pub(crate) async fn no_way_back_from_the_unknown_is_without_end(store: World) {
    let put = live(&store).await;
    let ids = mails_by(&store, &put, "resend", 1).await;
    let (mut now, mut marks) = (1_000, 0);
    while status(&store, ids[0]).await != MessageStatus::Failed {
        let Some(leased) = lease(&store, now, 10).await.pop() else {
            now += 60_000;
            continue;
        };
        marks += store.settle(at(now), &[(leased.id, leased.attempt)], &[]).await.unwrap().marked.len();
        assert!(marks < 10, "it does not end");
        if marks % 2 == 1 {
            // Its node died between mark and reply.
            assert_eq!(store.rescue(at(now)).await.unwrap().unknown, 1);
        } else {
            store.settle(at(now), &[], &[unknown(&leased)]).await.unwrap();
        }
        store.flush_queue(CLASS, at(now)).await.unwrap();
    }
    let dead = store.message(WS, ids[0]).await.unwrap();
    assert_eq!((marks, dead.unknowns, dead.hand_overs), (3, 3, 3));

    let kept = mails_by(&store, &put, "hold", 1).await;
    let leased = lease(&store, now, 10).await.remove(0);
    assert_eq!(store.settle(at(now), &[(leased.id, leased.attempt)], &[]).await.unwrap().marked.len(), 1);
    store.settle(at(now), &[], &[unknown(&leased)]).await.unwrap();
    assert_eq!(store.resolve_unknown(WS, &kept, Resolution::Resend, at(now)).await.unwrap(), 1);
    assert_eq!(marks_until_the_end(&store, put.id, kept[0], &mut now).await, 39);
}

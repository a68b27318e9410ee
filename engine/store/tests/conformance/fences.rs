//! What a node leased and lost is its own no more, whatever it writes of it.

use std::collections::{HashMap, HashSet};

use program::Reason;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::{Blame, CallEnd, CallStatus, Dialect, MessageStatus, Resolution, Settle, SettleCall, Settlement};

use crate::{
    calls::{self, A, DAY, ask},
    outbox::{LATER, lease, sent, status, unknown},
    races::blocked,
    world::*,
};

/// A node whose database was away may write a former attempt together with the one that it leased since.
pub(crate) async fn two_attempts_in_one_call(store: World) {
    queue(&store, "hold", 1).await;
    let first = lease(&store, 0, 10).await.remove(0);
    assert_eq!(store.give_back_messages("boot-1", at(100), at(1)).await.unwrap(), 1);
    let second = lease(&store, 2, 10).await.remove(0);
    assert_eq!((first.id, second.attempt), (second.id, 2));
    let marks = [(first.id, 1), (first.id, 2)];
    let marked = store.settle(at(3), &marks, &[]).await.unwrap().marked;
    assert_eq!(marked, HashSet::from([(first.id, 2)]), "the former one may not be sent");
    // What becomes of the former one neither hides nor changes what becomes of this one.
    let retry = Settlement::Retry { blame: Blame::House, reason: Reason::LeaseOver };
    let late = Settle { outcome: retry, ..sent(&first) };
    let cut = store.settle(at(4), &[], &[late.clone(), unknown(&second)]).await.unwrap().settled;
    assert_eq!(cut, HashMap::from([((first.id, 2), MessageStatus::Unknown)]));
    assert_eq!(store.resolve_unknown(WS, &[first.id], Resolution::Resend, at(5)).await.unwrap(), 1);
    let third = lease(&store, LATER, 10).await.remove(0);
    let good = store.settle(at(LATER), &[], &[late, sent(&third)]).await.unwrap().settled;
    assert_eq!(good, HashMap::from([((first.id, 3), MessageStatus::Sent)]));
}

/// The same of calls.
pub(crate) async fn two_attempts_of_a_call_in_one_call(store: World) {
    start(&store, at(0), 1).await;
    ask(&store, 0, A).await;
    let first = calls::lease(&store, 0, A, 1).await.remove(0);
    assert_eq!(store.give_back_calls("boot-1", at(100), at(1)).await.unwrap(), 1);
    let second = calls::lease(&store, 1, A, 1).await.remove(0);
    let settle = |call: &store::LeasedCall, end| SettleCall { call: call.clone(), end, status: None, answer: None };
    let failed = CallEnd::Failed { reason: "gone".into() };
    let both = [settle(&first, failed), settle(&second, CallEnd::Answered)];
    let settled = store.settle_calls(at(2), DAY, &both).await.unwrap();
    assert_eq!(settled, HashMap::from([((first.id, 2), CallStatus::Answered)]));
}

/// A lease in doubt is given back while its node, which has it after all, writes a mark.
pub(crate) async fn what_is_marked_meanwhile_is_not_given_back(store: World) {
    // SQLite has one writer.
    if store.dialect() == Dialect::Sqlite {
        return;
    }
    queue(&store, "hold", 2).await;
    let taken = lease(&store, 0, 10).await;
    let mut marking = PgConnection::connect(&store.url).await.unwrap();
    let mut admin = PgConnection::connect(&store.url).await.unwrap();
    marking.execute("BEGIN").await.unwrap();
    let mark = format!("UPDATE message SET handing = TRUE, hand_overs = 1 WHERE id = '{}'", taken[0].id.uuid());
    marking.execute(AssertSqlSafe(mark)).await.unwrap();
    let giving = {
        let store = store.clone();
        tokio::spawn(async move { store.give_back_messages("boot-1", at(100), at(1)).await.unwrap() })
    };
    blocked(&mut admin, 1).await;
    marking.execute("COMMIT").await.unwrap();
    assert_eq!(giving.await.unwrap(), 1);
    assert_eq!(status(&store, taken[0].id).await, MessageStatus::HandingOver);
    assert_eq!(status(&store, taken[1].id).await, MessageStatus::Queued);
}

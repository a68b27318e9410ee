//! Calls of other people's servers.

use store::{CallEnd, CallFilter, Paging};

use super::at_each_statement;
use crate::{
    calls::{A, DAY, ask, end, lease},
    waits::due_at,
    world::*,
};

pub(crate) async fn what_is_called_is_called_once(store: World) {
    here(called(store));
}

async fn called(store: World) {
    // Nobody is in its way: what was called before is over.
    let prepare = async |_| {
        let started = start(&store, at(0), 1).await;
        assert_eq!(ask(&store, 0, A).await.len(), 1);
        started.tokens[0]
    };
    let state = async |token| {
        let of = CallFilter { token: Some(token), ..CallFilter::default() };
        let call = store.calls(WS, &of, &Paging::default()).await.unwrap().items.remove(0);
        (call.state, call.attempt, call.tries)
    };
    at_each_statement(&store, prepare, async |token| {
        let leased = lease(&store, 1, A, 10).await;
        let given = store.give_back_calls("boot-1", at(101), at(2)).await.unwrap();
        let first = (leased.len(), given, state(token).await);
        // By its lease: nobody said that it lives.
        let leased = lease(&store, 100_000, A, 10).await;
        let rescued = store.rescue_calls(at(101_000)).await.unwrap();
        let second = (leased.len(), rescued, state(token).await);
        let leased = lease(&store, 200_000, A, 10).await;
        let settled = end(&store, 200_001, &leased[0], CallEnd::Answered, Some(204)).await;
        (first, second, settled, state(token).await, due_at(&store, token).await)
    })
    .await;
    at_each_statement(&store, prepare, async |token| {
        let leased = lease(&store, 1, A, 10).await;
        let failed = end(&store, 2, &leased[0], CallEnd::Failed { reason: "gone".into() }, Some(410)).await;
        let replayed = store.replay_calls(WS, &[leased[0].id], at(3)).await.unwrap();
        let again = store.replay_calls(WS, &[leased[0].id], at(3)).await.unwrap();
        let first = (failed, replayed, again, state(token).await);
        let leased = lease(&store, 4, A, 10).await;
        end(&store, 5, &leased[0], CallEnd::Answered, Some(204)).await;
        (first, state(token).await)
    })
    .await;
    at_each_statement(&store, prepare, async |token| {
        let late = at(i64::try_from(DAY.as_millis()).unwrap() + 60_000);
        let expired = store.expire_calls(late, DAY).await.unwrap();
        (expired, store.expire_calls(late, DAY).await.unwrap(), state(token).await)
    })
    .await;
}

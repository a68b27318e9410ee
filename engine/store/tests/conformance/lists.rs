//! What people read.

use std::{collections::HashSet, future::Future};

use program::{Action, ProgramName};
use store::{
    ContactFilter, DeadLetterKind, Error, EventFilter, FeedKind, MessageFilter, MessageStatus, Page, Paging, Result,
    Settle, Settlement, TimelineKind, TokenFilter, TokenState,
};

use crate::world::*;

/// Reads a list to its end by pages of two; every item once.
async fn all<T, F>(list: impl Fn(Paging) -> F, key: impl Fn(&T) -> String) -> Vec<String>
where
    F: Future<Output = Result<Page<T>>>,
{
    let mut keys = Vec::new();
    let mut paging = Paging { after: None, limit: 2 };
    loop {
        let page = list(paging.clone()).await.unwrap();
        assert!(page.items.len() <= 2);
        keys.extend(page.items.iter().map(&key));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "an item came twice");
    keys
}

pub(crate) async fn every_list_pages_through_all_rows_once(store: World) {
    let (started, ids) = queue(&store, "hold", 5).await;
    for n in 1..5 {
        let mut program = welcome();
        program.name = ProgramName::new(&format!("p{n}")).unwrap();
        store.put_program(WS, fresh(), &program, false, at(0)).await.unwrap();
        store.put_stream(WS, fresh(), &stream(&format!("s{n}"), "hold"), at(0)).await.unwrap();
        ingest(&store, at(0), &[event(by_email("ann@example.com"), &format!("kind {n}"))]).await;
    }
    let store = &store;
    let contacts = ContactFilter::default();
    let contacts = &contacts;
    assert_eq!(all(|p| async move { store.contacts(WS, contacts, &p).await }, |c| c.id.to_string()).await.len(), 6);
    let search = &ContactFilter { search: Some("ANN@".into()), opt_in: None };
    assert_eq!(all(|p| async move { store.contacts(WS, search, &p).await }, |c| c.id.to_string()).await.len(), 1);
    let search = &ContactFilter { search: Some(started.program.to_string()), opt_in: None };
    assert_eq!(all(|p| async move { store.contacts(WS, search, &p).await }, |c| c.id.to_string()).await.len(), 5);
    let events = &EventFilter::default();
    assert_eq!(all(|p| async move { store.events(WS, events, &p).await }, |e| e.id.to_string()).await.len(), 9);
    let events = &EventFilter { event: None, contact: Some(started.contacts[0]) };
    let page = store.events(WS, events, &Paging::default()).await.unwrap();
    assert_eq!(page.items[0].tokens, [started.tokens[0]]);
    let names = all(|p| async move { store.event_types(WS, &p).await }, |t| t.event.to_string()).await;
    assert_eq!(names, ["kind 1", "kind 2", "kind 3", "kind 4", "user.joined"]);
    let tokens = &TokenFilter::default();
    let found = all(|p| async move { store.tokens(WS, tokens, &p).await }, |t| t.id.to_string()).await;
    assert_eq!(found, started.tokens.iter().rev().map(ToString::to_string).collect::<Vec<_>>());
    let messages = &MessageFilter::default();
    let found = all(|p| async move { store.messages(WS, messages, &p).await }, |m| m.id.to_string()).await;
    assert_eq!(found, ids.iter().rev().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(all(|p| async move { store.programs(WS, &p).await }, |x| x.id.to_string()).await.len(), 4);
    assert_eq!(all(|p| async move { store.streams(WS, &p).await }, |x| x.id.to_string()).await.len(), 5);

    for (filter, n) in [
        (MessageFilter { status: Some(MessageStatus::Queued), ..MessageFilter::default() }, 5),
        (MessageFilter { status: Some(MessageStatus::HandingOver), ..MessageFilter::default() }, 0),
        (MessageFilter { contact: Some(started.contacts[1]), ..MessageFilter::default() }, 1),
        (MessageFilter { stream: Some(stream_name("welcome")), ..MessageFilter::default() }, 5),
        (MessageFilter { program: Some(started.program), ..MessageFilter::default() }, 5),
        (MessageFilter { outcome_unknown: true, ..MessageFilter::default() }, 0),
    ] {
        let found = store.messages(WS, &filter, &Paging::default()).await.unwrap().items.len();
        assert_eq!(found, n, "{filter:?}");
    }
    let foreign = Paging { after: Some("x".into()), limit: 1 };
    let error = store.messages(WS, messages, &foreign).await.unwrap_err();
    assert!(matches!(error, Error::Invalid { field: "after", .. }), "{error}");
}

pub(crate) async fn the_timeline_tells_all(store: World) {
    let (started, _) = queue(&store, "hold", 2).await;
    let store = &store;
    let contact = started.contacts[0];
    let kinds = all(
        |p| async move { store.timeline(WS, contact, &p).await },
        |item| match &item.kind {
            TimelineKind::Event(event) => format!("event {}", event.event),
            TimelineKind::Step { step, .. } => format!("step {} {}", step.seq, step.node),
            TimelineKind::Message(message) => format!("message {}", message.stream),
        },
    )
    .await;
    assert_eq!(kinds, ["message welcome", "step 1 joined", "event user.joined"]);
}

pub(crate) async fn the_feed_tells_news(store: World) {
    start(&store, at(0), 2).await;
    let claim = store.claim(at(5), 10).await.unwrap();
    let writes = claim.tokens().iter().map(|token| carry(token, at(5), TokenState::Done)).collect();
    claim.commit(writes).await.unwrap();
    let (_, ids) = queue(&store, "hold", 1).await;
    let leased = store.lease_messages(at(6), at(9), "n", program::StreamClass::Operational, 9).await.unwrap();
    let outcome = Settlement::Sent { reply: String::new(), subject: String::new() };
    store.settle(at(7), &[], &[Settle { id: leased[0].id, attempt: 1, outcome }]).await.unwrap();
    let feed = store.feed(WS, at(4), 100).await.unwrap();
    assert_eq!(feed.iter().map(|item| item.at).collect::<Vec<_>>(), [at(5), at(5), at(7)]);
    let FeedKind::Step(step) = &feed[0].kind else { panic!("{feed:?}") };
    assert!(matches!(step.action, Action::Passed { .. }));
    assert_eq!(feed[2].kind, FeedKind::Message { id: ids[0], node: node("hello"), status: MessageStatus::Sent });
    assert_eq!(store.feed(WS, at(5), 100).await.unwrap().len(), 1);
}

pub(crate) async fn dead_letters_are_one_list(store: World) {
    let (_, ids) = queue(&store, "hold", 3).await;
    let leased = store.lease_messages(at(1), at(9), "n", program::StreamClass::Operational, 9).await.unwrap();
    let reason = || "because".to_owned();
    let outcomes = [
        Settlement::Failed { reason: reason() },
        Settlement::Unknown { reason: reason() },
        Settlement::Sent { reply: String::new(), subject: String::new() },
    ];
    let settle: Vec<_> = leased
        .iter()
        .zip(outcomes)
        .map(|(leased, outcome)| Settle { id: leased.id, attempt: leased.attempt, outcome })
        .collect();
    store.settle(at(2), &[], &settle).await.unwrap();
    let started = start(&store, at(3), 1).await;
    let claim = store.claim(at(3), 1).await.unwrap();
    let failed = TokenState::Failed { error: "broken".into() };
    let writes = vec![carry(&claim.tokens()[0], at(3), failed)];
    claim.commit(writes).await.unwrap();
    let store = &store;
    let found = all(|p| async move { store.dead_letters(WS, &p).await }, |letter| format!("{:?}", letter.kind)).await;
    let expected =
        [DeadLetterKind::Token(started.tokens[0]), DeadLetterKind::Unknown(ids[1]), DeadLetterKind::Message(ids[0])];
    assert_eq!(found, expected.map(|kind| format!("{kind:?}")));
}

//! What people read.

use std::{collections::HashSet, future::Future};

use program::{Action, ProgramName};
use store::{
    ContactFilter, DeadLetterFilter, DeadLetterKind, DeadLetters, Due, Error, EventFilter, FeedKind, MessageFilter,
    MessageStatus, Page, Paging, Result, Settle, Settlement, TimelineKind, TokenFilter, TokenState, TokenStatus,
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
        assert!(page.items.len() == 2 || page.next.is_none(), "a page is full while there is more");
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
        store.put_program(act(at(0)), fresh(), &program, false).await.unwrap();
        store.put_stream(act(at(0)), fresh(), &stream(&format!("s{n}"), "hold")).await.unwrap();
        ingest(&store, at(0), &[event(by_email("ann@example.com"), &format!("kind {n}"))]).await;
    }
    let store = &store;
    let contacts = ContactFilter::default();
    let contacts = &contacts;
    assert_eq!(all(|p| async move { store.contacts(WS, contacts, &p).await }, |c| c.id.to_string()).await.len(), 6);
    let search = &ContactFilter { search: Some("ANN@".into()), ..ContactFilter::default() };
    assert_eq!(all(|p| async move { store.contacts(WS, search, &p).await }, |c| c.id.to_string()).await.len(), 1);
    let search = &ContactFilter { search: Some(started.program.to_string()), ..ContactFilter::default() };
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
    assert_eq!(all(|p| async move { store.programs(WS, None, &p).await }, |x| x.id.to_string()).await.len(), 4);
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
    assert!(matches!(error, Error::Invalid { field: "cursor", .. }), "{error}");
}

/// A page of large items is short and not the last one; nothing is left out. What events bring along is in no list.
pub(crate) async fn a_page_has_room(store: World) {
    for n in 0..7 {
        let mut event = event(by_email(&format!("{n}@example.com")), "order.placed");
        event.attributes = object(serde_json::json!({ "note": "x".repeat(500_000) }));
        event.data = object(serde_json::json!({ "note": "x".repeat(900_000) })).into();
        ingest(&store, at(n), &[event]).await;
    }
    let (mut lengths, mut found, mut paging) = (Vec::new(), Vec::new(), Paging { after: None, limit: 200 });
    loop {
        let page = store.contacts(WS, &ContactFilter::default(), &paging).await.unwrap();
        lengths.push(page.items.len());
        found.extend(page.items.into_iter().map(|contact| contact.email.unwrap()));
        let Some(next) = page.next else { break };
        paging.after = Some(next);
    }
    assert_eq!(lengths, [4, 3]);
    assert_eq!(found, (0..7).rev().map(|n| format!("{n}@example.com")).collect::<Vec<_>>());
    let all = Paging { after: None, limit: 200 };
    let events = store.events(WS, &EventFilter::default(), &all).await.unwrap();
    assert!(events.items.len() == 7 && events.items.iter().all(|event| event.data.is_empty()));
    let timeline = store.timeline(WS, events.items[0].contact, &all).await.unwrap();
    assert!(matches!(&timeline.items[0].kind, TimelineKind::Event(event) if event.data.is_empty()), "{timeline:?}");
    assert_eq!(store.event(WS, events.items[0].id).await.unwrap().data.len(), 1);
    // What a check of programs looks at is bounded, too.
    let (mut events, mut contacts) = (0, 0);
    store.newest_events(WS, 1_000, |_, _, _| events += 1).await.unwrap();
    store.newest_contacts(WS, 200, |_| contacts += 1).await.unwrap();
    assert_eq!((events, contacts), (3, 5));
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
    let (mailed, ids) = queue(&store, "hold", 3).await;
    let leased = store.lease_messages(at(1), at(9), "n", program::StreamClass::Operational, 9).await.unwrap();
    let reason = || "because".into();
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
    let letters = async |filter: &DeadLetterFilter| {
        let list = |p| async move { store.dead_letters(WS, filter, &p).await };
        all(list, |letter| format!("{:?}", letter.kind)).await
    };
    let found = letters(&DeadLetterFilter::default()).await;
    let expected =
        [DeadLetterKind::Token(started.tokens[0]), DeadLetterKind::Unknown(ids[1]), DeadLetterKind::Message(ids[0])];
    let expected = expected.map(|kind| format!("{kind:?}"));
    assert_eq!(found, expected);

    let only = |only| DeadLetterFilter { only: Some(only), ..DeadLetterFilter::default() };
    for (n, filter) in
        [only(DeadLetters::Tokens), only(DeadLetters::Unknown), only(DeadLetters::Messages)].iter().enumerate()
    {
        assert_eq!(letters(filter).await, [expected[n].clone()], "{filter:?}");
    }
    let filter = DeadLetterFilter { program: Some(mailed.program), ..DeadLetterFilter::default() };
    assert_eq!(letters(&filter).await, expected[1..]);
    let filter = DeadLetterFilter { contact: Some(mailed.contacts[1]), ..DeadLetterFilter::default() };
    assert_eq!(letters(&filter).await, [expected[1].clone()]);
    let filter = DeadLetterFilter { contact: Some(mailed.contacts[1]), ..only(DeadLetters::Messages) };
    assert!(letters(&filter).await.is_empty());
}

pub(crate) async fn a_filtered_page_is_full_while_there_is_more(store: World) {
    // Of ten tokens every other waits, two failed, one is done, two are due; so are their messages' nodes.
    let put = store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let started = start(&store, at(0), 10).await;
    let claim = store.claim(at(0), 500).await.unwrap();
    let mut writes = Vec::new();
    for (n, token) in claim.tokens().iter().enumerate() {
        let state = match n {
            n if n % 2 == 0 => TokenState::Ready { due_at: at(100) },
            1 | 5 => TokenState::Failed { error: "because".into() },
            3 => TokenState::Done,
            _ => TokenState::Ready { due_at: at(9) },
        };
        let mut write = carry(token, at(0), state);
        let mut message = message(token, 1, put.version, at(0));
        message.node = node(if n % 2 == 0 { "hello" } else { "again" });
        write.messages.push(message);
        writes.push(write);
    }
    // A claim is in the order of its due times, which are equal.
    let order: Vec<_> = claim.tokens().iter().map(|token| token.id).collect();
    claim.commit(writes).await.unwrap();
    let store = &store;
    let newest = |which: &[usize]| {
        let mut ids: Vec<_> = which.iter().map(|n| order[*n]).collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let tokens = async |filter: &TokenFilter| {
        all(|p| async move { store.tokens(WS, filter, &p).await }, |token| token.id.to_string()).await
    };
    let now = at(10);
    for (filter, expected) in [
        (TokenFilter { due: Some(Due::After(now)), ..TokenFilter::default() }, newest(&[0, 2, 4, 6, 8])),
        (TokenFilter { due: Some(Due::By(now)), ..TokenFilter::default() }, newest(&[7, 9])),
        (TokenFilter { status: Some(TokenStatus::Failed), ..TokenFilter::default() }, newest(&[1, 5])),
        (TokenFilter { status: Some(TokenStatus::Done), ..TokenFilter::default() }, newest(&[3])),
        (TokenFilter { inside: true, ..TokenFilter::default() }, newest(&[0, 2, 4, 6, 7, 8, 9])),
    ] {
        assert_eq!(tokens(&filter).await, expected, "{filter:?}");
        let nowhere = TokenFilter { node: Some(node("joined")), ..filter.clone() };
        assert!(tokens(&nowhere).await.is_empty());
        let elsewhere = TokenFilter { program: Some(started.program), node: Some(node("hello")), ..filter.clone() };
        assert_eq!(tokens(&elsewhere).await, expected, "{elsewhere:?}");
        let mut of_contacts = Vec::new();
        for contact in &started.contacts {
            of_contacts.extend(tokens(&TokenFilter { contact: Some(*contact), ..filter.clone() }).await);
        }
        of_contacts.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(of_contacts, expected, "by contact: {filter:?}");
    }
    let again = MessageFilter { node: Some(node("again")), ..MessageFilter::default() };
    let again = &again;
    let found = all(|p| async move { store.messages(WS, again, &p).await }, |m| m.id.to_string()).await;
    assert_eq!(found.len(), 5);
    let filter = MessageFilter { contact: Some(started.contacts[0]), ..again.clone() };
    let page = store.messages(WS, &filter, &Paging::default()).await.unwrap();
    assert!(page.items.len() <= 1 && page.next.is_none());
    let filter = MessageFilter { outcome_unknown: true, ..again.clone() };
    assert!(store.messages(WS, &filter, &Paging::default()).await.unwrap().items.is_empty());
}

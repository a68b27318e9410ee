//! Events come in.

use std::sync::Arc;

use program::{Action, Reason, TokenId, WorkspaceId};
use serde_json::json;
use store::{
    ContactFilter, DeadLetterFilter, DeadLetterKind, Error, IngestOutcome, Ingested, NewAttachment, NewEvent, NewToken,
    Paging, Settings, TokenStatus, UnknownEvents,
};

use crate::world::*;

pub(crate) async fn a_new_contact_is_made(store: World) {
    let mut new = event(both("Ann@Example.com", "7"), "order.placed");
    new.attributes = object(json!({ "tier": "gold" }));
    new.opt_in = Some(true);
    new.data = object(json!({ "total": 12.5, "note": "a \"quoted\" ünï\u{1}" })).into();
    let answers = ingest(&store, at(5), std::slice::from_ref(&new)).await;
    assert_eq!(answers, [Ingested::Accepted { event: new.id, contact: new.contact_id, tokens: vec![] }]);

    let contact = store.contact(WS, new.contact_id).await.unwrap();
    assert_eq!(contact.email.as_deref(), Some("Ann@Example.com"));
    assert_eq!(contact.external_id.as_deref(), Some("7"));
    assert_eq!(contact.attributes, new.attributes);
    assert_eq!((contact.opt_in, contact.created_at), (Some(true), at(5)));

    let stored = store.event(WS, new.id).await.unwrap();
    assert_eq!((&stored.data, stored.occurred_at, stored.received_at), (&*new.data, at(0), at(5)));
    assert_eq!(store.event_types(WS, &Paging::default()).await.unwrap().items[0].event, kind("order.placed"));
}

fn both(email: &str, external_id: &str) -> store::Who {
    store::Who { email: Some(email.into()), external_id: Some(external_id.into()) }
}

pub(crate) async fn a_known_contact_is_merged(store: World) {
    let mut first = event(by_email("ann@example.com"), "a");
    first.attributes = object(json!({ "tier": "gold", "city": "Ulm" }));
    ingest(&store, at(0), &[first.clone()]).await;

    // In one batch: an external id for the known address, then two changes under that id.
    let mut named = event(both("ANN@example.com", "7"), "a");
    named.attributes = object(json!({ "city": "Bonn" }));
    let mut moved = event(by_external_id("7"), "a");
    moved.attributes = object(json!({ "city": "Köln" }));
    moved.opt_in = Some(false);
    let renamed = event(both("ann@new.example.com", "7"), "a");
    for answer in ingest(&store, at(1), &[named, moved, renamed]).await {
        assert_eq!(accepted(&answer).1, first.contact_id);
    }
    let contact = store.contact(WS, first.contact_id).await.unwrap();
    assert_eq!(contact.attributes, object(json!({ "tier": "gold", "city": "Köln" })));
    assert_eq!(contact.email.as_deref(), Some("ann@new.example.com"));
    assert_eq!((contact.opt_in, contact.updated_at), (Some(false), at(1)));

    // What says nothing new writes nothing.
    ingest(&store, at(2), &[event(by_external_id("7"), "a")]).await;
    assert_eq!(store.contact(WS, first.contact_id).await.unwrap().updated_at, at(1));
}

fn keyed(key: &str, city: &str) -> NewEvent {
    let mut event = event(by_external_id("7"), "a");
    event.key = Some(key.into());
    event.attributes = object(json!({ "city": city }));
    event
}

/// As an ingest would, and without one.
pub(crate) async fn taken_keys_are_told(store: World) {
    let first = keyed("k1", "Ulm");
    ingest(&store, at(0), std::slice::from_ref(&first)).await;
    let mut other = keyed("k1", "Ulm");
    other.data = object(json!({ "total": 2 })).into();
    let asked = [keyed("k1", "Bonn"), keyed("k2", "Ulm"), other, event(by_external_id("7"), "a"), keyed("k1", "Ulm")];
    let asked: Vec<_> = asked.iter().collect();
    let (duplicate, taken) = (Ingested::Duplicate { event: first.id }, Ingested::KeyTaken { event: first.id });
    let expected = [Some(duplicate.clone()), None, Some(taken), None, Some(duplicate)];
    assert_eq!(store.taken_keys(WS, &asked).await.unwrap(), expected);
    assert_eq!(store.taken_keys(program::WorkspaceId(id()), &asked).await.unwrap(), [None, None, None, None, None]);
    assert_eq!(store.rows("event").await, 1);
}

pub(crate) async fn duplicates_are_told(store: World) {
    let (first, twice) = (keyed("k1", "Ulm"), keyed("k1", "Bonn"));
    let answers = ingest(&store, at(0), &[first.clone(), twice.clone()]).await;
    assert_eq!(accepted(&answers[0]).0, first.id);
    assert_eq!(answers[1], Ingested::Duplicate { event: first.id });

    let answers = ingest(&store, at(1), &[twice, keyed("k2", "Ulm")]).await;
    assert_eq!(answers[0], Ingested::Duplicate { event: first.id });
    accepted(&answers[1]);
    // A duplicate does not bring its attributes along.
    let contact = store.contact(WS, first.contact_id).await.unwrap();
    assert_eq!(contact.attributes, object(json!({ "city": "Ulm" })));

    // A call whose answer was lost may be repeated, without a key too.
    let bare = event(by_external_id("7"), "a");
    ingest(&store, at(2), std::slice::from_ref(&bare)).await;
    let again = ingest(&store, at(2), std::slice::from_ref(&bare)).await;
    assert_eq!(again, [Ingested::Duplicate { event: bare.id }]);
}

pub(crate) async fn an_id_belongs_to_one_event(store: World) {
    let placed = |change: &dyn Fn(&mut NewEvent)| {
        let mut placed = event(both("ann@example.com", "7"), "order.placed");
        placed.key = Some("A-1001".into());
        placed.data = object(json!({ "total": 10, "lines": [{ "sku": "a" }] })).into();
        change(&mut placed);
        placed
    };
    let first = placed(&|_| {});
    // The same one: whatever is said of the contact, in whatever order, and whenever it is said to have happened.
    let again = [
        placed(&|event| event.occurred_at = at(7)),
        placed(&|event| event.attributes = object(json!({ "city": "Ulm" }))),
        placed(&|event| event.data = object(json!({ "lines": [{ "sku": "a" }], "total": 10 })).into()),
        placed(&|event| event.who = by_email("ANN@example.com")),
    ];
    let other = [
        placed(&|event| event.event = kind("order.shipped")),
        placed(&|event| event.data = object(json!({ "total": 11, "lines": [{ "sku": "a" }] })).into()),
        placed(&|event| event.who = both("bob@example.com", "8")),
    ];
    let mut all = vec![first.clone()];
    all.extend(again.iter().chain(&other).cloned());
    // In one batch, and against what is stored.
    for round in 0..2 {
        let answers = ingest(&store, at(round), &all).await;
        for (n, answer) in answers.iter().enumerate().skip(1) {
            let expected = if n <= again.len() {
                Ingested::Duplicate { event: first.id }
            } else {
                Ingested::KeyTaken { event: first.id }
            };
            assert_eq!(*answer, expected, "round {round}, event {n}");
        }
        assert_eq!(matches!(answers[0], Ingested::Accepted { .. }), round == 0);
    }
    assert_eq!(store.events(WS, &store::EventFilter::default(), &Paging::default()).await.unwrap().items.len(), 1);
    let contacts = store.contacts(WS, &ContactFilter::default(), &Paging::default()).await.unwrap();
    assert_eq!(contacts.items.len(), 1, "who is refused is not made");
}

pub(crate) async fn the_newest_word_counts(store: World) {
    let said = |occurred_at, opt_in, tier: &str| {
        let mut said = event(by_email("ann@example.com"), "profile");
        (said.occurred_at, said.opt_in) = (at(occurred_at), opt_in);
        said.attributes = object(json!({ "tier": tier }));
        said
    };
    let first = said(100, Some(false), "gold");
    ingest(&store, at(100), std::slice::from_ref(&first)).await;
    let now = async |expected: (Option<bool>, &str)| {
        let contact = store.contact(WS, first.contact_id).await.unwrap();
        assert_eq!((contact.opt_in, contact.attributes["tier"].as_str().unwrap()), expected);
    };
    // Late, in a batch of its own and among others.
    ingest(&store, at(101), &[said(20, Some(true), "bronze")]).await;
    now((Some(false), "gold")).await;
    ingest(&store, at(102), &[said(102, None, "silver"), said(30, Some(true), "bronze")]).await;
    now((Some(false), "silver")).await;
    // The same word again is a newer one.
    ingest(&store, at(120), &[said(120, Some(false), "silver")]).await;
    ingest(&store, at(130), &[said(110, Some(true), "bronze")]).await;
    now((Some(false), "silver")).await;
    // What is not known yet is news, however old; of equal times the later one counts.
    let mut city = said(1, None, "bronze");
    city.attributes.insert("city".into(), "Ulm".into());
    ingest(&store, at(131), &[city, said(120, Some(true), "gold")]).await;
    now((Some(true), "gold")).await;
    assert_eq!(store.contact(WS, first.contact_id).await.unwrap().attributes["city"], "Ulm");
}

pub(crate) async fn nothing_happens_in_the_future(store: World) {
    let mut ahead = event(by_email("ann@example.com"), "a");
    (ahead.occurred_at, ahead.opt_in) = (at(1_000), Some(true));
    let (id, contact) = accepted(&ingest(&store, at(5), std::slice::from_ref(&ahead)).await[0]);
    let stored = store.event(WS, id).await.unwrap();
    assert_eq!((stored.occurred_at, stored.received_at), (at(1_000), at(5)), "what was said is kept");
    let newest = store.timeline(WS, contact, &Paging::default()).await.unwrap().items;
    assert!(!newest.is_empty());
    // A word from the future is one of now.
    let mut later = event(by_email("ann@example.com"), "a");
    (later.occurred_at, later.opt_in) = (at(6), Some(false));
    ingest(&store, at(6), &[later]).await;
    assert_eq!(store.contact(WS, contact).await.unwrap().opt_in, Some(false));
}

pub(crate) async fn a_contact_is_bounded(store: World) {
    let large = |name: &str, size| {
        let mut large = event(by_email("ann@example.com"), "a");
        large.attributes = object(json!({ name: "x".repeat(size) }));
        large
    };
    let events =
        [large("a", 300 << 10), large("b", 300 << 10), event(by_email("ann@example.com"), "a"), large("c", 10)];
    let answers = ingest(&store, at(0), &events).await;
    let (_, contact) = accepted(&answers[0]);
    assert!(matches!(answers[1], Ingested::ContactTooLarge { size, most } if size > most && most == 512 << 10));
    assert_eq!((accepted(&answers[2]).1, accepted(&answers[3]).1), (contact, contact));
    let stored = store.contact(WS, contact).await.unwrap();
    assert_eq!(stored.attributes.keys().collect::<Vec<_>>(), ["a", "c"]);

    // A smaller bound than what is there: it is read, may become smaller, and not larger.
    let revision = store.routing_revision(WS).await.unwrap();
    let events = [large("a", 200 << 10), large("d", 10), event(by_email("ann@example.com"), "a")];
    let answers = store.ingest_within(1_000, WS, at(1), revision, &events).await.unwrap();
    let IngestOutcome::Done(answers) = answers else { panic!("stale routing") };
    assert!(matches!(answers[1], Ingested::ContactTooLarge { most: 1_000, .. }));
    accepted(&answers[0]);
    accepted(&answers[2]);
    assert_eq!(store.contact(WS, contact).await.unwrap().attributes["a"].as_str().unwrap().len(), 200 << 10);
}

/// Small events of large contacts, and again events whose data is large and stored: read a few at a time.
pub(crate) async fn what_a_batch_meets_has_room(store: World) {
    const MANY: usize = 24;
    let pad = |size| object(json!({ "pad": "x".repeat(size) }));
    let mut large = Vec::new();
    for n in 0..MANY {
        let mut new = event(by_email(&format!("{n}@example.com")), "a");
        (new.attributes, new.data, new.key) = (pad(400_000), pad(900_000).into(), Some(format!("large {n}")));
        accepted(&ingest(&store, at(0), std::slice::from_ref(&new)).await[0]);
        large.push(new);
    }
    // Three of each contact, one after the other in turns.
    let mut small: Vec<_> = (0..3 * MANY).map(|n| event(by_email(&format!("{}@example.com", n % MANY)), "b")).collect();
    small[7].opt_in = Some(true);
    let before = store.meters().await.unwrap().transactions;
    let answers = ingest(&store, at(1), &small).await;
    assert_eq!(answers.len(), small.len());
    for ((answer, event), first) in answers.iter().zip(&small).zip(large.iter().cycle()) {
        assert_eq!(accepted(answer), (event.id, first.contact_id));
    }
    let again: Vec<_> = large.iter().map(|first| NewEvent { id: program::EventId(id()), ..first.clone() }).collect();
    let answers = ingest(&store, at(2), &again).await;
    for (answer, first) in answers.iter().zip(&large) {
        assert_eq!(*answer, Ingested::Duplicate { event: first.id });
    }
    // Two contacts fit at once, whatever comes for them, and one of the large events. Each part that did not fit is a
    // transaction, too.
    let asked = store.meters().await.unwrap().transactions - before;
    if store.dialect() == store::Dialect::Sqlite {
        assert_eq!(asked, (1 + 2 + 4 + 8 + 16) + (1 + 2 + 4 + 8 + 16 + 16) + 2);
    }
}

pub(crate) async fn who_cannot_be_decided_about_is_a_dead_letter(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let put = store.put_program(act(at(0)), fresh(), &welcome(), true).await.unwrap();
    let tokens: Vec<_> = (0..2)
        .map(|_| NewToken { id: TokenId(id()), program: put.id, version: put.version, node: node("joined") })
        .collect();
    let mut new = event(by_email("ann@example.com"), "a");
    new.undecided = vec![(tokens[1].id, "no \0 such key".into())];
    new.tokens = tokens.clone();
    let (_, contact) = accepted(&ingest(&store, at(3), &[new]).await[0]);
    let letters = store.dead_letters(WS, &DeadLetterFilter::default(), &Paging::default()).await.unwrap().items;
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!((letter.kind, letter.contact), (DeadLetterKind::Token(tokens[1].id), contact));
    assert_eq!(letter.event, Some(store.token(WS, tokens[1].id).await.unwrap().event));
    assert_eq!((letter.reason.to_string().as_str(), &letter.node), ("no \u{fffd} such key", &node("joined")));
    let trace = store.trace(WS, tokens[1].id).await.unwrap();
    assert!(matches!(&trace[..], [step] if step.seq == 1 && step.at == at(3)), "{trace:?}");
    let joined = &counts(&store, put.id).await["joined"];
    assert_eq!((joined.entered, joined.failed, joined.waiting), (2, 1, 1));
    // It is not claimed until it is replayed.
    let claim = store.claim(at(4), 10).await.unwrap();
    assert_eq!(claim.tokens().len(), 1);
    claim.rollback().await.unwrap();
    assert_eq!(store.replay_tokens(WS, &[tokens[1].id], at(5)).await.unwrap(), 1);
    let claim = store.claim(at(5), 10).await.unwrap();
    let seqs: Vec<_> = claim.tokens().iter().map(|token| token.place.seq).collect();
    assert_eq!(seqs.iter().sum::<u32>(), 1, "{seqs:?}");
    claim.rollback().await.unwrap();
}

pub(crate) async fn who_is_refused_ends_at_the_entry(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let put = store.put_program(act(at(0)), fresh(), &welcome(), true).await.unwrap();
    let token = NewToken { id: TokenId(id()), program: put.id, version: put.version, node: node("joined") };
    let mut new = event(by_email("ann@example.com"), "a");
    let reason = Reason::TooOld { day: at(0).date_naive(), within: "1d".parse().unwrap() };
    new.refused = vec![(token.id, reason.clone())];
    new.tokens = vec![token.clone()];
    accepted(&ingest(&store, at(3), &[new]).await[0]);
    assert_eq!(store.token(WS, token.id).await.unwrap().status, TokenStatus::Done);
    let trace = store.trace(WS, token.id).await.unwrap();
    assert!(
        matches!(&trace[..], [step] if step.action == Action::Finished && step.reason == reason && step.at == at(3)),
        "{trace:?}"
    );
    let joined = &counts(&store, put.id).await["joined"];
    assert_eq!((joined.entered, joined.finished, joined.failed, joined.waiting), (1, 1, 0, 0));
    let claim = store.claim(at(4), 10).await.unwrap();
    assert!(claim.tokens().is_empty());
    claim.rollback().await.unwrap();
    assert!(store.dead_letters(WS, &DeadLetterFilter::default(), &Paging::default()).await.unwrap().items.is_empty());
}

pub(crate) async fn names_that_clash(store: World) {
    let (ann, bob) = (both("ann@example.com", "1"), both("bob@example.com", "2"));
    ingest(&store, at(0), &[event(ann, "a"), event(bob, "a")]).await;
    let events = [
        event(both("ann@example.com", "2"), "a"),
        event(both("ann@example.com", "3"), "a"),
        event(both("bob@new.example.com", "2"), "a"),
        event(both("bob@example.com", "1"), "a"),
        event(by_email("ann@example.com"), "a"),
    ];
    let answers = ingest(&store, at(1), &events).await;
    let clash: Vec<_> = answers.iter().map(|answer| *answer == Ingested::ContactConflict).collect();
    assert_eq!(clash, [true, true, false, true, false]);
    let nobody = store.ingest(WS, at(1), 1, &[event(store::Who::default(), "a")]).await;
    assert!(matches!(nobody, Err(Error::Invalid { field: "contact", .. })), "{nobody:?}");
}

pub(crate) async fn stale_routing_writes_nothing(store: World) {
    let revision = store.routing_revision(WS).await.unwrap();
    let outcome = store.ingest(WS, at(0), revision + 1, &[event(by_email("a@example.com"), "a")]).await.unwrap();
    assert_eq!(outcome, IngestOutcome::StaleRouting);
    let contacts = store.contacts(WS, &ContactFilter::default(), &Paging::default()).await.unwrap();
    assert!(contacts.items.is_empty());
    let nowhere = store.ingest(WorkspaceId(id()), at(0), 1, &[]).await;
    assert!(matches!(nowhere, Err(Error::NotFound { .. })), "{nowhere:?}");
}

pub(crate) async fn unknown_types_are_registered_or_refused(store: World) {
    accepted(&ingest(&store, at(0), &[event(by_email("a@example.com"), "a")]).await[0]);
    store.set_settings(WS, &Settings { unknown_events: UnknownEvents::Refuse }).await.unwrap();
    let events = [event(by_email("a@example.com"), "b"), event(by_email("a@example.com"), "a")];
    let answers = ingest(&store, at(0), &events).await;
    assert_eq!(answers[0], Ingested::UnknownEventType);
    accepted(&answers[1]);
    store.set_settings(WS, &Settings { unknown_events: UnknownEvents::Register }).await.unwrap();
    accepted(&ingest(&store, at(0), &[event(by_email("a@example.com"), "b")]).await[0]);
    store.set_settings(WS, &Settings { unknown_events: UnknownEvents::Refuse }).await.unwrap();
    accepted(&ingest(&store, at(0), &events[..1]).await[0]);
    // What Stafette itself reports is known before it happens for the first time.
    let own = ["survey.answered", "c", "loyalty.joined"].map(|name| event(by_email("a@example.com"), name));
    let answers = ingest(&store, at(2), &own).await;
    assert_eq!(answers[1], Ingested::UnknownEventType);
    accepted(&answers[0]);
    accepted(&answers[2]);
}

pub(crate) async fn attachments_come_along(store: World) {
    let mut new = event(by_email("a@example.com"), "a");
    for (filename, bytes) in [("b.pdf", vec![0, 255, 10]), ("a.pdf", vec![])] {
        let (filename, content_type) = (filename.into(), "application/pdf".into());
        new.attachments.push(NewAttachment { filename, content_type, bytes: Arc::new(bytes) });
    }
    ingest(&store, at(0), std::slice::from_ref(&new)).await;
    // Names and types count as well.
    assert_eq!(store.attachments_size(WS, new.id).await.unwrap(), 3 + 2 * (5 + 15));
    assert_eq!(store.attachments_size(WS, program::EventId(id())).await.unwrap(), 0);
    let files = store.attachments(WS, new.id).await.unwrap();
    let files: Vec<_> = files.into_iter().map(|file| (file.filename, file.bytes)).collect();
    assert_eq!(files, [("b.pdf".into(), vec![0, 255, 10]), ("a.pdf".into(), vec![])]);
    // One alone goes another way.
    let mut alone = event(by_email("a@example.com"), "a");
    alone.attachments.push(NewAttachment { bytes: Arc::new(vec![7, 0, 255]), ..new.attachments.remove(0) });
    ingest(&store, at(1), std::slice::from_ref(&alone)).await;
    assert_eq!(store.attachments(WS, alone.id).await.unwrap()[0].bytes, [7, 0, 255]);
}

/// Many nodes hear of the same new contacts at once, in different order, and under the same keys.
pub(crate) async fn nodes_that_ingest_together_agree(store: World) {
    let nodes = (0..4).map(|node| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut accepted = 0;
            for round in 0..5 {
                let mut events: Vec<_> = (0..40)
                    .map(|n| {
                        let mut event = keyed(&format!("{round}-{n}"), &format!("{node}"));
                        event.who = by_external_id(&format!("{}", n + round * 10));
                        event
                    })
                    .collect();
                if node % 2 == 1 {
                    events.reverse();
                }
                let answers = loop {
                    match store.ingest(WS, at(0), 1, &events).await {
                        Ok(IngestOutcome::Done(answers)) => break answers,
                        Err(error) if error.retryable() => {}
                        other => panic!("{other:?}"),
                    }
                };
                accepted += answers.iter().filter(|a| matches!(a, Ingested::Accepted { .. })).count();
            }
            accepted
        })
    });
    let mut accepted = 0;
    for node in nodes.collect::<Vec<_>>() {
        accepted += node.await.unwrap();
    }
    assert_eq!(accepted, 200);
    let page = Paging { limit: 200, ..Paging::default() };
    assert_eq!(store.contacts(WS, &ContactFilter::default(), &page).await.unwrap().items.len(), 80);
}

pub(crate) async fn one_address_in_two_spellings_is_one_contact(store: World) {
    let first = event(by_email("Info@Müller.example"), "a");
    ingest(&store, at(0), std::slice::from_ref(&first)).await;
    let spellings = ["info@xn--mller-kva.example", "info@mu\u{308}ller.example", "INFO@XN--MLLER-KVA.EXAMPLE"];
    for (n, spelt) in spellings.into_iter().enumerate() {
        let mut again = event(by_email(spelt), "a");
        again.attributes = object(json!({ "n": n }));
        let answers = ingest(&store, at(1), &[again]).await;
        assert_eq!(accepted(&answers[0]).1, first.contact_id, "{spelt}");
        let filter = ContactFilter { search: Some(spelt.into()), ..ContactFilter::default() };
        assert_eq!(store.contacts(WS, &filter, &Paging::default()).await.unwrap().items.len(), 1, "{spelt}");
    }
    // New ones in one batch are one, too.
    let new = ["a@grün.example", "a@xn--grn-ioa.example"].map(|email| event(by_email(email), "a"));
    let owners = ingest(&store, at(2), &new).await;
    assert_eq!(accepted(&owners[0]).1, accepted(&owners[1]).1);
    assert_eq!(store.contacts_with_two_spellings(WS, 9).await.unwrap(), (vec![], 0));
}

pub(crate) async fn contacts_of_both_spellings_stay_two(store: World) {
    let [beyond, ascii, alone] = ["info@müller.example", "x@example.com", "old@grün.example"];
    let events = [beyond, ascii, alone].map(|email| event(by_email(email), "a"));
    ingest(&store, at(0), &events).await;
    // As earlier builds kept them: by how they were spelt.
    store.raw("UPDATE contact SET email_key = lower(email)").await;
    let ascii = "info@xn--mller-kva.example";
    store.raw(&format!("UPDATE contact SET email = '{ascii}', email_key = '{ascii}' WHERE email LIKE 'x@%'")).await;

    for (n, (spelt, owner)) in
        [(beyond, 0), (ascii, 1), ("info@MÜLLER.example", 0), (alone, 2), ("old@xn--grn-ioa.example", 2), (beyond, 0)]
            .into_iter()
            .enumerate()
    {
        let mut again = event(by_email(spelt), "a");
        again.attributes = object(json!({ "n": n }));
        let answers = ingest(&store, at(1), &[again]).await;
        assert_eq!(accepted(&answers[0]).1, events[owner].contact_id, "{spelt}");
    }
    for (search, found) in [(beyond, 2), (ascii, 1), ("info@mü", 1), (alone, 1)] {
        let filter = ContactFilter { search: Some(search.into()), ..ContactFilter::default() };
        assert_eq!(store.contacts(WS, &filter, &Paging::default()).await.unwrap().items.len(), found, "{search}");
    }
    assert_eq!(store.contacts_with_two_spellings(WS, 0).await.unwrap(), (vec![], 1));
    let (pairs, more) = store.contacts_with_two_spellings(WS, 9).await.unwrap();
    assert_eq!(more, 0);
    let ids: Vec<_> = pairs.iter().map(|(one, other)| (one.id, other.id)).collect();
    assert_eq!(ids, [(events[0].contact_id, events[1].contact_id)]);
    // An address that is given anew has one key from then on.
    let moved = event(both("neu@müller.example", "7"), "a");
    ingest(&store, at(2), std::slice::from_ref(&moved)).await;
    let known = ingest(&store, at(3), &[event(by_email("neu@xn--mller-kva.example"), "a")]).await;
    assert_eq!(accepted(&known[0]).1, moved.contact_id);
}

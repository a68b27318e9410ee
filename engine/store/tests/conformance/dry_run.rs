//! What a dry run reads.

use program::{EventId, EventType, Port};
use store::{PastBranch, Span};

use crate::world::*;

const HOUR: i64 = 3_600_000;

/// All events of these types in a span, by pages of two at most.
async fn read(store: &World, span: Span, types: &[EventType]) -> Vec<store::PastEvent> {
    let mut found: Vec<store::PastEvent> = Vec::new();
    loop {
        let page = store.past_events(WS, span, types, found.last().map(|event| event.id), 2).await.unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

/// Large ones come a few at a time, and all of them come.
pub(crate) async fn the_past_has_room(store: World) {
    for at_hour in 0..6 {
        let mut event = event(by_email("ann@example.com"), "order.placed");
        event.id = EventId(id_at(at(at_hour * HOUR)));
        event.data = object(serde_json::json!({ "hour": at_hour, "note": "x".repeat(900_000) })).into();
        ingest(&store, at(at_hour * HOUR), &[event]).await;
    }
    let (span, orders) = (Span { from: at(0), to: at(6 * HOUR) }, [kind("order.placed")]);
    let first = store.past_events(WS, span, &orders, None, 200).await.unwrap();
    assert_eq!(first.len(), 3, "2 MiB, and the one that was read last");
    let rest = store.past_events(WS, span, &orders, Some(first[2].id), 200).await.unwrap();
    assert_eq!(rest.iter().map(|event| event.data["hour"].clone()).collect::<Vec<_>>(), [3, 4, 5]);
}

pub(crate) async fn the_past_is_read_in_order(store: World) {
    let mut contacts = Vec::new();
    for hour in 0..6 {
        for name in ["order.placed", "page.seen"] {
            let mut event = event(by_email(&format!("{}@example.com", hour % 2)), name);
            event.id = EventId(id_at(at(hour * HOUR)));
            event.data = object(serde_json::json!({ "hour": hour })).into();
            contacts.push(accepted(&ingest(&store, at(hour * HOUR), &[event]).await[0]).1);
        }
    }
    let span = Span { from: at(HOUR), to: at(5 * HOUR) };
    let orders = [kind("order.placed")];
    let hours = |events: &[store::PastEvent]| events.iter().map(|event| event.data["hour"].clone()).collect::<Vec<_>>();
    let found = read(&store, span, &orders).await;
    assert_eq!(hours(&found), [1, 2, 3, 4]);
    assert_eq!((found[0].received_at, found[0].contact), (at(HOUR), contacts[2]));
    assert_eq!(read(&store, span, &[kind("order.placed"), kind("page.seen")]).await.len(), 8);
    assert!(read(&store, span, &[]).await.is_empty());
    for (most, counted) in [(100, 4), (3, 3)] {
        assert_eq!(store.count_past_events(WS, span, &orders, most).await.unwrap(), counted);
    }

    let both = store
        .contacts_by_id(WS, &[contacts[0], contacts[2], program::ContactId(id())], |contact| contact)
        .await
        .unwrap();
    let mut addresses: Vec<_> = both.into_iter().filter_map(|contact| contact.email).collect();
    addresses.sort();
    assert_eq!(addresses, ["0@example.com", "1@example.com"]);
    assert!(store.contacts_by_id(WS, &[], |contact| contact).await.unwrap().is_empty());
}

pub(crate) async fn what_a_program_did_is_read(store: World) {
    let (started, ids) = queue(&store, "hold", 3).await;
    let (other, _) = queue(&store, "hold", 1).await;
    let span = Span { from: at(0), to: at(HOUR) };
    let first = store.past_mails(WS, started.program, span, None, 2).await.unwrap();
    let rest = store.past_mails(WS, started.program, span, Some(first[1].id), 2).await.unwrap();
    let mut expected: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    expected.sort();
    let found: Vec<_> = first.iter().chain(&rest).map(|mail| mail.id).collect();
    assert_eq!(found, expected);
    assert!(first.iter().all(|mail| mail.at == at(0) && started.contacts.contains(&mail.contact)));
    assert!(store.past_mails(WS, started.program, Span { from: at(1), ..span }, None, 9).await.unwrap().is_empty());

    for (program, n) in [(started.program, 3), (other.program, 1)] {
        let branches = store.past_branches(WS, program, span).await.unwrap();
        assert_eq!(branches, [PastBranch { node: node("joined"), port: Port::NEXT, n }]);
    }
    assert!(store.past_branches(WS, started.program, Span { from: at(1), to: at(2) }).await.unwrap().is_empty());
}

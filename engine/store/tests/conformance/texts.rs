//! Texts that one of the databases cannot hold are refused by both.

use store::{Class, NewEvent, Paging};

use crate::{
    faults::{put, sized},
    world::{WS, World, at, by_email, by_external_id, event, ingest, object},
};

/// Characters that one of the databases cannot store are in no row of either, and are stored in neither.
pub(crate) async fn texts_that_cannot_be_stored(world: World) {
    put(&world, sized(10)).await.unwrap();
    let paging = Paging::default();
    for text in ["\0", "a\0b", "a@b.example\0"] {
        let search = store::ContactFilter { search: Some(text.into()), ..store::ContactFilter::default() };
        assert_eq!(world.contacts(WS, &search, &paging).await.unwrap().items.len(), 0);
        assert_eq!(world.inbox(WS, Some(text), &paging).await.unwrap().items.len(), 0);
        assert!(world.user_by_email(WS, text).await.unwrap().is_none());
        let error = put(&world, event(by_email(text), "order.placed")).await.unwrap_err();
        assert_eq!(error.class(), Class::Client, "{error}");
    }
    assert_eq!(world.obstacle().await, None);
    assert_eq!(ingest(&world, at(1), &[sized(1)]).await.len(), 1);
}

/// What is looked up by an index fits into it on both databases, or is refused by both.
pub(crate) async fn texts_that_no_index_holds(world: World) {
    // No two characters alike, so that nothing is packed.
    let text = |chars: u32| -> String { (0..chars).filter_map(|n| char::from_u32(0x1_0000 + n * 7)).collect() };
    // The longest that calls take: 200 characters, 128 of a type, 254 bytes of an address, and any name of an attribute.
    let mut longest = event(by_external_id(&text(200)), &text(128));
    longest.who.email = Some(format!("{}@{}.example", text(16), "x".repeat(180)));
    longest.key = Some(text(200));
    longest.attributes = object(serde_json::json!({ text(2_000): 1 }));
    longest.data = object(serde_json::json!({ text(2_000): 1 })).into();
    ingest(&world, at(0), &[longest]).await;
    let (fits, long) = (text(256), text(257));
    for (key, taken) in [(fits, true), (long, false), (text(4_000), false)] {
        let whole = |set: fn(&mut NewEvent, String)| {
            let mut event = sized(1);
            set(&mut event, key.clone());
            event
        };
        for event in [
            whole(|event, key| event.key = Some(key)),
            whole(|event, key| event.who.external_id = Some(key)),
            whole(|event, key| event.who.email = Some(key)),
        ] {
            let class = put(&world, event).await.map_err(|error| error.class());
            assert_eq!(class.map(drop), if taken { Ok(()) } else { Err(Class::Client) }, "{} bytes", key.len());
        }
    }
    assert_eq!(world.obstacle().await, None);
}

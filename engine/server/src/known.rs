//! What this installation knows beside a program: what the checker judges names by, and the editor offers.

mod fields;
mod looks;

use std::collections::BTreeMap;

use program::{EventType, Known, KnownEvent, KnownProgram, KnownStream, WorkspaceId};
use store::{Paging, Result, Store};

use self::fields::Fields;
pub(crate) use self::looks::Looks;

/// Events looked at: the newest ones of all types.
const EVENTS: u32 = 1_000;
/// The most events of one type that count.
const PER_TYPE: u64 = 200;
/// Contacts looked at: the newest ones.
const CONTACTS: u32 = 200;
/// Event types told.
const TYPES: usize = 1_000;

/// Gathers what is known. Its cost has bounds, whatever the installation holds: one read each of streams, live programs,
/// newest events and newest contacts, of which one row is in memory at a time.
async fn gather(store: &Store, workspace: WorkspaceId) -> Result<Known> {
    let stream = |stream: program::Stream| (stream.name.clone(), KnownStream::from(&stream));
    let streams = store.newest_streams(workspace, stream).await?.into_iter().collect();
    let programs = store.live_programs(workspace, |program| KnownProgram::from(&program)).await?;
    let mut events: BTreeMap<_, KnownEvent> = BTreeMap::new();
    let mut paging = Paging { after: None, limit: 200 };
    while events.len() < TYPES {
        let page = store.event_types(workspace, &paging).await?;
        events.extend(page.items.into_iter().map(|row| (row.event, KnownEvent::default())));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    let (mut room, mut looked) = (fields::ROOM, BTreeMap::<EventType, (u64, Fields)>::new());
    let look = |event, data| {
        let (seen, fields) = looked.entry(event).or_default();
        if *seen < PER_TYPE {
            *seen += 1;
            fields.look(&data, &mut room);
        }
    };
    store.newest_events(workspace, EVENTS, look).await?;
    let known = |(event, (seen, fields)): (_, (_, Fields))| (event, KnownEvent { seen, fields: fields.told() });
    events.extend(looked.into_iter().map(known));
    let mut attributes = Fields::default();
    store.newest_contacts(workspace, CONTACTS, |contact| attributes.look(&contact, &mut room)).await?;
    Ok(Known { streams, events, attributes: attributes.told(), programs })
}

//! What is long is kept in pieces, where the database is part of this process.

use std::sync::Arc;

use program::WorkspaceId;
use store::{Dialect, Keep, NewAttachment, Paging, Settle, Settlement};

use crate::{outbox::lease, world::*};

const DAY: i64 = 86_400_000;
/// A bit more than three pieces.
const LONG: usize = (768 << 10) + 7;

/// No two of its pieces are alike.
fn long(seed: usize) -> Vec<u8> {
    (0..LONG).map(|n| ((n + seed) * 31 + (n >> 16)) as u8).collect()
}

fn file(bytes: Vec<u8>) -> NewAttachment {
    NewAttachment { filename: "a.pdf".into(), content_type: "application/pdf".into(), bytes: Arc::new(bytes) }
}

/// How many pieces there are where a value has so many beside its first.
fn pieces(store: &World, beside: i64) -> i64 {
    if store.dialect() == Dialect::Sqlite { beside } else { 0 }
}

fn keep(days: u32) -> Keep {
    let days = format!("{days}d").parse().unwrap();
    Keep { trace: days, events: days, messages: days, inbox: days, audit: days }
}

pub(crate) async fn long_files_are_read_as_they_came(store: World) {
    let mut new = event(by_email("ann@example.com"), "a");
    let files = [long(0), b"short".to_vec(), long(1), vec![7; 256 << 10], vec![]];
    new.attachments = files.iter().cloned().map(file).collect();
    ingest(&store, at(0), std::slice::from_ref(&new)).await;
    assert_eq!(store.rows("piece").await, pieces(&store, 2 * 3));
    let read = store.attachments(WS, new.id).await.unwrap();
    assert!(read.into_iter().map(|file| file.bytes).eq(files), "what is read is not what came");
    let names = 5 * ("a.pdf".len() + "application/pdf".len());
    let bytes = 2 * LONG + 5 + (256 << 10) + names;
    assert_eq!(store.attachments_size(WS, new.id).await.unwrap(), bytes as u64);
    // What is somebody else's is not.
    assert!(store.attachments(WorkspaceId(id()), new.id).await.unwrap().is_empty());

    while store.prune(at(9 * DAY), keep(7), 10).await.unwrap().total() > 0 {}
    assert_eq!((store.rows("attachment").await, store.rows("piece").await), (0, 0));
}

/// While a mail is read its event may be deleted: it is no short mail then.
pub(crate) async fn a_value_without_all_its_pieces_is_none(store: World) {
    queue(&store, "hold", 1).await;
    let leased = lease(&store, 0, 1).await;
    let outcome = Settlement::Inbox { raw: long(3), subject: "Hello".into(), sender: "s@example.com".into() };
    store.settle(at(1), &[], &[Settle { id: leased[0].id, attempt: leased[0].attempt, outcome }]).await.unwrap();
    assert_eq!(store.inbox_mail(WS, leased[0].id).await.unwrap().raw, long(3));
    store.raw("DELETE FROM piece WHERE number > 1").await;
    let short = store.inbox_mail(WS, leased[0].id).await;
    assert_eq!(short.is_err(), store.dialect() == Dialect::Sqlite, "{short:?}");
}

pub(crate) async fn long_mails_stay_as_they_were_written_first(store: World) {
    queue(&store, "hold", 2).await;
    let leased = lease(&store, 0, 10).await;
    let settle = |at: usize, raw: Vec<u8>| {
        let outcome = Settlement::Inbox { raw, subject: "Hello".into(), sender: "s@example.com".into() };
        Settle { id: leased[at].id, attempt: leased[at].attempt, outcome }
    };
    let settles = [settle(0, long(0)), settle(1, long(1))];
    assert_eq!(store.settle(at(1), &[], &settles).await.unwrap().settled.len(), 2);
    for (at, raw) in [(0, long(0)), (1, long(1))] {
        let read = store.inbox_mail(WS, leased[at].id).await.unwrap();
        assert!(read.raw == raw && read.mail.size == LONG as u64, "{} of {LONG} bytes", read.raw.len());
    }
    let listed = store.inbox(WS, None, &Paging::default()).await.unwrap().items;
    assert!(listed.iter().all(|mail| mail.size == LONG as u64));
    assert_eq!(store.rows("piece").await, pieces(&store, 2 * 3));

    while store.prune(at(9 * DAY), keep(7), 1).await.unwrap().total() > 0 {}
    assert_eq!((store.rows("inbox_mail").await, store.rows("piece").await), (0, 0));
}

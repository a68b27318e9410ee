//! What the server and the store read from outside: events, their files, and cursors of lists.

#![allow(unreachable_pub, reason = "the long runs have these functions in a library")]

use std::sync::OnceLock;

use program::WorkspaceId;
use server::incoming::{danger as file_danger, read as read_event};
use store::{Error, EventFilter, Options, Paging, Store};

use super::pure::runtime;

/// One event of a request, as JSON.
pub fn event(bytes: &[u8]) {
    let Ok(item) = serde_json::from_slice::<Box<serde_json::value::RawValue>>(bytes) else { return };
    match read_event(&item) {
        Ok(event) => {
            let texts = [&event.who.email, &event.who.external_id, &event.key];
            assert!(texts.into_iter().flatten().all(|text| !text.contains('\0')), "NUL in {texts:?}");
        }
        Err(refusal) => assert!(!refusal.code.is_empty() && !refusal.detail.is_empty(), "{refusal:?}"),
    }
}

/// A file of an event, and its name. What is found in an archive is found behind something else, too.
pub fn attachment(bytes: &[u8]) {
    let found = file_danger("a.zip", "application/zip", bytes);
    assert!(found.as_ref().is_none_or(|why| !why.is_empty()));
    if found.is_some_and(|why| why.starts_with("it is an archive with a .")) {
        let behind = [b"%PDF-1.7", bytes].concat();
        assert!(file_danger("a.pdf", "application/pdf", &behind).is_some(), "hidden by what stands before it");
    }
    let name = String::from_utf8_lossy(bytes);
    if file_danger(&name, "application/pdf", b"").is_some() {
        assert!(
            file_danger(&format!("{name} . "), "application/pdf", b"").is_some(),
            "hidden by what stands behind it"
        );
    }
}

/// Cursors: refused as the caller's fault, or the place of a page; never the database's fault.
pub fn cursor(bytes: &[u8]) {
    let Ok(after) = std::str::from_utf8(bytes) else { return };
    let store = store();
    let paging = Paging { after: Some(after.into()), limit: 1 };
    let workspace = WorkspaceId::DEFAULT;
    runtime().block_on(async {
        let program = program::ProgramId::from(uuid::Uuid::nil());
        let results = [
            store.programs(workspace, None, &paging).await.map(drop),
            store.versions(workspace, program, &paging).await.map(drop),
            store.streams(workspace, &paging).await.map(drop),
            store.event_types(workspace, &paging).await.map(drop),
            store.events(workspace, &EventFilter::default(), &paging).await.map(drop),
        ];
        for result in results {
            assert!(matches!(result, Ok(()) | Err(Error::Invalid { .. })), "{after:?}: {result:?}");
        }
    });
}

/// An empty database, for all runs.
fn store() -> &'static Store {
    static STORE: OnceLock<(tempfile::TempDir, Store)> = OnceLock::new();
    let (_, store) = STORE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let url = format!("sqlite:{}/fuzz.db", folder.path().display());
        let store = runtime().block_on(Store::open(Options::new(url))).unwrap_or_else(|error| panic!("{error}"));
        (folder, store)
    });
    store
}

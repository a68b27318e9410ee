//! Documents of each kind are edited alike.

use program::{Program, ProgramId, Stream, StreamClass, StreamId, VersionId};
use store::{Document, DocumentId, Error, Expected, Paging, Publish, Publishing, Saving, Store};

use crate::world::*;

pub(crate) async fn documents_of_each_kind_are_edited_alike(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let program = |title: &str| Program { title: title.into(), ..welcome() };
    edited(&store, program, publish_program).await;
    let newsletter = |title: &str| Stream { title: title.into(), ..stream("newsletter", "hold") };
    edited(&store, newsletter, publish_stream).await;
}

/// What became of publishing a revision: the number of the version, or none where it was stale.
async fn publish_program(store: &Store, id: ProgramId, revision: u64) -> store::Result<Option<u32>> {
    let version = VersionId(crate::world::id());
    let publish = Publish { id: crate::world::id(), version, revision, choices: &[], time_scale: 1.0 };
    Ok(match store.publish_draft(by(Some("eva"), at(9)), id, &publish).await? {
        Publishing::Published(done) => Some(done.version),
        Publishing::Stale(_) => None,
    })
}

async fn publish_stream(store: &Store, id: StreamId, revision: u64) -> store::Result<Option<u32>> {
    let version = VersionId(crate::world::id());
    Ok(match store.publish_stream(by(Some("eva"), at(9)), id, revision, version).await? {
        Publishing::Published(put) => Some(put.number),
        Publishing::Stale(_) => None,
    })
}

async fn edited<I: DocumentId>(
    store: &Store,
    titled: impl Fn(&str) -> I::Document,
    publish: impl AsyncFn(&Store, I, u64) -> store::Result<Option<u32>>,
) {
    let save = async |draft: &I::Document, expected, author| {
        store.save_draft(by(Some(author), at(5)), fresh(), draft, expected).await
    };
    let ids = fresh();
    let id = I::from(ids.id);
    let first = titled("First");
    let saved = store.save_draft(by(Some("ann"), at(5)), ids, &first, Expected::Absent).await.unwrap();
    assert!(matches!(&saved, Saving::Saved(head) if head.revision == 1), "{saved:?}");
    let taken = save(&first, Expected::Absent, "ben").await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
    let reset = store.reset_draft(act(at(5)), id).await;
    assert!(matches!(reset, Err(Error::Conflict { what: "draft", .. })), "{reset:?}");

    // Two began with the same state of it: the second one is told who was first.
    let second = titled("Second");
    assert!(matches!(save(&second, Expected::Revision(1), "ben").await, Ok(Saving::Saved(_))));
    let Saving::Stale(head) = save(&first, Expected::Revision(1), "ann").await.unwrap() else { panic!() };
    assert_eq!((head.revision, head.saved_by.as_deref()), (2, Some("ben")));
    let draft = store.draft(WS, id).await.unwrap();
    assert!(draft.body == second && draft.head == head);
    assert_eq!((draft.base, draft.latest, draft.changed), (None, None, true));
    assert!(store.versions(WS, id, &Paging::default()).await.unwrap().items.is_empty());

    assert_eq!(publish(store, id, 1).await.unwrap(), None, "that revision is gone");
    assert_eq!(publish(store, id, 2).await.unwrap(), Some(1));
    let draft = store.draft(WS, id).await.unwrap();
    assert_eq!((draft.head.revision, draft.base, draft.latest, draft.changed), (3, Some(1), Some(1), false));
    assert_eq!(publish(store, id, 3).await.unwrap(), Some(1), "the same again is no new version");

    assert!(matches!(save(&titled("Third"), Expected::Revision(4), "ann").await, Ok(Saving::Saved(_))));
    let draft = store.draft(WS, id).await.unwrap();
    assert_eq!((draft.head.revision, draft.base, draft.changed), (5, Some(1), true));
    assert_eq!(store.reset_draft(act(at(6)), id).await.unwrap().revision, 6);
    assert!(store.draft(WS, id).await.unwrap().body == second);
    assert!(matches!(save(&titled("Fourth"), Expected::Revision(6), "ann").await, Ok(Saving::Saved(_))));
    assert_eq!(publish(store, id, 7).await.unwrap(), Some(2));

    let versions = store.versions(WS, id, &Paging::default()).await.unwrap().items;
    let listed: Vec<_> = versions.iter().map(|one| (one.number, one.title.as_str(), one.author.as_deref())).collect();
    assert_eq!(listed, [(2, "Fourth", Some("eva")), (1, "Second", Some("eva"))]);
    let older: I::Document = store.version(WS, versions[1].id).await.unwrap();
    assert!(older == second);
    assert!(store.version_numbered(WS, id, 1).await.unwrap() == second);
    for number in [0, 3] {
        let none = store.version_numbered(WS, id, number).await.map(drop);
        assert!(matches!(none, Err(Error::NotFound { what: "version" })), "{number}: {none:?}");
    }

    // A copy is the draft as it stands, under a name of its own.
    assert!(matches!(save(&titled("Fifth"), Expected::Revision(8), "ann").await, Ok(Saving::Saved(_))));
    let ids = fresh();
    let copy = store.duplicate(by(Some("ben"), at(7)), id, ids, ("copy-of-it", "Copied")).await.unwrap();
    assert!(copy.body == titled("Fifth").named("copy-of-it", "Copied").unwrap() && copy.id.uuid() == ids.id);
    assert_eq!((copy.head.revision, copy.head.saved_by.as_deref()), (1, Some("ben")));
    assert_eq!((copy.latest, copy.changed), (None, true));
    let taken = store.duplicate(act(at(7)), id, fresh(), ("copy-of-it", "Again")).await.map(drop);
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
    let bad = store.duplicate(act(at(7)), id, fresh(), ("No Name", "Again")).await.map(drop);
    assert!(matches!(bad, Err(Error::Invalid { field: "name", .. })), "{bad:?}");

    // What was put away is edited as before, and goes live when it is taken out.
    store.archive(WS, id, at(8)).await.unwrap();
    store.archive(WS, id, at(8)).await.unwrap();
    assert!(matches!(save(&titled("Sixth"), Expected::Revision(9), "ann").await, Ok(Saving::Saved(_))));
    let refused = publish(store, id, 10).await;
    assert!(matches!(refused, Err(Error::Conflict { what, .. }) if what == I::Document::WHAT), "{refused:?}");
    assert!(store.draft(WS, id).await.unwrap().changed);
    store.unarchive(WS, id, at(8)).await.unwrap();
    store.unarchive(WS, id, at(8)).await.unwrap();
    assert_eq!(publish(store, id, 10).await.unwrap(), Some(3));
    let nobody = store.archive(WS, I::from(crate::world::id()), at(8)).await;
    assert!(matches!(nobody, Err(Error::NotFound { what }) if what == I::Document::WHAT));
    let nobody = store.draft(WS, I::from(crate::world::id())).await.map(drop);
    assert!(matches!(nobody, Err(Error::NotFound { what }) if what == I::Document::WHAT));
}

pub(crate) async fn a_stream_that_is_only_a_draft_sends_nothing(store: World) {
    let ids = fresh();
    let mut draft = stream("welcome", "hold");
    let saving = store.save_draft(act(at(0)), ids, &draft, Expected::Absent).await.unwrap();
    assert!(matches!(saving, Saving::Saved(_)));
    let refused = store.put_program(act(at(1)), fresh(), &welcome(), true).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "stream", .. })), "{refused:?}");
    assert!(store.export(WS).await.unwrap().streams.is_empty());

    // Until it is live it may become of the other class, and then never again.
    draft.class = StreamClass::Marketing;
    store.save_draft(act(at(2)), fresh(), &draft, Expected::Revision(1)).await.unwrap();
    assert_eq!(store.stream(WS, &draft.name).await.unwrap().0.class, StreamClass::Marketing);
    assert_eq!(publish_stream(&store, StreamId(ids.id), 2).await.unwrap(), Some(1));
    store.put_program(act(at(3)), fresh(), &welcome(), true).await.unwrap();
    assert_eq!(store.export(WS).await.unwrap().streams, std::slice::from_ref(&draft));
    draft.class = StreamClass::Operational;
    store.save_draft(act(at(4)), fresh(), &draft, Expected::Revision(3)).await.unwrap();
    let refused = store.publish_stream(act(at(5)), StreamId(ids.id), 4, VersionId(id())).await;
    assert!(matches!(refused, Err(Error::Conflict { what: "stream class", .. })), "{refused:?}");
    assert_eq!(store.stream(WS, &draft.name).await.unwrap().0.current.number, 1);
}

pub(crate) async fn a_file_of_a_stream_takes_its_draft_along_unless_it_was_edited(store: World) {
    let titled = |title: &str| Stream { title: title.into(), ..stream("welcome", "hold") };
    let id = store.put_stream(act(at(0)), fresh(), &titled("One")).await.unwrap().id;
    store.put_stream(by(Some("import"), at(1)), fresh(), &titled("Two")).await.unwrap();
    let draft = store.draft(WS, id).await.unwrap();
    assert_eq!((draft.body.title.as_str(), draft.base, draft.changed), ("Two", Some(2), false));
    assert_eq!(draft.head.saved_by.as_deref(), Some("import"));
    store.save_draft(act(at(2)), fresh(), &titled("Mine"), Expected::Revision(draft.head.revision)).await.unwrap();
    store.put_stream(act(at(3)), fresh(), &titled("Three")).await.unwrap();
    let draft = store.draft(WS, id).await.unwrap();
    assert_eq!((draft.body.title.as_str(), draft.base, draft.latest), ("Mine", Some(2), Some(3)));
}

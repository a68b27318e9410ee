//! What people define.

use program::{ProgramId, StreamClass, VersionId};
use store::{CatchUp, Error, Paging, ProgramState, Route};

use crate::world::*;

pub(crate) async fn a_stream_gets_a_version_per_change(store: World) {
    let mut welcome = stream("welcome", "hold");
    let first = store.put_stream(act(at(0)), fresh(), &welcome).await.unwrap();
    assert_eq!((first.number, first.changed), (1, true));
    let same = store.put_stream(act(at(1)), fresh(), &welcome).await.unwrap();
    assert_eq!((same.id, same.version, same.number, same.changed), (first.id, first.version, 1, false));
    welcome.subject = "Hello {{ contact.name }}".into();
    let second = store.put_stream(act(at(2)), fresh(), &welcome).await.unwrap();
    assert_eq!((second.id, second.number, second.changed), (first.id, 2, true));
    let (summary, current) = store.stream(WS, &welcome.name).await.unwrap();
    assert_eq!((summary.current.id, summary.updated_at, &current), (second.version, at(2), &welcome));
    assert_eq!(store.version::<program::Stream>(WS, first.version).await.unwrap(), stream("welcome", "hold"));

    welcome.class = StreamClass::Marketing;
    let error = store.put_stream(act(at(3)), fresh(), &welcome).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { what: "stream class", .. }), "{error}");
    assert_eq!(store.streams(WS, &Paging::default()).await.unwrap().items, [summary]);
}

pub(crate) async fn a_program_is_put_and_published(store: World) {
    let program = welcome();
    let error = store.put_program(act(at(0)), fresh(), &program, true).await.unwrap_err();
    assert!(matches!(error, Error::Invalid { field: "stream", .. }), "{error}");
    assert!(store.programs(WS, None, &Paging::default()).await.unwrap().items.is_empty());

    let draft = store.put_program(act(at(0)), fresh(), &program, false).await.unwrap();
    let summary = store.program(WS, draft.id).await.unwrap();
    assert_eq!(
        (summary.state, summary.current.is_none(), summary.title.as_str()),
        (ProgramState::Draft, true, "Welcome")
    );
    assert!(store.routing(WS).await.unwrap().entries.is_empty());

    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let live = store.put_program(act(at(1)), fresh(), &program, true).await.unwrap();
    assert_eq!((live.id, live.version, live.changed), (draft.id, draft.version, true));
    let summary = store.program_by_name(WS, &program.name).await.unwrap();
    assert_eq!(summary.state, ProgramState::Live);
    assert_eq!(summary.current.unwrap().published_at, Some(at(1)));
    let routing = store.routing(WS).await.unwrap();
    let route = Route { event: kind("user.joined"), program: live.id, version: live.version };
    assert_eq!(routing.entries, [route]);
    assert_eq!(store.version::<program::Program>(WS, live.version).await.unwrap(), program);
    assert_eq!(store.event_types(WS, &Paging::default()).await.unwrap().items[0].event, kind("user.joined"));
    let export = store.export(WS).await.unwrap();
    assert_eq!((export.programs, export.streams), (vec![program], vec![stream("welcome", "hold")]));
    let nowhere = store.program(WS, ProgramId(id())).await;
    assert!(matches!(nowhere, Err(Error::NotFound { what: "program" })));
}

pub(crate) async fn publishing_is_idempotent(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let mut program = welcome();
    let first = store.put_program(act(at(0)), fresh(), &program, true).await.unwrap();
    let revision = store.routing_revision(WS).await.unwrap();
    let again = store.put_program(act(at(1)), fresh(), &program, true).await.unwrap();
    assert_eq!((again.version, again.changed), (first.version, false));
    assert_eq!(store.routing_revision(WS).await.unwrap(), revision);
    program.title = "Welcome!".into();
    let second = store.put_program(act(at(2)), fresh(), &program, true).await.unwrap();
    assert_eq!((second.id, second.number, second.changed), (first.id, 2, true));
    assert!(store.routing_revision(WS).await.unwrap() > revision);
    assert_eq!(store.routing(WS).await.unwrap().entries[0].version, second.version);
    // Back to what was: an old version becomes the current one again.
    store.publish(WS, first.id, first.version, at(3)).await.unwrap();
    assert_eq!(store.routing(WS).await.unwrap().entries[0].version, first.version);
    let foreign = store.publish(WS, first.id, VersionId(id()), at(3)).await;
    assert!(matches!(foreign, Err(Error::NotFound { .. })));
}

pub(crate) async fn a_pause_takes_entries_and_a_finish_does_not(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let put = store.put_program(act(at(0)), fresh(), &welcome(), false).await.unwrap();
    let early = store.pause_program(WS, put.id, at(0)).await;
    assert!(matches!(early, Err(Error::Conflict { .. })), "{early:?}");
    store.publish(WS, put.id, put.version, at(0)).await.unwrap();
    let revision = store.routing_revision(WS).await.unwrap();
    store.pause_program(WS, put.id, at(1)).await.unwrap();
    assert_eq!(store.routing(WS).await.unwrap().entries.len(), 1);
    store.resume_program(WS, put.id, CatchUp::Run, at(2)).await.unwrap();
    store.finish_program(WS, put.id, at(3)).await.unwrap();
    let routing = store.routing(WS).await.unwrap();
    assert!(routing.entries.is_empty() && routing.revision > revision);
    store.resume_program(WS, put.id, CatchUp::Run, at(4)).await.unwrap();
    assert_eq!(store.routing(WS).await.unwrap().entries.len(), 1);
}

pub(crate) async fn versions_are_paged(store: World) {
    let mut program = welcome();
    let mut last = None;
    for n in 1..=5 {
        program.title = format!("Welcome {n}");
        last = Some(store.put_program(act(at(n)), fresh(), &program, false).await.unwrap());
    }
    let id = last.unwrap().id;
    let mut numbers = Vec::new();
    let mut paging = Paging { after: None, limit: 2 };
    loop {
        let page = store.versions(WS, id, &paging).await.unwrap();
        numbers.extend(page.items.iter().map(|version| version.number));
        if page.next.is_none() {
            break;
        }
        paging.after = page.next;
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
}

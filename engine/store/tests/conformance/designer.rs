//! Drafts, publications and their undoing.

use program::{Action, EventId, Phase, Place, Port, Program, ProgramId, Reason, Time, TokenId, VersionId};
use store::{
    CatchUp, Choice, DueToken, Error, Expected, Ingested, Moved, NewToken, NodeChoice, Paging, ProgramState, Publish,
    Published, Publishing, Saving, Store, TokenState, TokenStatus, TokenWrite,
};
use uuid::Uuid;

use crate::world::*;

const DAY: i64 = 86_400_000;

pub(crate) fn program(nodes: &str) -> Program {
    let text = format!(
        "stafette: 1\nname: trip\ntitle: Trip\nnodes:\n  joined: {{ kind: entry, event: user.joined, next: rest }}\n{nodes}"
    );
    Program::parse(&text).unwrap()
}

pub(crate) fn before() -> Program {
    program(
        "  rest: { kind: wait, duration: 2d, next: nap }\n  nap: { kind: wait, duration: 1d, next: end }\n  end: { kind: exit }\n",
    )
}

pub(crate) async fn save(store: &Store, draft: &Program, revision: u64, author: &str) -> Saving {
    store.save_draft(by(Some(author), at(5)), fresh(), draft, Expected::Revision(revision)).await.unwrap()
}

pub(crate) async fn publish(
    store: &Store,
    id: ProgramId,
    revision: u64,
    choices: &[NodeChoice],
    now: Time,
) -> Published {
    let (publication, version) = (crate::world::id(), VersionId(crate::world::id()));
    let publish = Publish { id: publication, version, revision, choices, time_scale: 1.0 };
    match store.publish_draft(by(Some("eva"), now), id, &publish).await.unwrap() {
        Publishing::Published(done) => done,
        Publishing::Stale(head) => panic!("{head:?}"),
    }
}

pub(crate) fn choose(name: &str, choice: Choice) -> NodeChoice {
    NodeChoice { node: node(name), choice }
}

pub(crate) fn to(name: &str) -> Choice {
    Choice::Move { to: node(name) }
}

/// So many tokens that have just entered.
pub(crate) async fn enter(
    store: &Store,
    (program, version): (ProgramId, VersionId),
    n: usize,
    now: Time,
) -> Vec<TokenId> {
    let mut tokens = Vec::new();
    for chunk in (0..n).collect::<Vec<_>>().chunks(1_000) {
        let events: Vec<_> = chunk
            .iter()
            .map(|_| {
                let mut event = event(by_external_id(&id().to_string()), "user.joined");
                event.id = EventId(id());
                event.tokens = vec![NewToken { id: TokenId(id()), program, version, node: node("joined") }];
                event
            })
            .collect();
        for answer in ingest(store, now, &events).await {
            let Ingested::Accepted { tokens: started, .. } = answer else { panic!("{answer:?}") };
            tokens.extend(started);
        }
    }
    tokens
}

/// All that are due go from where they stand to a wait, and rest there until then.
async fn rest(store: &Store, name: &str, now: Time, due_at: Time) {
    let claim = store.claim(now, 500).await.unwrap();
    let writes = claim.tokens().iter().map(|token: &DueToken| {
        let seq = token.place.seq;
        let passed = step(seq + 1, now, &token.place.node, Action::Passed { port: Port::NEXT });
        let waits = step(seq + 2, now, &node(name), Action::Waiting { until: due_at });
        TokenWrite {
            token: token.id,
            seen_seq: seq,
            place: Place { node: node(name), phase: Phase::Due, seq: seq + 2 },
            state: TokenState::Ready { due_at },
            steps: vec![passed, waits],
            messages: Vec::new(),
            calls: Vec::new(),
        }
    });
    let writes: Vec<_> = writes.collect();
    claim.commit(writes).await.unwrap();
}

/// Where a token stands: version, node, state, due time.
pub(crate) async fn place(store: &Store, token: TokenId) -> (VersionId, String, TokenStatus, Option<Time>) {
    let token = store.token(WS, token).await.unwrap();
    (token.version, token.node.to_string(), token.status, token.due_at)
}

pub(crate) async fn a_draft_is_fenced_by_its_revision(store: World) {
    let mut draft = before();
    let Saving::Saved(head) = save(&store, &draft, 0, "ann").await else { panic!() };
    assert_eq!((head.revision, head.saved_by.as_deref()), (1, Some("ann")));
    let summary = store.program_by_name(WS, &draft.name).await.unwrap();
    assert_eq!((summary.state, summary.latest.number), (ProgramState::Draft, 0));
    assert!(store.versions(WS, summary.id, &Paging::default()).await.unwrap().items.is_empty());
    assert!(store.export(WS).await.unwrap().programs.is_empty());

    // Two began with the same state of it: the second one is told who was first, and nothing is lost.
    draft.title = "Ben's".into();
    let Saving::Saved(bens) = save(&store, &draft, 1, "ben").await else { panic!() };
    let mut late = draft.clone();
    late.title = "Ann's".into();
    assert_eq!(save(&store, &late, 1, "ann").await, Saving::Stale(bens.clone()));
    let stored = store.draft(WS, summary.id).await.unwrap();
    assert_eq!((&stored.body, &stored.head, stored.base, stored.changed), (&draft, &bens, None, true));
    assert_eq!(store.program(WS, summary.id).await.unwrap().title, "Ben's");
    let taken = store.save_draft(act(at(5)), fresh(), &draft, Expected::Absent).await;
    assert!(matches!(taken, Err(Error::Conflict { .. })), "{taken:?}");
    let nothing = store.reset_draft(act(at(5)), summary.id).await;
    assert!(matches!(nothing, Err(Error::Conflict { .. })), "{nothing:?}");

    let publishing = Publish { id: id(), version: VersionId(id()), revision: 1, choices: &[], time_scale: 1.0 };
    let stale = store.publish_draft(by(Some("eva"), at(6)), summary.id, &publishing).await.unwrap();
    assert_eq!(stale, Publishing::Stale(bens));
    let done = publish(&store, summary.id, 2, &[], at(6)).await;
    assert_eq!((done.version, done.revision), (1, 3));
    let versions = store.versions(WS, summary.id, &Paging::default()).await.unwrap().items;
    assert_eq!(versions.len(), 1);
    assert_eq!((versions[0].title.as_str(), versions[0].author.as_deref()), ("Ben's", Some("eva")));
    let stored = store.draft(WS, summary.id).await.unwrap();
    assert_eq!((stored.base, stored.head.revision, stored.changed), (Some(1), 3, false));
    let nobody = store.draft(WS, ProgramId(id())).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
}

pub(crate) async fn an_import_takes_a_draft_along_unless_it_was_edited(store: World) {
    let mut program = before();
    let put = store.put_program(by(Some("import"), at(0)), fresh(), &program, true).await.unwrap();
    let draft = store.draft(WS, put.id).await.unwrap();
    assert_eq!((draft.head.revision, draft.base, draft.changed), (0, Some(1), false));
    program.title = "Two".into();
    store.put_program(by(Some("import"), at(1)), fresh(), &program, true).await.unwrap();
    // Whoever had opened version 1 is told.
    let Saving::Stale(head) = save(&store, &before(), 0, "ann").await else { panic!() };
    assert_eq!((head.revision, head.saved_by.as_deref()), (1, Some("import")));
    let mut mine = program.clone();
    mine.title = "Mine".into();
    assert!(matches!(save(&store, &mine, 1, "ann").await, Saving::Saved(_)));
    program.title = "Three".into();
    store.put_program(by(Some("import"), at(2)), fresh(), &program, true).await.unwrap();
    let draft = store.draft(WS, put.id).await.unwrap();
    assert_eq!((draft.body.title.as_str(), draft.base, draft.latest), ("Mine", Some(2), Some(3)));
    let head = store.reset_draft(by(Some("ann"), at(3)), put.id).await.unwrap();
    let draft = store.draft(WS, put.id).await.unwrap();
    assert_eq!((draft.body.title.as_str(), draft.changed, draft.base), ("Three", false, Some(3)));
    assert_eq!((draft.head, head.revision), (head, 3));
}

pub(crate) async fn a_publication_does_what_was_chosen(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &before(), true).await.unwrap();
    let resting = enter(&store, (put.id, put.version), 3, at(0)).await;
    rest(&store, "rest", at(0), at(2 * DAY)).await;
    let napping = enter(&store, (put.id, put.version), 2, at(10)).await;
    rest(&store, "nap", at(10), at(DAY)).await;
    let entering = enter(&store, (put.id, put.version), 4, at(20)).await;
    let standing = store.standing(WS, put.id).await.unwrap();
    let of = |name: &str| standing.iter().find(|place| place.node == node(name)).map(|place| place.tokens);
    assert_eq!((of("joined"), of("rest"), of("nap")), (Some(4), Some(3), Some(2)));

    // The nap is gone, the rest a day longer.
    let new = program("  rest: { kind: wait, duration: 3d, next: end }\n  end: { kind: exit }\n");
    assert!(matches!(save(&store, &new, 0, "ann").await, Saving::Saved(_)));
    for wrong in [
        vec![choose("nap", to("nap"))],
        vec![choose("nap", to("joined"))],
        vec![choose("nap", Choice::Retime)],
        vec![choose("nap", Choice::Exit), choose("nap", Choice::Stay)],
    ] {
        let (id, version) = (id(), VersionId(id()));
        let publishing = Publish { id, version, revision: 1, choices: &wrong, time_scale: 1.0 };
        let refused = store.publish_draft(by(Some("eva"), at(30)), put.id, &publishing).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "moves", .. })), "{refused:?}");
    }
    let choices = [choose("rest", Choice::Retime), choose("nap", to("end")), choose("joined", Choice::Exit)];
    let done = publish(&store, put.id, 1, &choices, at(30)).await;
    let tokens: Vec<_> = done.moved.iter().map(|moved: &Moved| moved.tokens).collect();
    assert_eq!(tokens, [3, 2, 4]);
    let live = store.program(WS, put.id).await.unwrap().current.unwrap();
    assert_eq!(store.routing(WS).await.unwrap().entries[0].version, live.id);
    let all = (place(&store, resting[0]).await, place(&store, napping[0]).await, place(&store, entering[0]).await);
    assert_eq!(all.0, (live.id, "rest".into(), TokenStatus::Ready, Some(at(3 * DAY))));
    assert_eq!(all.1, (live.id, "end".into(), TokenStatus::Ready, Some(at(30))));
    assert_eq!(all.2, (put.version, "joined".into(), TokenStatus::Done, None));
    let last = |trace: Vec<program::TraceStep>| {
        let last = trace.into_iter().next_back().unwrap();
        (last.seq, last.at, last.node, last.action, last.reason)
    };
    let until = at(3 * DAY);
    for (token, expected) in [
        (resting[0], (3, at(30), node("rest"), Action::Waiting { until }, "re-timed when version 2 was published")),
        (napping[0], (3, at(30), node("nap"), Action::Moved { to: node("end") }, "moved when version 2 was published")),
        (entering[0], (1, at(30), node("joined"), Action::Finished, "taken out when version 2 was published")),
    ] {
        let (seq, at, node, action, reason) = expected;
        assert_eq!(last(store.trace(WS, token).await.unwrap()), (seq, at, node, action, Reason::read(reason)));
    }
    let counted = counts(&store, put.id).await;
    let waiting = |name: &str| counted.get(name).map_or(0, |count| count.waiting);
    assert_eq!((waiting("joined"), waiting("rest"), waiting("nap"), waiting("end")), (0, 3, 0, 2));
    assert_eq!((counted["nap"].moved, counted["joined"].finished, counted["end"].entered), (2, 4, 2));

    // One goes on before the undoing: it stays, the others are back as they were.
    let claim = store.claim_exactly(at(40), &napping[..1]).await.unwrap();
    let token = claim.tokens()[0].clone();
    let ended = step(token.place.seq + 1, at(40), &token.place.node, Action::Finished);
    let place_now = Place { seq: token.place.seq + 1, ..token.place.clone() };
    let write = TokenWrite {
        token: token.id,
        seen_seq: token.place.seq,
        place: place_now,
        state: TokenState::Done,
        steps: vec![ended],
        messages: Vec::new(),
        calls: Vec::new(),
    };
    claim.commit(vec![write]).await.unwrap();
    let program = store.program(WS, put.id).await.unwrap();
    assert_eq!(store.undoable(WS, &program).await.unwrap(), Some(done.id));
    let undone = store.undo_publication(by(Some("eva"), at(50)), put.id, done.id).await.unwrap();
    let returned: Vec<_> = undone.returned.iter().map(|one| (one.node.to_string(), one.back, one.gone)).collect();
    assert_eq!(returned, [("rest".to_owned(), 3, 0), ("nap".into(), 1, 1), ("joined".into(), 4, 0)]);
    assert_eq!(undone.version, Some(1));
    assert_eq!(place(&store, resting[1]).await, (put.version, "rest".into(), TokenStatus::Ready, Some(at(2 * DAY))));
    assert_eq!(place(&store, napping[1]).await, (put.version, "nap".into(), TokenStatus::Ready, Some(at(DAY))));
    assert_eq!(place(&store, entering[3]).await, (put.version, "joined".into(), TokenStatus::Ready, Some(at(20))));
    assert_eq!(place(&store, napping[0]).await.1, "end");
    assert_eq!(store.routing(WS).await.unwrap().entries[0].version, put.version);
    let counted = counts(&store, put.id).await;
    let waiting = |name: &str| counted.get(name).map_or(0, |count| count.waiting);
    assert_eq!((waiting("joined"), waiting("rest"), waiting("nap"), waiting("end")), (4, 3, 1, 0));
    // Those that went back are due, and at the phase in which they were.
    let claim = store.claim(at(2 * DAY), 500).await.unwrap();
    let phases: Vec<_> = claim.tokens().iter().map(|token| (token.place.node.to_string(), token.place.phase)).collect();
    assert_eq!(phases.iter().filter(|(_, phase)| *phase == Phase::Due).count(), 4, "{phases:?}");
    claim.rollback().await.unwrap();
    for refused in [done.id, Uuid::nil()] {
        let again = store.undo_publication(act(at(60)), put.id, refused).await;
        assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
    }
}

pub(crate) async fn the_same_wait_goes_on_and_many_go_in_batches(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &before(), true).await.unwrap();
    let resting = enter(&store, (put.id, put.version), 2, at(0)).await;
    rest(&store, "rest", at(0), at(2 * DAY)).await;
    let many = enter(&store, (put.id, put.version), 6_000, at(0)).await;
    let mut new = before();
    new.title = "Other words".into();
    assert!(matches!(save(&store, &new, 0, "ann").await, Saving::Saved(_)));
    let choices = [choose("rest", to("rest")), choose("joined", to("end"))];
    let done = publish(&store, put.id, 1, &choices, at(30)).await;
    assert_eq!(done.moved.iter().map(|moved| moved.tokens).collect::<Vec<_>>(), [2, 6_000]);
    let live = store.program(WS, put.id).await.unwrap().current.unwrap().id;
    assert_eq!(place(&store, resting[0]).await, (live, "rest".into(), TokenStatus::Ready, Some(at(2 * DAY))));
    assert_eq!(place(&store, many[5_999]).await, (live, "end".into(), TokenStatus::Ready, Some(at(30))));
    // Nobody stands on an older version any more.
    assert!(store.standing(WS, put.id).await.unwrap().iter().all(|place| place.version == live));
    let undone = store.undo_publication(act(at(40)), put.id, done.id).await.unwrap();
    assert_eq!(undone.returned.iter().map(|one| (one.back, one.gone)).collect::<Vec<_>>(), [(2, 0), (6_000, 0)]);
    // A pause between publication and undoing holds; a first publication undone leaves a draft.
    let done = publish(&store, put.id, 2, &[], at(50)).await;
    store.pause_program(WS, put.id, at(51)).await.unwrap();
    store.undo_publication(act(at(52)), put.id, done.id).await.unwrap();
    assert_eq!(store.program(WS, put.id).await.unwrap().state, ProgramState::Paused);
    let mut first = before();
    first.name = "first".parse().unwrap();
    save(&store, &first, 0, "ann").await;
    let first = store.program_by_name(WS, &first.name).await.unwrap().id;
    let done = publish(&store, first, 1, &[], at(60)).await;
    let undone = store.undo_publication(act(at(61)), first, done.id).await.unwrap();
    let program = store.program(WS, first).await.unwrap();
    assert_eq!((undone.version, program.state, program.current), (None, ProgramState::Draft, None));
}

pub(crate) async fn what_a_pause_holds_is_published_along(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &before(), true).await.unwrap();
    let resting = enter(&store, (put.id, put.version), 3, at(0)).await;
    rest(&store, "rest", at(0), at(2 * DAY)).await;
    let napping = enter(&store, (put.id, put.version), 2, at(10)).await;
    rest(&store, "nap", at(10), at(DAY)).await;
    store.pause_program(WS, put.id, at(20)).await.unwrap();
    // The nap is over while the program is paused, the rest is not.
    let claim = store.claim(at(DAY), 500).await.unwrap();
    assert_eq!((claim.tokens().len(), claim.held()), (0, 2));
    claim.commit(Vec::new()).await.unwrap();
    assert_eq!(place(&store, napping[0]).await, (put.version, "nap".into(), TokenStatus::Held, Some(at(DAY))));
    let standing = store.standing(WS, put.id).await.unwrap();
    assert_eq!(
        standing.iter().map(|place| (place.node.as_str(), place.tokens)).collect::<Vec<_>>(),
        [("nap", 2), ("rest", 3)]
    );

    let new = program("  rest: { kind: wait, duration: 3d, next: end }\n  end: { kind: exit }\n");
    assert!(matches!(save(&store, &new, 0, "ann").await, Saving::Saved(_)));
    let choices = [choose("rest", Choice::Retime), choose("nap", to("end"))];
    let done = publish(&store, put.id, 1, &choices, at(DAY + 1)).await;
    assert_eq!(done.moved.iter().map(|moved| moved.tokens).collect::<Vec<_>>(), [3, 2]);
    let live = store.program(WS, put.id).await.unwrap().current.unwrap().id;
    assert_eq!(place(&store, resting[0]).await, (live, "rest".into(), TokenStatus::Ready, Some(at(3 * DAY))));
    assert_eq!(place(&store, napping[0]).await, (live, "end".into(), TokenStatus::Held, Some(at(DAY + 1))));
    let waiting = counts(&store, put.id).await;
    assert_eq!((waiting["nap"].waiting, waiting["end"].waiting), (0, 2));

    // Undone while the pause lasts they are held where they were; done again and resumed, they go on in the new version.
    let undone = store.undo_publication(act(at(DAY + 2)), put.id, done.id).await.unwrap();
    assert_eq!(undone.returned.iter().map(|one| (one.back, one.gone)).collect::<Vec<_>>(), [(3, 0), (2, 0)]);
    assert_eq!(place(&store, napping[0]).await, (put.version, "nap".into(), TokenStatus::Held, Some(at(DAY))));
    let choices = [choose("rest", Choice::Exit), choose("nap", to("end"))];
    let done = publish(&store, put.id, 2, &choices, at(DAY + 3)).await;
    assert_eq!(done.moved.iter().map(|moved| moved.tokens).collect::<Vec<_>>(), [3, 2]);
    store.resume_program(WS, put.id, CatchUp::Run, at(DAY + 4)).await.unwrap();
    let released = store.release(WS, put.id, at(DAY + 4)).await.unwrap();
    assert_eq!((released.tokens, released.waiting), (2, 0));
    let (version, node, state, _) = place(&store, napping[1]).await;
    assert_eq!((version, node, state), (live, "end".into(), TokenStatus::Ready));
    assert_eq!(store.claim(at(DAY + 4), 500).await.unwrap().tokens().len(), 2);
}

/// Whoever takes a program out of the archive says so; nothing else does. Each way in is tried.
pub(crate) async fn archived_stays_archived(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &before(), true).await.unwrap();
    save(&store, &longer(), 0, "eva").await;
    let done = publish(&store, put.id, 1, &[], at(6)).await;
    store.archive(WS, put.id, at(7)).await.unwrap();
    let other = program("  rest: { kind: wait, duration: 9d, next: end }\n  end: { kind: exit }\n");
    for (what, file) in [("as it was", &longer()), ("an older one", &before()), ("a new one", &other)] {
        let refused = store.put_program(act(at(8)), fresh(), file, true).await;
        assert!(
            matches!(&refused, Err(Error::Conflict { why, .. }) if why.to_string().contains("archive")),
            "{what}: {refused:?}"
        );
    }
    assert_eq!(store.versions(WS, put.id, &Paging::default()).await.unwrap().items.len(), 2);
    let refused = [
        store.publish(WS, put.id, put.version, at(8)).await,
        store.resume_program(WS, put.id, CatchUp::Run, at(8)).await,
        store.finish_program(WS, put.id, at(8)).await,
        store.pause_program(WS, put.id, at(8)).await.map(drop),
        store.stop_program(WS, put.id, at(8)).await.map(drop),
    ];
    assert!(refused.iter().all(|refused| matches!(refused, Err(Error::Conflict { .. }))), "{refused:?}");
    let choices: [NodeChoice; 0] = [];
    let again =
        Publish { id: id(), version: VersionId(id()), revision: done.revision, choices: &choices, time_scale: 1.0 };
    let refused = store.publish_draft(by(Some("eva"), at(8)), put.id, &again).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    // These are done, and change nothing about it.
    store.put_program(act(at(9)), fresh(), &other, false).await.unwrap();
    store.release(WS, put.id, at(9)).await.unwrap();
    store.eject(WS, put.id, at(9)).await.unwrap();
    store.undo_publication(act(at(9)), put.id, done.id).await.unwrap();
    store.archive(WS, put.id, at(9)).await.unwrap();
    assert_eq!(store.program(WS, put.id).await.unwrap().state, ProgramState::Archived);
    assert!(store.routing(WS).await.unwrap().entries.is_empty());
}

fn longer() -> Program {
    program("  rest: { kind: wait, duration: 5d, next: end }\n  end: { kind: exit }\n")
}

pub(crate) async fn archived_programs_let_nobody_in(store: World) {
    let put = store.put_program(act(at(0)), fresh(), &before(), true).await.unwrap();
    store.archive(WS, put.id, at(1)).await.unwrap();
    for (archived, found) in [(None, 1), (Some(true), 1), (Some(false), 0)] {
        assert_eq!(store.programs(WS, archived, &Paging::default()).await.unwrap().items.len(), found, "{archived:?}");
    }
    assert!(store.routing(WS).await.unwrap().entries.is_empty());
    let refused = store.resume_program(WS, put.id, CatchUp::Run, at(2)).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
    store.unarchive(WS, put.id, at(3)).await.unwrap();
    assert_eq!(store.program(WS, put.id).await.unwrap().state, ProgramState::Paused);
    store.resume_program(WS, put.id, CatchUp::Run, at(4)).await.unwrap();
    store.unarchive(WS, put.id, at(5)).await.unwrap();
    assert_eq!(store.program(WS, put.id).await.unwrap().state, ProgramState::Live);
}

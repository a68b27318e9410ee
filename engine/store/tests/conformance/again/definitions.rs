//! Drafts, streams, publications and their undoing.

use program::{Program, ProgramId, Stream, StreamId, StreamName, VersionId};
use store::{Choice, Expected, Publish, Publishing, Saving};

use super::at_each_statement;
use crate::{
    designer::{choose, place},
    waits::{due_at, waiting_in},
    world::*,
};

const DAY: i64 = 86_400_000;

pub(crate) async fn what_is_edited_is_edited_once(store: World) {
    here(edited(store));
}

fn revision(saving: Saving) -> u64 {
    match saving {
        Saving::Saved(head) => head.revision,
        Saving::Stale(head) => panic!("{head:?}"),
    }
}

async fn edited(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let prepare = async |n| {
        let program = Program { name: format!("welcome-{n}").parse().unwrap(), ..welcome() };
        (store.put_program(act(at(0)), fresh(), &program, true).await.unwrap().id, program)
    };
    at_each_statement(&store, prepare, async |(id, program): (ProgramId, Program)| {
        let ann = by(Some("ann"), at(1));
        let mine = Program { title: "Mine".into(), ..program.clone() };
        let first = revision(store.save_draft(ann, fresh(), &mine, Expected::Revision(0)).await.unwrap());
        let title = store.draft(WS, id).await.unwrap().body.title;
        let back = store.reset_draft(ann, id).await.unwrap().revision;
        let new = Program { name: format!("{}-new", program.name).parse().unwrap(), ..program };
        let begun = revision(store.save_draft(ann, fresh(), &new, Expected::Absent).await.unwrap());
        let draft = store.draft(WS, id).await.unwrap();
        (first, title, back, begun, draft.changed, draft.head.revision)
    })
    .await;

    let prepare = async |n| {
        let letter = Stream { name: StreamName::new(&format!("letter-{n}")).unwrap(), ..stream("x", "hold") };
        (store.put_stream(act(at(0)), fresh(), &letter).await.unwrap().id, letter)
    };
    at_each_statement(&store, prepare, async |(id, letter): (StreamId, Stream)| {
        let mine = Stream { title: "Mine".into(), ..letter.clone() };
        store.save_draft(act(at(1)), fresh(), &mine, Expected::Revision(0)).await.unwrap();
        let version = VersionId(crate::world::id());
        let Publishing::Published(second) = store.publish_stream(act(at(2)), id, 1, version).await.unwrap() else {
            panic!("nobody else saved it")
        };
        let files = Stream { title: "From a file".into(), ..letter };
        let third = store.put_stream(act(at(3)), fresh(), &files).await.unwrap();
        let (stored, body) = store.stream(WS, &files.name).await.unwrap();
        (second.number, third.number, stored.current.number, body.title)
    })
    .await;
}

pub(crate) async fn what_is_published_moves_once(store: World) {
    here(published(store));
}

/// Waits so many days for a payment, or naps.
pub(super) fn pays(name: &str, days: u32) -> Program {
    Program::parse(&format!(
        "stafette: 1\nname: {name}\ntitle: Pays\nnodes:\n  joined: {{ kind: entry, event: user.joined, next: pay }}\n  \
         pay: {{ kind: wait_for_event, event: user.paid, timeout: {days}d }}\n"
    ))
    .unwrap()
}

async fn published(store: World) {
    // Some rest, one has just come.
    let prepare = async |n| {
        let name = format!("pays-{n}");
        let put = store.put_program(act(at(0)), fresh(), &pays(&name, 1), true).await.unwrap();
        let (mut tokens, _) = waiting_in(&store, (put.id, put.version), 2).await;
        tokens.extend(crate::designer::enter(&store, (put.id, put.version), 1, at(1)).await);
        let saved = store.save_draft(act(at(2)), fresh(), &pays(&name, 3), Expected::Revision(0)).await.unwrap();
        assert_eq!(revision(saved), 1);
        (put.id, tokens)
    };
    at_each_statement(&store, prepare, async |(id, tokens)| {
        let choices = [choose("pay", Choice::Retime), choose("joined", Choice::Exit)];
        let (publication, version) = (crate::world::id(), VersionId(crate::world::id()));
        let publish = Publish { id: publication, version, revision: 1, choices: &choices, time_scale: 1.0 };
        let Publishing::Published(done) = store.publish_draft(act(at(3)), id, &publish).await.unwrap() else {
            panic!("nobody else saved it")
        };
        let moved: Vec<_> = done.moved.iter().map(|one| one.tokens).collect();
        let waits = format!("awaiting WHERE until = {}", at(3 * DAY).timestamp_millis());
        let (until, due, gone) =
            (store.rows(&waits).await, due_at(&store, tokens[0]).await, place(&store, tokens[2]).await.2);
        let finished = counts(&store, id).await["joined"].finished;
        let undone = store.undo_publication(act(at(4)), id, publication).await.unwrap();
        let back: Vec<_> = undone.returned.iter().map(|one| (one.back, one.gone)).collect();
        let now = (store.rows(&waits).await, due_at(&store, tokens[0]).await, due_at(&store, tokens[2]).await);
        let traced = (store.trace(WS, tokens[0]).await.unwrap().len(), store.trace(WS, tokens[2]).await.unwrap().len());
        (moved, (until, due, gone, finished), back, now, traced, counts(&store, id).await["joined"].finished)
    })
    .await;
}

//! Test runs: made of copies, alone, and gone as a whole.

use std::sync::Arc;

use program::{ContactId, EventId, Object, ProgramId, TokenId, VersionId, WorkspaceId};
use serde_json::json;
use store::{
    ContactFilter, Error, EventFilter, InboxMail, IngestOutcome, Keep, MessageFilter, MessageStatus, NewAttachment,
    NewTestRun, NewToken, Paging, Settle, Settlement, TestRun, TokenFilter, TokenState,
};

use crate::world::*;

const DAY: i64 = 86_400_000;
/// So long that it is kept in pieces.
static FILE: [u8; 300 << 10] = [7; 300 << 10];

/// Counts what joined in ten days, and in two.
fn body() -> program::Program {
    program::Program::parse(
        "stafette: 1\nname: welcome\ntitle: Welcome\nnodes:\n  joined: { kind: entry, event: user.joined, next: often }\n  \
         often: { kind: condition, when: 'count(\"user.left\", duration(\"10d\")) > 1', next: { yes: lately, no: hello } }\n  \
         lately: { kind: condition, when: 'count(\"user.left\", duration(\"2d\")) > 1', next: { yes: hello, no: hello } }\n  \
         hello: { kind: send_mail, stream: welcome }\n",
    )
    .unwrap()
}

/// A contact, and so many days ago it left.
async fn contact(store: &World, email: &str, left: &[i64]) -> ContactId {
    let mut events = vec![event(by_email(email), "user.seen")];
    events.extend(left.iter().map(|days| {
        let mut event = event(by_email(email), "user.left");
        event.occurred_at = at(-days * DAY);
        event.data = object(json!({ "secret": "stays" })).into();
        event
    }));
    accepted(&ingest(store, at(0), &events).await[0]).1
}

/// A run of a program, begun at this time.
pub(crate) fn run(program: ProgramId, millis: i64) -> TestRun {
    TestRun {
        id: WorkspaceId::test_run(id_at(at(millis))),
        program,
        revision: Some(3),
        event: kind("user.joined"),
        data: object(json!({ "n": 1 })),
        started_at: at(millis),
        started_by: Some("ida@example.org".into()),
    }
}

/// The event with a file, started in the run.
async fn enter(store: &World, run: &TestRun, version: VersionId) -> (EventId, TokenId) {
    let routing = store.routing(run.id).await.unwrap();
    assert_eq!(routing.entries.len(), 1);
    assert_eq!((routing.entries[0].program, routing.entries[0].version), (run.program, version));
    let mut event = event(by_email("ann@example.com"), "user.joined");
    let token = TokenId(id());
    let (filename, content_type) = ("a.pdf".into(), "application/pdf".into());
    event.attachments.push(NewAttachment { filename, content_type, bytes: Arc::new(FILE.to_vec()) });
    event.tokens = vec![NewToken { id: token, program: run.program, version, node: node("joined") }];
    let entered = (event.id, token);
    let outcome = store.ingest(run.id, run.started_at, routing.revision, &[event]).await.unwrap();
    assert!(matches!(outcome, IngestOutcome::Done(_)), "{outcome:?}");
    entered
}

pub(crate) async fn a_test_run_is_alone_and_goes_as_a_whole(store: World) {
    store.put_stream(act(at(0)), fresh(), &stream("welcome", "hold")).await.unwrap();
    let put = store.put_program(act(at(0)), fresh(), &welcome(), true).await.unwrap();
    let ann = contact(&store, "ann@example.com", &[1, 5, 20]).await;
    let bob = contact(&store, "bob@example.com", &[]).await;
    let (events, revision) = (all_events(&store, WS).await, store.routing_revision(WS).await.unwrap());

    // Only who is marked; and nothing is left of a run that is refused.
    let (first, version, body) = (run(put.id, 0), VersionId(id()), body());
    let only_ann = [ann];
    let new = |run| NewTestRun { run, body: &body, version: (version, 2), contacts: &only_ann };
    let refused = store.start_test_run(WS, &new(&first)).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid { field: "contacts", .. }), "{refused}");
    assert!(store.settings(first.id).await.is_err());
    store.set_test_contact(WS, ann, true, at(1)).await.unwrap();
    assert!(store.contact(WS, ann).await.unwrap().test && !store.contact(WS, bob).await.unwrap().test);
    let marked = ContactFilter { test: true, ..ContactFilter::default() };
    for search in [None, Some("AN"), Some("b")] {
        let filter = ContactFilter { search: search.map(Into::into), ..marked.clone() };
        let found = store.contacts(WS, &filter, &Paging::default()).await.unwrap().items;
        assert_eq!(found.len(), usize::from(search != Some("b")), "{search:?}");
    }

    store.start_test_run(WS, &new(&first)).await.unwrap();
    let read = store.test_run(WS, put.id, first.id).await.unwrap();
    assert_eq!((&read, store.test_runs(WS, put.id).await.unwrap()), (&first, vec![first.clone()]));
    assert!(store.test_run(WS, ProgramId(id()), first.id).await.is_err());
    assert_eq!(store.version::<program::Program>(first.id, version).await.unwrap(), body);
    // What conditions count came along, and no payload.
    let past = all_events(&store, first.id).await;
    assert_eq!(past.iter().map(|event| event.occurred_at).collect::<Vec<_>>(), [at(-5 * DAY), at(-DAY)]);
    assert!(past.iter().all(|event| event.data == Object::new()));

    // It enters with its file, and its mail goes to the inbox of the run.
    let (entry, token) = enter(&store, &first, version).await;
    assert_eq!(store.attachments(first.id, entry).await.unwrap()[0].bytes, FILE);
    assert!(store.attachments(WS, entry).await.unwrap().is_empty());
    let claim = store.claim(at(2), 10).await.unwrap();
    let mut write = carry(&claim.tokens()[0], at(2), TokenState::Ready { due_at: at(DAY) });
    write.place.phase = program::Phase::Due;
    let (_, current) = store.stream(first.id, &stream_name("welcome")).await.unwrap();
    assert_eq!(current, stream("welcome", "hold"));
    let head = store.stream(first.id, &stream_name("welcome")).await.unwrap().0.current.id;
    let message = message(&claim.tokens()[0], 1, head, at(2));
    write.messages.push(message.clone());
    claim.commit(vec![write]).await.unwrap();
    let leased = store.lease_messages(at(3), at(9_000), "node", message.class, 10).await.unwrap();
    assert_eq!((leased.len(), leased[0].workspace), (1, first.id));
    let outcome = Settlement::Inbox { raw: FILE.to_vec(), subject: "Hello".into(), sender: "a@example.com".into() };
    store.settle(at(4), &[], &[Settle { id: message.id, attempt: 1, outcome }]).await.unwrap();
    assert_eq!(store.message(first.id, message.id).await.unwrap().status, MessageStatus::Sent);
    assert_eq!(store.test_run_of(WS, message.id).await.unwrap(), Some(first.id));
    assert_eq!(store.test_run_of(first.id, message.id).await.unwrap(), None);
    let InboxMail { recipient, .. } = store.inbox_mail(first.id, message.id).await.unwrap().mail;
    assert_eq!(recipient, "Ann@example.com");

    // Nothing of it is seen where people live.
    assert_eq!(all_events(&store, WS).await, events);
    assert_eq!(store.routing_revision(WS).await.unwrap(), revision);
    assert!(store.tokens(WS, &TokenFilter::default(), &Paging::default()).await.unwrap().items.is_empty());
    assert!(store.messages(WS, &MessageFilter::default(), &Paging::default()).await.unwrap().items.is_empty());
    assert!(store.inbox(WS, None, &Paging::default()).await.unwrap().items.is_empty());
    assert!(store.feed(WS, at(-1), 10).await.unwrap().is_empty());
    assert!(counts(&store, put.id).await.is_empty());

    // A wait is skipped once, and says so.
    assert_eq!(store.skip_waits(first.id, &[token], at(5)).await.unwrap(), 1);
    assert_eq!(store.skip_waits(first.id, &[token], at(6)).await.unwrap(), 0);
    assert!(store.skip_waits(WS, &[token], at(6)).await.is_err());
    let trace = store.trace(first.id, token).await.unwrap();
    assert_eq!((trace.len(), trace[1].seq, trace[1].at), (2, 2, at(5)));
    assert!(trace[1].reason.to_string().contains("skipped"));
    let claim = store.claim(at(5), 10).await.unwrap();
    assert_eq!((claim.tokens().len(), claim.tokens()[0].place.seq), (1, 2));
    claim.rollback().await.unwrap();

    // Publishing and pausing leave it alone, and it goes without a trace.
    store.archive(WS, put.id, at(7)).await.unwrap();
    assert_eq!(store.routing(first.id).await.unwrap().entries.len(), 1);
    let before = all_events(&store, WS).await;
    assert!(store.clear_test_run(WS).await.is_err());
    store.clear_test_run(first.id).await.unwrap();
    assert!(store.test_run(WS, put.id, first.id).await.is_err() && store.settings(first.id).await.is_err());
    assert!(store.token(first.id, token).await.is_err() && store.message(first.id, message.id).await.is_err());
    assert!(store.attachments(first.id, entry).await.unwrap().is_empty() && store.rows("piece").await == 0);
    assert!(store.contact(first.id, ann).await.is_err() && store.inbox_mail(first.id, message.id).await.is_err());
    assert_eq!(all_events(&store, WS).await, before);

    // What nobody clears goes after a week.
    let second = run(put.id, 10);
    store.start_test_run(WS, &new(&second)).await.unwrap();
    let long = "999d".parse().unwrap();
    let keep = Keep { trace: long, events: long, messages: long, inbox: long, audit: long };
    assert_eq!(store.prune(at(7 * DAY), keep, 10).await.unwrap().test_runs, 0);
    assert_eq!(store.prune(at(8 * DAY), keep, 10).await.unwrap().test_runs, 1);
    assert!(store.test_runs(WS, put.id).await.unwrap().is_empty());
}

async fn all_events(store: &World, workspace: WorkspaceId) -> Vec<store::Event> {
    let mut events = store.events(workspace, &EventFilter::default(), &Paging::default()).await.unwrap().items;
    events.sort_by_key(|event| event.occurred_at);
    events
}

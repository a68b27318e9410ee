//! What comes at another time than it should: after a window has closed, or by a clock that is ahead.

use chrono::TimeDelta;
use program::{Program, Stream};
use runner::{Clock, press::Means};
use serde_json::{Value, json};
use server::config::{Config, Database, Http, Place as Kept, Work};
use store::{CatchUp, Paging};

use super::story::until;
use crate::{
    process::{Client, binary, stafette_ok},
    world::{Place, WORKSPACE, World},
};

const PROGRAM: &str = "stafette: 1\nname: mornings\ntitle: M\nnodes:\n  \
    come: { kind: entry, event: go, again: always, max_age: any, next: morning }\n  \
    morning: { kind: wait_window, days: [mon, tue, wed, thu, fri, sat, sun], hours: \"08:00-09:00\", next: mail }\n  \
    mail: { kind: send_mail, stream: hello }\n";

/// Counts right behind the entry; whoever is not the first is not mailed.
const FIRST: &str = "stafette: 1\nname: first\ntitle: F\nnodes:\n  \
    come: { kind: entry, event: first, again: always, next: once }\n  \
    once: { kind: condition, when: 'count(\"first\", duration(\"1d\")) == 1', next: { yes: mail, no: out } }\n  \
    mail: { kind: send_mail, stream: hello, next: out }\n  out: { kind: exit }\n";

const STREAM: &str = "stafette: 1\nname: hello\ntitle: H\nclass: operational\nfrom: { email: shop@example.test }\n\
    subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\n";

/// A node that works, at eight in the evening of a Monday.
async fn evening(place: (Place, String), program: &str) -> World {
    let world = World::new(place, "2026-03-02T20:00:00Z".parse().unwrap()).await;
    world.engine.enter().await.unwrap();
    world.stream(&Stream::parse(STREAM).unwrap()).await;
    world.publish(&Program::parse(program).unwrap()).await;
    world
}

async fn go(world: &World, who: &str) {
    let attributes = json!({ "email": format!("{who}@example.test") });
    world.event("go", attributes.as_object().unwrap(), &program::Object::new()).await;
    world.engine.work_off().await.unwrap();
}

async fn mails_after(world: &World, hours: i64) -> usize {
    world.hands.advance(TimeDelta::hours(hours));
    world.engine.work_off().await.unwrap();
    world.store.inbox(WORKSPACE, None, &Paging { after: None, limit: 200 }).await.unwrap().items.len()
}

/// Nobody moves tokens while the window is open, or a pause holds them: they wait for the next one.
async fn a_window_is_asked_again(place: (Place, String)) {
    let world = evening(place, PROGRAM).await;
    go(&world, "a").await;
    assert_eq!(mails_after(&world, 24).await, 0, "at eight in the evening, after an outage");
    assert_eq!(mails_after(&world, 11).await, 0, "at seven the next morning");
    assert_eq!(mails_after(&world, 1).await, 1, "at eight");

    // It is Wednesday, and the window is open: who comes goes on.
    go(&world, "b").await;
    assert_eq!(mails_after(&world, 12).await, 2);
    // Paused from the evening until after the next window.
    go(&world, "c").await;
    let program = world.store.program_by_name(WORKSPACE, &"mornings".parse().unwrap()).await.unwrap().id;
    world.store.pause_program(WORKSPACE, program, world.clock.now()).await.unwrap();
    assert_eq!(mails_after(&world, 13).await, 2, "paused, at nine in the morning");
    world.store.resume_program(WORKSPACE, program, CatchUp::Run, world.clock.now()).await.unwrap();
    while world.store.release(WORKSPACE, program, world.clock.now()).await.unwrap().more {}
    assert_eq!(mails_after(&world, 0).await, 2, "resumed, and the window has closed");
    assert_eq!(mails_after(&world, 23).await, 3, "at eight the next morning");
    world.end().await;
}

/// Whatever the clock of its sender says, the event that starts a token is one that the contact had.
async fn the_own_event_is_counted(place: (Place, String)) {
    let world = evening(place, FIRST).await;
    for (n, ahead) in [0, 3, 86_400, 86_400 * 365].into_iter().enumerate() {
        let mut event = runner::Incoming {
            who: store::Who { email: Some(format!("c{n}@example.test")), external_id: None },
            attributes: program::Object::new(),
            opt_in: None,
            event: "first".parse().unwrap(),
            data: program::Object::new().into(),
            occurred_at: Some(world.clock.now() + TimeDelta::seconds(ahead)),
            key: None,
            attachments: Vec::new(),
        };
        world.engine.ingest.submit(WORKSPACE, vec![event.clone()]).await.unwrap();
        assert_eq!(mails_after(&world, 0).await, n + 1, "{ahead} s ahead");
        // The second one of this contact is not the first.
        event.key = Some(format!("again-{n}"));
        world.engine.ingest.submit(WORKSPACE, vec![event]).await.unwrap();
        assert_eq!(mails_after(&world, 0).await, n + 1, "{ahead} s ahead, again");
    }
    world.end().await;
}

/// Waits for a date that was over long before.
const DATED: &str = "stafette: 1\nname: dated\ntitle: D\nnodes:\n  \
    come: { kind: entry, event: go, again: always, max_age: any, next: new-year }\n  \
    new-year: { kind: wait_until, at: \"2026-01-01T08:00\", next: out }\n  out: { kind: exit }\n";

/// What was said before what is known, and what came too late, stands on the page of its event.
fn an_event_tells_what_was_too_late(database: Option<&str>) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let mut place = vec!["--data", folder];
    place.extend(database.iter().flat_map(|url| ["--database-url", url]));
    let scopes = ["keys", "create", "--scope", "events:write", "--scope", "read", "--scope", "admin"];
    let client = Client::new(&stafette_ok(&[&scopes[..], &place].concat()));
    let config = Config {
        place: Kept {
            data: Some(data.path().into()),
            database: Database { database_url: database.map(Into::into), ..Database::default() },
        },
        http: Http { listen: Some("127.0.0.1:0".into()), ..Http::default() },
        // Templates are rendered by the program, which this test is not.
        work: Work { renderer: Means::Program(binary()), ..Work::default() },
        ..Config::default()
    };
    let (clock, hands) = Clock::manual("2026-03-02T20:00:00Z".parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(server::serve_with(config, clock, server::WebApp::NONE)).unwrap();
    let url = |path: &str| format!("http://{}/api/v1/{path}", server.addr);
    for (path, file) in [("streams", STREAM), ("programs?publish=true", PROGRAM), ("programs?publish=true", DATED)] {
        let (status, answer) = client.post_text(&url(path), file).unwrap();
        assert_eq!(status, 200, "{answer}");
    }
    let send = |day: &str, contact: Value| {
        let event = json!({ "type": "go", "occurred_at": format!("2026-{day}T09:00:00Z"), "contact": contact });
        let (status, receipt) = client.post(&url("events"), &event).unwrap();
        assert_eq!((status, &receipt["results"][0]["started"]), (202, &json!(2)), "{receipt}");
        receipt["results"][0].clone()
    };
    let event =
        |receipt: &Value| client.get(&url(&format!("events/{}", receipt["event_id"].as_str().unwrap()))).unwrap().1;
    let contact = |city: &str, opt_in: bool| json!({ "email": "ida@example.test", "city": city, "country": "DE", "opt_in": opt_in });
    let first = send("03-02", contact("Ulm", true));
    let older = send("02-01", contact("Bonn", false));
    let (_, known) = client.get(&url(&format!("contacts/{}", older["contact_id"].as_str().unwrap()))).unwrap();
    assert_eq!((&known["attributes"]["city"], &known["opt_in"]), (&json!("Ulm"), &json!(true)), "{known}");
    assert_eq!(event(&first)["passed_over"], Value::Null);
    let told = event(&older);
    assert_eq!(told["passed_over"], "older than what is known of the contact, which stays as it is: opt_in, city");
    assert_eq!(told["passed_over_why"], json!({ "reason": "passed_over", "names": "opt_in, city" }));

    // The date was before; said at once, and of its own event only.
    let reasons = |receipt: &Value| -> Vec<(String, String)> {
        let event = event(receipt);
        let late = event["late"].as_array().cloned().unwrap_or_default();
        let tokens = event["tokens"].to_string();
        assert!(late.iter().all(|step| tokens.contains(step["token"].as_str().unwrap())), "{event}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        late.iter().map(|step| (text(&step["program"]), text(&step["reason"]))).collect()
    };
    until(|| (reasons(&first).len() == 1 && reasons(&older).len() == 1).then_some(()));
    assert_eq!(reasons(&first), [("dated".to_owned(), "2026-01-01 08:00 UTC was before".to_owned())]);

    // A pause over the window, which is open in the morning only.
    let resting = || client.all(&url("tokens?program=mornings&node=morning&state=waiting")).unwrap().len();
    until(|| (resting() == 2).then_some(()));
    let decide = |what: &str| {
        let (status, answer) = client.post(&url(&format!("programs/mornings/{what}")), &json!({})).unwrap();
        assert_eq!(status, 200, "{answer}");
    };
    decide("pause");
    hands.advance(TimeDelta::hours(16));
    decide("resume");
    until(|| (reasons(&first).len() == 2).then_some(()));
    let (program, missed) = reasons(&first).pop().unwrap();
    assert_eq!(
        (program.as_str(), missed.as_str()),
        ("mornings", "too late for every day 08:00-09:00 UTC, waits for the next time")
    );
    until(|| (resting() == 2).then_some(()));
    runtime.block_on(server.shutdown());
}

#[test]
fn an_event_tells_what_was_too_late_on_sqlite() {
    an_event_tells_what_was_too_late(None);
}

#[test]
fn an_event_tells_what_was_too_late_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("too_late"));
    an_event_tells_what_was_too_late(Some(&url));
    runtime.block_on(place.remove());
}

#[tokio::test]
async fn a_window_is_asked_again_on_sqlite() {
    a_window_is_asked_again(Place::sqlite().await).await;
}

#[tokio::test]
async fn a_window_is_asked_again_on_postgres() {
    a_window_is_asked_again(Place::postgres("window").await).await;
}

#[tokio::test]
async fn the_own_event_is_counted_on_sqlite() {
    the_own_event_is_counted(Place::sqlite().await).await;
}

#[tokio::test]
async fn the_own_event_is_counted_on_postgres() {
    the_own_event_is_counted(Place::postgres("own_event").await).await;
}

//! Operators and queues; and under which address mails call back.

use api::queues::{Queue, QueueName, Queues, RelayState};
use axum::http::StatusCode;
use clap::Parser;
use runner::{Clock, Topic};
use serde_json::Value;
use server::config::Config;

use crate::world::{As, World, start};

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

#[tokio::test]
async fn queues_are_held_flushed_and_let_go() {
    let world = World::new(&[]).await;
    let (admin, reader) = (world.key(&["admin"]).await, world.key(&["read"]).await);
    let list = world.get(api::path::QUEUES, &reader).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text());
    let queues: Queues = serde_json::from_slice(&list.body).unwrap();
    let names: Vec<_> = queues.items.iter().map(|queue| queue.name).collect();
    assert_eq!(names, [QueueName::Operational, QueueName::Marketing, QueueName::Calls]);
    assert!(queues.items.iter().all(|queue| queue.held_at.is_none() && queue.waiting == 0 && queue.relays.is_empty()));
    let marketing = Topic::Messages(program::StreamClass::Marketing);
    for (word, name, topic) in
        [("marketing", QueueName::Marketing, marketing), ("calls", QueueName::Calls, Topic::Calls)]
    {
        let mut woken = world.server.app().wake.listen(topic);
        let ask = async |path: &str, who: &As| world.post(&path.replace("{queue}", word), who, "").await;
        let queue = async |path: &str| -> Queue { serde_json::from_slice(&ask(path, &admin).await.body).unwrap() };
        assert_eq!(ask(api::path::QUEUE_HOLD, &reader).await.status, StatusCode::FORBIDDEN);
        let held = queue(api::path::QUEUE_HOLD).await;
        assert_eq!((held.name, held.held_at), (name, Some(start())));
        assert_eq!(queue(api::path::QUEUE_RELEASE).await.held_at, None);
        assert_eq!(queue(api::path::QUEUE_FLUSH).await.flushed_at, Some(start()));
        // Whoever works on it need not wait for its next look.
        tokio::time::timeout(std::time::Duration::from_secs(20), woken.woken()).await.unwrap();
    }
    let unknown = world.post(&api::path::QUEUE_HOLD.replace("{queue}", "fast"), &admin, "").await;
    assert!(unknown.status.is_client_error(), "{}", unknown.text());
}

#[tokio::test]
async fn hosts_that_are_left_alone_stand_by_the_queue_of_calls() {
    let world = World::new(&[]).await;
    let reader = world.key(&["read"]).await;
    let (store, at) = (&world.server.app().store, start());
    store.heartbeat("boot-1", at, std::time::Duration::from_secs(9)).await.unwrap();
    let seen = store::RelaySeen {
        queue: store::QueueName::Calls,
        node: "boot-1".into(),
        server: "shop.example:443".into(),
        state: "open".into(),
        cause: program::Reason::NotTaken { status: 503 },
        since: at,
        next: Some(at + chrono::TimeDelta::minutes(5)),
    };
    store.relay_seen(&seen).await.unwrap();
    let list = world.get(api::path::QUEUES, &reader).await;
    let queues: Queues = serde_json::from_slice(&list.body).unwrap();
    assert!(queues.items[..2].iter().all(|queue| queue.relays.is_empty()), "{}", list.text());
    let host = &queues.items[2].relays[0];
    assert_eq!(
        (&*host.server, host.state, host.since, host.next_at),
        ("shop.example:443", RelayState::Open, at, seen.next)
    );
    assert_eq!((&*host.cause, &host.why), ("the server answered with status 503", &Some(seen.cause)));
}

/// Starts with these flags on this folder; the error, if there is one.
async fn serve(folder: &std::path::Path, flags: &[&str]) -> Result<server::Server, String> {
    let fixed = ["stafette", "--listen", "127.0.0.1:0", "--data", folder.to_str().unwrap()];
    let mut config = Flags::try_parse_from(fixed.iter().chain(flags)).unwrap().config.load().unwrap();
    config.work.renderer = runner::press::Means::Program(env!("CARGO_BIN_EXE_stafette").into());
    server::serve_with(config, Clock::manual(start()).0, server::WebApp::NONE).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_relay_needs_an_address_that_mails_can_call_back() {
    let folder = tempfile::tempdir().unwrap();
    let relay = ["--smtp", "smtp://127.0.0.1:1"];
    let refused = serve(folder.path(), &relay).await.err().unwrap();
    assert!(refused.contains("--public-url https://"), "{refused}");
    for bad in ["mail.example", "https://", "ftp://mail.example", "https://a b"] {
        let refused = serve(folder.path(), &["--public-url", bad]).await.err().unwrap();
        assert!(refused.contains("http:// or https://"), "{bad}: {refused}");
    }
    // Without a relay nobody outside follows a link.
    serve(folder.path(), &[]).await.unwrap().shutdown().await;
    // Who moves tokens only sends nothing.
    serve(folder.path(), &[&relay[..], &["--roles", "runner"]].concat()).await.unwrap().shutdown().await;
    // Said once, at any node, it is known to all.
    let api = serve(folder.path(), &["--roles", "api", "--public-url", "https://mail.example/"]).await.unwrap();
    api.shutdown().await;
    let dispatcher = serve(folder.path(), &[&relay[..], &["--roles", "dispatcher"]].concat()).await.unwrap();
    assert_eq!(&*dispatcher.app().links.public_url(), "https://mail.example");
    dispatcher.shutdown().await;
}

/// Waits until mails call back under this address.
async fn turned(world: &World, url: &str) {
    let links = &world.server.app().links;
    let turned = async {
        while *links.public_url() != *url {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), turned).await;
    waited.unwrap_or_else(|_| panic!("links still begin with {}", links.public_url()));
}

#[tokio::test]
async fn a_running_node_follows_the_address_that_another_says() {
    let world = World::new(&["--example", "--public-url", "https://old.example"]).await;
    let (writer, reader) = (world.key(&["events:write"]).await, world.key(&["read"]).await);
    world.order(&writer, "ida@example.org", "1").await;
    world.wait_for(api::path::INBOX, &reader, 1).await;
    let app = world.server.app();
    let plain = world.get("/healthz", &As::Nobody).await;
    assert_eq!(plain.header("strict-transport-security"), "max-age=31536000");
    // By a hint, as another node gives it …
    app.store.set_installation("public_url", "http://hinted.example").await.unwrap();
    app.wake.wake(runner::Topic::Installation);
    turned(&world, "http://hinted.example").await;
    assert_eq!(world.get("/healthz", &As::Nobody).await.header("strict-transport-security"), "");
    // … or, where that was lost, some time later.
    app.store.set_installation("public_url", "https://new.example").await.unwrap();
    world.hands.advance(chrono::TimeDelta::seconds(10));
    turned(&world, "https://new.example").await;
    world.hands.advance(chrono::TimeDelta::days(2));
    let mails = world.wait_for(api::path::INBOX, &reader, 2).await;
    let path = format!("{}/{}", api::path::INBOX, mails[0]["id"].as_str().unwrap());
    let mail = world.get(&path, &reader).await.text();
    assert!(mail.contains("https://new.example/r/") && !mail.contains("old.example/r/"), "{mail}");
}

#[tokio::test]
async fn doctor_tells_of_options_that_contradict_what_the_nodes_go_by() {
    let folder = tempfile::tempdir().unwrap();
    serve(folder.path(), &["--public-url", "https://one.example/"]).await.unwrap().shutdown().await;
    let doctor = |flags: &[&str]| {
        let fixed = ["doctor", "--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()];
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_stafette")).args(fixed).args(flags).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    assert!(
        doctor(&[]).contains("ok       public URL: https://one.example, as the database keeps it"),
        "{}",
        doctor(&[])
    );
    let same = doctor(&["--public-url", "https://one.example"]);
    assert!(same.contains("ok       public URL: https://one.example") && !same.contains("go by"), "{same}");
    let other = doctor(&["--public-url", "https://two.example"]);
    let line = "note     public URL: these options say https://two.example, the nodes of this database go by \
                https://one.example";
    assert!(other.contains(line), "{other}");
}

#[tokio::test]
async fn who_only_hands_mail_over_is_not_ready_while_nobody_takes_it() {
    for (roles, status) in [("dispatcher", StatusCode::SERVICE_UNAVAILABLE), ("api,dispatcher", StatusCode::OK)] {
        let flags = ["--smtp", "smtp://127.0.0.1:1", "--public-url", "https://mail.example", "--roles", roles];
        let world = World::new(&flags).await;
        let dispatcher = &world.server.app().dispatcher;
        assert_eq!(world.get("/readyz", &As::Nobody).await.status, StatusCode::OK, "nothing was tried yet");
        dispatcher.look(program::StreamClass::Operational).await;
        let answer = world.get("/readyz", &As::Nobody).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        match status {
            StatusCode::OK => assert_eq!(body["waiting_for_relay"], serde_json::json!(["operational"])),
            _ => {
                assert!(answer.text().contains("127.0.0.1:1") && answer.text().contains("refused"), "{}", answer.text())
            }
        }
    }
}

#[tokio::test]
async fn queues_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    serve(folder.path(), &[]).await.unwrap().shutdown().await;
    let stafette = |args: &[&str]| {
        let data = ["--data", folder.path().to_str().unwrap()];
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_stafette")).args(args).args(data).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    assert!(
        stafette(&["queue", "hold", "marketing"]).contains("marketing: 0 wait, 0 of them tried in vain; held since")
    );
    let list = stafette(&["queue", "list"]);
    assert!(list.starts_with("operational: 0 wait, 0 of them tried in vain\nmarketing: "), "{list}");
    assert!(list.contains("\ncalls: 0 wait, 0 of them tried in vain\n"), "{list}");
    assert!(!stafette(&["queue", "release", "marketing"]).contains("held"));
    assert!(stafette(&["queue", "hold", "calls"]).starts_with("calls: 0 wait, 0 of them tried in vain; held since"));
    assert_eq!(stafette(&["queue", "list"]).matches("held since").count(), 1);
    assert!(!stafette(&["queue", "release", "calls"]).contains("held"));
    let flushed = stafette(&["queue", "flush"]);
    assert!(flushed.contains("operational: 0 are tried at once, and a relay"), "{flushed}");
    assert!(flushed.contains("calls: 0 are tried at once, and hosts that are left alone are looked at"), "{flushed}");
}

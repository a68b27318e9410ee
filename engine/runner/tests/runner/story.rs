//! The order follow-up as its file says it, from the event to the last mail.

use chrono::TimeDelta;
use runner::{Config, IngestError, Topic};
use serde_json::json;
use store::{MessageStatus, TokenStatus};

use crate::world::{WS, World, event, one_mail, stream};

const PROGRAM: &str = include_str!("../../../../programs/order-follow-up/program.yaml");
const STREAMS: [&str; 3] = [
    include_str!("../../../../programs/order-follow-up/streams/order-confirmation.yaml"),
    include_str!("../../../../programs/order-follow-up/streams/satisfaction-survey.yaml"),
    include_str!("../../../../programs/order-follow-up/streams/loyalty-invite.yaml"),
];

async fn shop(config: Config) -> World {
    let world = World::with(mail::Transport::inbox(), config).await;
    for stream in STREAMS {
        world.stream(stream).await;
    }
    world.program(PROGRAM).await;
    world
}

#[tokio::test]
async fn an_order_becomes_a_confirmation_and_then_a_survey() {
    let world = shop(Config::default()).await;
    world.event(event("order.placed", "eve@example.test", json!({ "order_id": "A-7" }))).await;
    world.engine.work_off().await.unwrap();
    let mails = world.inbox().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].mail.subject, "Your order A-7");
    assert_eq!(mails[0].mail.recipient, "eve@example.test");

    world.after(TimeDelta::hours(47)).await;
    assert_eq!(world.inbox().await.len(), 1);
    world.after(TimeDelta::hours(1)).await;
    let mails = world.inbox().await;
    assert_eq!(mails.len(), 2);
    let survey = world.messages().await.remove(1);
    // The survey's links answer for its message. Quoted-printable may break lines and escape `=`.
    let source = String::from_utf8_lossy(&mails[1].raw).replace("=\r\n", "");
    let token = world.links.token(survey.id);
    assert!(source.contains(&format!("/r/{token}")), "{source}");
    assert_eq!(world.links.verify(&token), Some(survey.id));
    assert_eq!(survey.message_id, format!("{}.{}@example.test", survey.token.uuid().simple(), survey.seq));

    let tokens = world.tokens().await;
    assert_eq!(tokens[0].status, TokenStatus::Done);
    let trace: Vec<_> = world.store.trace(WS, tokens[0].id).await.unwrap();
    let nodes: Vec<_> = trace.iter().map(|step| step.node.as_str()).collect();
    assert_eq!(nodes, ["placed", "confirmation", "pause", "pause", "loyal", "survey", "done"]);
}

#[tokio::test]
async fn the_third_order_in_a_year_brings_an_invitation() {
    let world = shop(Config::default()).await;
    for order in ["A-1", "A-2", "A-3"] {
        world.event(event("order.placed", "eve@example.test", json!({ "order_id": order }))).await;
    }
    world.engine.work_off().await.unwrap();
    world.after(TimeDelta::days(2)).await;
    let subjects: Vec<_> = world.inbox().await.into_iter().map(|mail| mail.mail.subject).collect();
    assert_eq!(subjects[3..], ["Inner Circle: an invitation"; 3], "{subjects:?}");
}

#[tokio::test]
async fn waits_go_by_as_fast_as_they_are_told() {
    let world = shop(Config { time_scale: 86_400.0, ..Config::default() }).await;
    world.event(event("order.placed", "eve@example.test", json!({}))).await;
    world.engine.work_off().await.unwrap();
    let token = world.tokens().await.remove(0);
    assert_eq!(token.due_at, Some(world.clock.now() + TimeDelta::seconds(2)));
    let trace = world.store.trace(WS, token.id).await.unwrap();
    assert!(trace.last().unwrap().to_string().contains("waiting until 2026-03-01T09:00:02Z"), "{trace:?}");
    world.after(TimeDelta::seconds(2)).await;
    assert_eq!(world.inbox().await.len(), 2);
}

#[tokio::test]
async fn marketing_mail_needs_an_opt_in_and_all_mail_an_address() {
    let world = World::new().await;
    world.stream(&stream("news", "marketing", "hold")).await;
    world.program(&one_mail("news")).await;
    for (email, opt_in) in
        [("yes@example.test", Some(true)), ("no@example.test", Some(false)), ("x@example.test", None)]
    {
        let mut event = event("go", email, json!({}));
        event.opt_in = opt_in;
        world.event(event).await;
    }
    let mut nobody = event("go", "", json!({}));
    nobody.who = store::Who { email: None, external_id: Some("crm-7".into()) };
    world.event(nobody).await;
    world.engine.work_off().await.unwrap();
    let states: Vec<_> = world.messages().await.into_iter().map(|message| message.status).collect();
    let blocked = MessageStatus::Blocked;
    assert_eq!(states, [MessageStatus::Sent, blocked, blocked, blocked]);
    let reasons: Vec<_> = world.messages().await.into_iter().filter_map(|message| message.reason).collect();
    assert!(
        reasons[0].to_string().contains("opted in") && reasons[2].to_string().contains("no mail address"),
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_at_work_ends_in_order() {
    let world = shop(Config::default()).await;
    let running = runner::start(world.deps()).await.unwrap();
    let mut changes = running.wake.listen(Topic::Changes);
    for n in 0..20 {
        let event = event("order.placed", &format!("c{n}@example.test"), json!({}));
        running.ingest.submit(WS, vec![event]).await.unwrap();
    }
    // Each change that is committed wakes; the last one brings the last mail.
    while world.inbox().await.len() < 20 {
        changes.woken().await;
    }
    let ingest = running.ingest.clone();
    let node = running.node.clone();
    running.shutdown().await;
    let late = ingest.submit(WS, vec![event("order.placed", "late@example.test", json!({}))]).await;
    assert_eq!(late, Err(IngestError::ShuttingDown));
    assert!(world.messages().await.iter().all(|message| message.status == MessageStatus::Sent));
    assert!(!world.store.live_nodes(world.clock.now()).await.unwrap().contains(&node));
}

//! Keys, accounts, settings, contracts, what is written down of changes, and what nodes say of themselves.

use std::time::Duration;

use program::{KeyId, StreamClass, UserId, Violation};
use serde_json::json;
use store::{
    AuditFilter, Beat, Digest, NewKey, NewSession, NewUser, Paging, QueueName, RelaySeen, Settings, UnknownEvents,
    Violations,
};

use super::at_each_statement;
use crate::{
    audit::row,
    seen::{contract, saw},
    world::*,
};

pub(crate) async fn what_people_are_given_is_given_once(store: World) {
    here(given(store));
}

fn digest(n: u64) -> Digest {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&n.to_be_bytes());
    digest
}

async fn given(store: World) {
    let number = async |n: u64| n;
    at_each_statement(&store, number, async |n| {
        let scopes = vec!["events:write".into()];
        let key = NewKey { id: KeyId(id()), name: "shop".into(), scopes, digest: digest(n), expires_at: None };
        store.create_key(WS, &key, at(0)).await.unwrap();
        store.touch_key(WS, key.id, at(1)).await.unwrap();
        store.revoke_key(WS, key.id, at(2)).await.unwrap();
        let kept = store.keys(WS).await.unwrap().into_iter().find(|kept| kept.id == key.id).unwrap();
        (kept.name, kept.scopes, kept.last_used_at, kept.revoked_at)
    })
    .await;

    at_each_statement(&store, number, async |n| {
        let new = |name: &str| NewUser { id: UserId(id()), email: format!("{name}{n}@example.com"), password: None };
        let (first, second) = (new("first"), new("second"));
        store.create_setup_link(WS, &digest(n), at(0), at(10)).await.unwrap();
        let made = store.create_first_user(WS, &digest(n), &first, at(1)).await.unwrap();
        let again = store.create_first_user(WS, &digest(n), &second, at(1)).await.unwrap();
        let session = NewSession { digest: digest(n), user: first.id, expires_at: at(10) };
        store.create_session(WS, &session, at(1)).await.unwrap();
        store.extend_session(&digest(n), at(20)).await.unwrap();
        let ends = store.session(&digest(n), at(15)).await.unwrap().map(|session| session.expires_at);
        store.delete_session(&digest(n)).await.unwrap();
        let over = store.session(&digest(n), at(15)).await.unwrap().is_none();
        store.delete_user(WS, first.id).await.unwrap();
        (made, again, ends, over, store.users(WS).await.unwrap().len())
    })
    .await;
}

pub(crate) async fn what_is_said_is_said_once(store: World) {
    here(said(store));
}

async fn said(store: World) {
    let number = async |n: u64| n;
    at_each_statement(&store, number, async |n| {
        store.set_settings(WS, &Settings { unknown_events: UnknownEvents::Refuse }).await.unwrap();
        let refuses = store.settings(WS).await.unwrap();
        store.set_settings(WS, &Settings::default()).await.unwrap();
        store.set_installation("public_url", &format!("https://{n}.example")).await.unwrap();
        let told = store.installation("public_url").await.unwrap() == Some(format!("https://{n}.example"));
        let name = format!("secret-{n}");
        let secrets = [store.secret(&name, b"one").await.unwrap(), store.secret(&name, b"other").await.unwrap()];
        let actor = format!("ann-{n}");
        store.add_audit(WS, &row(1, &actor, Some("welcome"))).await.unwrap();
        let of = AuditFilter { actor: Some(actor), ..AuditFilter::default() };
        let audited = store.audit(WS, &of, &Paging::default()).await.unwrap().items.len();
        (refuses, store.settings(WS).await.unwrap(), told, secrets, audited)
    })
    .await;

    let prepare = async |n: u64| kind(&format!("seen.t{n}"));
    at_each_statement(&store, prepare, async |event| {
        let first = store.put_contract(act(at(0)), &event, Some(&contract("report", "a"))).await.unwrap();
        let mut found = Violations::default();
        let missing = Violation { path: "a".into(), code: "missing", reason: "it is".into(), above: None };
        found.add(&event, &[missing.clone(), missing], &mut usize::MAX.clone());
        store.note_violations(WS, at(1), &mut found).await.unwrap();
        let times = store.violations(WS, &event, 10).await.unwrap()[0].times;
        let mut seen = [(event.clone(), saw(&[json!({ "a": 1 }), json!({ "a": 2 })]))].into();
        let left_out = store.note_fields(WS, at(2), &mut seen).await.unwrap();
        let seen = store.seen_types(WS).await.unwrap().remove(&event).unwrap();
        let second = store.put_contract(act(at(3)), &event, None).await.unwrap();
        let history = store.contract_history(WS, &event).await.unwrap().len();
        ((first, second, history), times, (left_out, seen.looked, seen.fields["a"].carried))
    })
    .await;

    let prepare = async |n: u64| format!("boot-{n}");
    at_each_statement(&store, prepare, async |node| {
        let (ttl, every) = (Duration::from_secs(6), Duration::from_secs(2));
        store.heartbeat(&node, at(0), ttl).await.unwrap();
        store.beat(&node, at(1), Beat { ttl, every, advances: true, dispatches: true }).await.unwrap();
        let class = StreamClass::Operational;
        let (server, state, cause) = ("mx.example:25".into(), "open".into(), "refused".into());
        let queue = QueueName::Mail(class);
        let seen = RelaySeen { queue, node: node.clone(), server, state, cause, since: at(1), next: None };
        store.relay_seen(&seen).await.unwrap();
        let told_of = seen.clone();
        let told = store.relays_seen(at(2)).await.unwrap() == [seen];
        store.relay_well(&node, class).await.unwrap();
        let rests = RelaySeen { queue: QueueName::Calls, next: Some(at(9)), ..told_of };
        store.relay_seen(&rests).await.unwrap();
        let told = told && store.relays_seen(at(2)).await.unwrap() == [rests];
        store.host_well(&node, "mx.example:25").await.unwrap();
        let well = store.relays_seen(at(2)).await.unwrap().is_empty();
        let lives = store.live_nodes(at(6_001)).await.unwrap() == [node.clone()];
        store.leave(&node).await.unwrap();
        let left = store.live_nodes(at(2)).await.unwrap().len();
        store.heartbeat("other", at(2), ttl).await.unwrap();
        store.forget_nodes().await.unwrap();
        (told, well, lives, left, store.live_nodes(at(2)).await.unwrap().len())
    })
    .await;
}

//! What takes much memory for a moment: a file that goes to many, mails that nobody reads to their end, drafts on past
//! events.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{http::Target, peer::Peer};
use crate::process::Client;

/// Asks until there is an answer.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "it does not come");
    }
}

/// A test run for ten contacts: one file comes in, ten mails with it go into the inbox. Then many ask for their sources,
/// and read nothing.
#[test]
fn a_file_for_many_is_held_a_few_times_at_once() {
    const CONTACTS: usize = 10;
    // As large as files may be together.
    const FILE: usize = (10 << 20) - 1;
    let mut target = Target::new(&["--example", "--connections-per-address", "0"]);
    let (writer, reader, admin) =
        (Client::new(&target.key("events:write")), target.key("read"), Client::new(&target.key("admin")));
    let (key, reader) = (reader.clone(), Client::new(&reader));
    let url = |path: &str| format!("{}/api/v1/{path}", target.url());
    let seen = |n| json!({ "type": "seen", "contact": { "email": format!("{n}@example.test") } });
    let seen: Vec<_> = (0..CONTACTS).map(seen).collect();
    assert_eq!(writer.post(&url("events"), &json!(seen)).unwrap().0, 202);
    let contacts: Vec<_> = reader.all(&url("contacts")).unwrap().iter().map(|contact| contact["id"].clone()).collect();
    for contact in &contacts {
        let mark = url(&format!("contacts/{}/test", contact.as_str().unwrap()));
        assert_eq!(admin.put(&mark, &json!({ "test": true })).unwrap().0, 200);
    }
    let before = target.peak();
    let form = json!({ "revision": 0, "contacts": contacts,
        "event": { "type": "order.placed", "data": { "order_id": "T-1", "total": 1, "currency": "EUR", "lines": [] },
            "attachments": [{ "filename": "invoice.pdf", "data": "AAAA".repeat(FILE / 3) }] } });
    let (status, started) = admin.post(&url("programs/order-follow-up/test-runs"), &form).unwrap();
    assert_eq!(status, 201, "{started}");
    let run = url(&format!("programs/order-follow-up/test-runs/{}", started["id"].as_str().unwrap()));
    let mails: Vec<String> = until(|| {
        let run = reader.get(&run).unwrap().1;
        let sent = |token: &Value| {
            let mail = &token["messages"][0];
            (mail["state"] == "sent").then(|| mail["id"].as_str().unwrap().to_owned())
        };
        let mails: Vec<_> = run["tokens"].as_array().unwrap().iter().filter_map(sent).collect();
        (mails.len() == CONTACTS).then_some(mails)
    });
    let after = target.peak();
    eprintln!("{before} MiB before, {after} MiB after a run with {} MiB", FILE >> 20);
    assert!(after - before < 120, "{before} MiB before, {after} MiB after");

    let mut unread: Vec<_> = (0..60)
        .map(|n| {
            let mut peer = Peer::from(&format!("127.0.0.{}", 2 + n % 6), target.url());
            let mail = &mails[n % CONTACTS];
            peer.say(format!(
                "GET /api/v1/inbox/{mail}/source HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n"
            ));
            peer
        })
        .collect();
    let statuses: Vec<_> = unread.iter_mut().map(Peer::status).collect();
    let given = statuses.iter().filter(|status| **status == 200).count();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!((1..=(64 << 20) / FILE).contains(&given), "{given} of {} were given", statuses.len());
    drop(unread);
    // What they held is free again.
    until(|| reader.text(&url(&format!("inbox/{}/source", mails[0]))).filter(|mail| mail.len() > FILE));
    eprintln!("{} MiB after {given} answers that nobody read", target.peak());
    assert!(target.lives() && target.peak() - before < 300, "{} MiB", target.peak());
}

/// What is known of each contact is half a megabyte, and much more once it is read.
#[test]
fn two_dry_runs_hold_one_contact_at_a_time() {
    const CONTACTS: usize = 8;
    let mut target = Target::new(&[]);
    let (writer, reader, admin) =
        (Client::new(&target.key("events:write")), Client::new(&target.key("read")), Client::new(&target.key("admin")));
    let url = |path: &str| format!("{}/api/v1/{path}", target.url());
    let program = json!({ "stafette": 1, "name": "trial", "title": "Trial", "nodes": {
        "in": { "kind": "entry", "event": "seen", "again": "always", "next": "asks" },
        "asks": { "kind": "condition", "when": "size(contact.list) > 3", "next": { "yes": "out", "no": "out" } },
        "out": { "kind": "exit" },
    } });
    assert_eq!(admin.post(&url("programs"), &program).unwrap().0, 200);
    let list = vec![""; 150_000];
    for n in 0..CONTACTS {
        let seen = json!({ "type": "seen", "contact": { "external_id": n.to_string(), "list": list } });
        assert_eq!(writer.post(&url("events"), &seen).unwrap().0, 202);
    }
    let before = target.peak();
    let runs: Vec<_> = (0..2)
        .map(|_| {
            let asked = json!({ "days": 1, "program": program });
            let (status, run) = reader.post(&url("programs/trial/dry-run"), &asked).unwrap();
            assert_eq!(status, 202, "{run}");
            url(&format!("programs/trial/dry-run/{}", run["id"].as_str().unwrap()))
        })
        .collect();
    for run in &runs {
        let done = until(|| Some(reader.get(run).unwrap().1).filter(|run| run["state"] != "running"));
        assert_eq!((&done["state"], &done["result"]["draft"]["entered"]), (&json!("done"), &json!(CONTACTS)), "{done}");
    }
    let after = target.peak();
    eprintln!("{before} MiB before, {after} MiB after two dry runs");
    assert!(target.lives() && after - before < 100, "{before} MiB before, {after} MiB after two dry runs");
}

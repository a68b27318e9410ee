//! Many reads at once of what is as large as it may be.

use std::thread;

use serde_json::{Map, Value, json};

use super::http::Target;
use crate::process::Client;

/// So many ask at once.
const READERS: usize = 40;

/// What one event or contact may hold that takes the most memory: values, and names that stand before many others.
#[test]
fn many_large_reads_at_once_end_nobody() {
    let mut target = Target::new(&["--rate-limit", "0"]);
    let (writer, reader) = (Client::new(&target.key("events:write")), target.key("read"));
    let server = target.url().to_owned();
    let url = |path: &str| format!("{server}/api/v1{path}");
    let below: Map<String, Value> = (0..20_000).map(|n| (format!("k{n}"), Value::Null)).collect();
    let names = json!({ "x".repeat(200_000): below });
    let values = |n: usize| json!({ "values": vec![0; n] });
    for (n, data) in [names.clone(), names.clone(), names, values(450_000), values(450_000)].into_iter().enumerate() {
        let mut contact = values(230_000);
        contact["email"] = json!(format!("{n}@example.test"));
        let event = json!({ "type": "a", "contact": contact, "data": {} });
        assert_eq!(writer.post(&url("/events"), &event).unwrap().0, 202);
        let event = json!({ "type": "b", "contact": { "email": format!("{n}@example.test") }, "data": data });
        assert_eq!(writer.post(&url("/events"), &event).unwrap().0, 202);
    }
    let first = |path: &str| {
        let page = Client::new(&reader).get(&url(path)).unwrap().1;
        page["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let event = format!("/events/{}", first("/events?limit=1"));
    let contact = format!("/contacts/{}", first("/contacts?limit=1"));
    for path in ["/programs/a/known", "/contacts?limit=200", &event, &contact] {
        // On a busy machine some give up waiting.
        let ask = || Client::new(&reader).text(&url(path)).is_some_and(|text| !text.contains("\"status\":503"));
        let answered = thread::scope(|scope| {
            let asked: Vec<_> = (0..READERS).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().map(|one| one.join().unwrap()).filter(|answered| *answered).count()
        });
        assert!(answered > 0, "{path}: nobody is answered");
        assert!(target.lives(), "{path}: {} MiB", target.peak());
    }
}

//! Nobody takes the log: its reader has gone, or its disk is full. Work goes on.

use std::path::Path;

use serde_json::json;

use crate::process::{Client, Server, stafette_ok};

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let options = ["--listen", "127.0.0.1:0", "--data", data, "--example", "--log", "debug"];
    let server = Server::start_logging(&options, Path::new("/dev/full"));
    let key = stafette_ok(&["keys", "create", "--data", data, "--scope", "admin"]);
    let client = Client::new(key.trim());
    for n in 0..20 {
        let event = json!({ "type": "seen", "contact": { "external_id": n.to_string() } });
        assert_eq!(client.post(&format!("{}/api/v1/events", server.url), &event).unwrap().0, 202);
    }
    assert_eq!(client.get(&format!("{}/readyz", server.url)).unwrap().0, 200);
    assert_eq!(server.terminate(), Some(0), "it broke down on its way out");
}

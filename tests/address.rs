//! Nodes of one installation that were started with different public URLs: who said it last decides for all, and the
//! others say so.

use std::{path::Path, process::Command, time::Instant};

use serde_json::{Value, json};

use crate::{
    process::{Client, Server, binary, stafette, stafette_ok},
    world::Place,
};

/// How long a node may take to hear of it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A node that writes its log to a file.
fn node(folder: &Path, database: &str, public_url: &str) -> Server {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" serve \"$@\" 2>\"$LOG\""]).arg(binary()).arg("--data").arg(folder);
    command.args(["--database-url", database, "--listen", "127.0.0.1:0", "--example", "--public-url", public_url]);
    command.env("LOG", folder.join("log"));
    Server::start_by(command, public_url)
}

/// Where the links of a mail lead that this node writes now.
fn link(server: &Server, key: &str) -> Value {
    let form = json!({ "contact": { "email": "ida@example.test" }, "event": { "order_id": "A-1" },
        "purpose": { "purpose": "survey", "question": "How was it?", "scale": 5 } });
    let url = format!("{}/api/v1/streams/satisfaction-survey/preview", server.url);
    Client::new(key).post(&url, &form).map_or(Value::Null, |(_, mail)| mail)
}

#[test]
fn nodes_follow_the_address_that_was_said_last() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, database) = runtime.block_on(Place::postgres("address"));
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = node(folders[0].path(), &database, "https://one.example");
    let data = folders[0].path().to_str().unwrap();
    let there = ["--data", data, "--database-url", &database];
    let key = stafette_ok(&[&["keys", "create", "--scope", "admin"][..], &there].concat());
    let mail = link(&first, &key);
    assert!(mail.to_string().contains("https://one.example/r/"), "{mail}");
    let doctor = |url: &str| {
        let asked = ["doctor", "--listen", "127.0.0.1:0", "--public-url", url];
        String::from_utf8_lossy(&stafette(&[&asked[..], &there].concat()).stdout).into_owned()
    };
    assert!(!doctor("https://one.example").contains("go by"), "{}", doctor("https://one.example"));

    let second = node(folders[1].path(), &database, "https://two.example");
    let end = Instant::now() + PATIENCE;
    while !link(&first, &key).to_string().contains("https://two.example/r/") {
        assert!(Instant::now() < end, "the first node does not hear of the new address: {}", link(&first, &key));
    }
    let log = std::fs::read_to_string(folders[0].path().join("log")).unwrap();
    let line = log.lines().find(|line| line.contains("another node was started with another public URL"));
    let line = line.unwrap_or_else(|| panic!("it says nothing of it: {log}"));
    assert!(line.contains("https://one.example") && line.contains("https://two.example"), "{line}");
    let said = doctor("https://one.example");
    assert!(
        said.contains("these options say https://one.example, the nodes of this database go by https://two.example"),
        "{said}"
    );
    for node in [first, second] {
        assert_eq!(node.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

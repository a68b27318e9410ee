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

/// Who may not start changes nothing: no folder is made, and nothing is put into a database that is there.
#[test]
fn a_relay_without_an_address_is_refused_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let there = ["--data", data.to_str().unwrap()];
    let refused = |options: &[&str]| {
        let fixed = ["serve", "--listen", "127.0.0.1:0", "--example"];
        let said = stafette(&[&fixed[..], &there, options].concat());
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(1), "{text}");
        text
    };
    let relay = ["--smtp", "smtp://127.0.0.1:1?tls=none"];
    assert!(refused(&relay).contains("give --public-url"));
    assert!(!data.exists(), "it made a folder");

    stafette_ok(&[&["migrate"][..], &there].concat());
    let key = stafette_ok(&[&["keys", "create", "--scope", "read"][..], &there].concat());
    for (options, why) in [
        (&relay[..], "give --public-url"),
        (&["--smtp", "smtp://127.0.0.1:1?tls=no", "--public-url", "https://mail.example"], "smtp: "),
        (&["--public-url", "mail.example"], "public_url: "),
        (&["--dkim-key", "/nowhere.pem", "--dkim-domain", "mail.example"], "/nowhere.pem: "),
    ] {
        let said = refused(options);
        assert!(said.contains(why), "{said}");
        let server = Server::start(&[&["--listen", "127.0.0.1:0"][..], &there].concat());
        let (status, programs) = Client::new(&key).get(&format!("{}/api/v1/programs", server.url)).unwrap();
        assert_eq!((status, &programs["items"]), (200, &json!([])), "{options:?}");
        assert_eq!(server.terminate(), Some(0));
    }
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

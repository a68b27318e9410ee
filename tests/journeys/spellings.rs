//! Contacts that former builds made of one address in two spellings are told by `doctor`.

use serde_json::{Value, json};

use super::publish::serve;
use crate::{
    process::{Client, Server, stafette},
    upgrade::run_sql,
    world::Place,
};

const PAIRS: usize = 23;

/// Contacts as former builds kept them: by how they were spelt.
fn two_of_each(server: Server, client: &Client, url: &str) {
    let contact = |email: String| json!({ "type": "seen", "contact": { "email": email } });
    let pairs = (0..PAIRS).flat_map(|n| [format!("a{n}@müller.example"), format!("a{n}@plain.example")]);
    let all: Vec<_> = pairs.chain(["alone@grün.example".to_owned()]).map(contact).collect();
    let (status, receipt) = client.post(&format!("{}/api/v1/events", server.url), &Value::Array(all)).unwrap();
    assert_eq!((status, &receipt["rejected"]), (202, &json!(0)), "{receipt}");
    assert_eq!(server.terminate(), Some(0));
    let former = "UPDATE contact SET email_key = lower(email);
        UPDATE contact SET email = replace(email, 'plain.example', 'xn--mller-kva.example'),
            email_key = replace(email_key, 'plain.example', 'xn--mller-kva.example')";
    run_sql(url, former);
}

fn doctor_tells(database: &[&str]) {
    let (data, server, client) = serve(&[], database);
    let folder = data.path().to_str().unwrap();
    let url = database.get(1).map_or_else(|| format!("sqlite:{folder}/stafette.db"), ToString::to_string);
    let place = [&["--listen", "127.0.0.1:0", "--data", folder], database].concat();
    // The folder of this test is open to everybody, which is another finding.
    let doctor = |more: &[&str]| String::from_utf8(stafette(&[&["doctor"], &place[..], more].concat()).stdout).unwrap();
    assert!(doctor(&[]).contains("ok       contacts: no address is there in two spellings"));
    two_of_each(server, &client, &url);

    let told = doctor(&[]);
    let expected = format!("note     contacts: {PAIRS} addresses are there twice");
    assert!(told.contains(&expected) && told.contains("\n         and 3 more\n"), "{told}");
    let pairs =
        told.lines().filter(|line| line.contains("@müller.example (") && line.contains("@xn--mller-kva.example ("));
    assert_eq!(pairs.count(), 20, "{told}");
    assert!(!told.contains("alone@"), "{told}");

    let found: Value = serde_json::from_str(&doctor(&["--json"])).unwrap();
    let finding = found.as_array().unwrap().iter().find(|finding| finding["what"] == "contacts").unwrap();
    assert_eq!((&finding["state"], &finding["more"]), (&json!("note"), &json!(3)), "{finding}");
    assert_eq!(finding["pairs"].as_array().unwrap().len(), 20);
    let (one, other) = (&finding["pairs"][0]["one"], &finding["pairs"][0]["other"]);
    let local = |contact: &Value| contact["email"].as_str().unwrap().split('@').next().unwrap().to_owned();
    assert_eq!((local(one), one["id"] == other["id"]), (local(other), false), "{finding}");
    assert!(one["id"].as_str().is_some_and(|id| id.parse::<uuid::Uuid>().is_ok()), "{finding}");

    // Without tables there is nobody to tell of, and it is no fault.
    let nothing = tempfile::tempdir().unwrap();
    let empty = stafette(&["doctor", "--listen", "127.0.0.1:0", "--data", nothing.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&empty.stdout).into_owned();
    assert!(!said.contains("contacts:"), "{said}");
}

#[test]
fn doctor_tells_addresses_in_two_spellings_on_sqlite() {
    doctor_tells(&[]);
}

#[test]
fn doctor_tells_addresses_in_two_spellings_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("spellings"));
    doctor_tells(&["--database-url", &url]);
    runtime.block_on(place.remove());
}

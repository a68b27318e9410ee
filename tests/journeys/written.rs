//! Numbers stay as they were written until somebody calculates with them: through events, contacts, mails, lists,
//! backups and merges.

use serde_json::{Value, json};

use super::{publish::serve, story::until};
use crate::{
    process::{Client, Server, stafette, stafette_ok},
    world::Place,
};

/// How they are written, and how they are shown: the parser writes exponents with a small e and a sign.
const NUMBERS: [(&str, &str); 12] = [
    ("99999999999999999999", "99999999999999999999"),
    ("100.00", "100.00"),
    ("-0", "-0"),
    ("123456789.123456789", "123456789.123456789"),
    ("0.1", "0.1"),
    ("-0.0", "-0.0"),
    ("1.10", "1.10"),
    ("7", "7"),
    ("1e2", "1e+2"),
    ("1E+400", "1e+400"),
    ("1e999999999", "1e+999999999"),
    ("0.30000000000000004441", "0.30000000000000004441"),
];

fn list(of: impl Fn(&(&'static str, &'static str)) -> &'static str) -> String {
    NUMBERS.iter().map(of).collect::<Vec<_>>().join(",")
}

fn event(kind: &str, id: &str, contact: &str, data: &str) -> String {
    format!(r#"{{"type":"{kind}","id":"{id}","contact":{{"email":"ada@example.test",{contact}}},"data":{{{data}}}}}"#)
}

/// What a server says, as text: reading it could change what is looked for.
fn text(server: &Server, client: &Client, path: &str) -> String {
    client.text(&format!("{}{path}", server.url)).unwrap().split_whitespace().collect()
}

fn posted(server: &Server, client: &Client, body: &str) -> (u16, Value) {
    client.post_text(&format!("{}/api/v1/events", server.url), body).unwrap()
}

fn accepted(server: &Server, client: &Client, body: &str) -> Value {
    let (status, receipt) = posted(server, client, body);
    assert_eq!(status, 202, "{receipt}");
    receipt["results"][0].clone()
}

fn definitions(server: &Server, client: &Client) {
    let stream = json!({ "stafette": 1, "name": "prices", "title": "Prices", "class": "operational",
        "from": { "name": "Shop", "email": "shop@example.test" },
        "subject": "{{ event.price }} {{ event.zero }} {{ contact.limit }}",
        "html": "<p>{{ event.all | join(' ') }}</p>",
        "text": "{{ event.all | join(' ') }} | {{ event.price + 1 }} {{ event.price * 3 }} {{ event.big }} \
            {{ 'yes' if event.price > 99 and event.fine < 123456790 and contact.limit == 1.1 else 'no' }} \
            {{ event.fine | round(2) }} {{ event.all[3] }}" });
    let program = json!({ "stafette": 1, "name": "priced", "title": "Priced", "nodes": {
        "in": { "kind": "entry", "event": "order.priced", "again": "always", "next": "dear" },
        "dear": { "kind": "condition", "when": CONDITION, "next": { "yes": "mail", "no": "out" } },
        "mail": { "kind": "send_mail", "stream": "prices", "next": "out" },
        "out": { "kind": "exit" },
    } });
    for (path, body) in [("streams", stream), ("programs?publish=true", program)] {
        let (status, answer) = client.post(&format!("{}/api/v1/{path}", server.url), &body).unwrap();
        assert_eq!(status, 200, "{answer}");
    }
}

const CONDITION: &str = "event.price == 100 && event.price + 0.5 == 100.5 && event.zero == 0 && contact.limit == 1.1 \
    && event.big > 99999999999999990000.0 && event.big != 100000000000000000000.0 && string(event.price) == \"100.00\" && event.fine - 123456789 == 0.123456789";

fn data() -> String {
    format!(
        r#""price":100.00,"zero":-0,"big":99999999999999999999,"fine":123456789.123456789,"all":[{}]"#,
        list(|number| number.0)
    )
}

fn numbers_stay_as_written(server: &Server, client: &Client) {
    definitions(server, client);
    let (posted_list, shown) = (list(|number| number.0), list(|number| number.1));
    let contact = format!(r#""limit":1.10,"numbers":[{posted_list}]"#);
    let done = accepted(server, client, &event("order.priced", "1", &contact, &data()));
    assert_eq!((&done["status"], &done["started"]), (&json!("accepted"), &json!(1)), "{done}");

    // The event, the contact, and the mail with what was calculated.
    let (id, owner) = (done["event_id"].as_str().unwrap(), done["contact_id"].as_str().unwrap());
    let stored = text(server, client, &format!("/api/v1/events/{id}"));
    let expected = format!(
        r#""data":{{"price":100.00,"zero":-0,"big":99999999999999999999,"fine":123456789.123456789,"all":[{shown}]}}"#
    );
    assert!(stored.contains(&expected), "{stored}");
    let known = [r#""limit":1.10"#.to_owned(), format!(r#""numbers":[{shown}]"#)];
    let all_known = |contact: &str| known.iter().all(|attribute| contact.contains(attribute));
    let path = format!("/api/v1/contacts/{owner}");
    for path in [path.as_str(), "/api/v1/contacts"] {
        let contact = text(server, client, path);
        assert!(all_known(&contact), "{contact}");
    }
    let mails = until(|| client.all(&format!("{}/api/v1/inbox", server.url)).filter(|mails| !mails.is_empty()));
    assert_eq!(mails[0]["subject"], "100.00 -0 1.10");
    let mail = format!("{}/api/v1/inbox/{}", server.url, mails[0]["id"].as_str().unwrap());
    let spaced = shown.replace(',', " ");
    let (_, parsed) = client.get(&mail).unwrap();
    let body = parsed["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    let calculated = "101 300 99999999999999999999 yes 123456789.12 123456789.123456789";
    assert_eq!(body, format!("{spaced} | {calculated}"));
    let html = client.text(&format!("{mail}/html")).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(html.contains(&spaced), "{html}");

    // What the editor knows, the preview of a mail, a dry run's answer.
    let known_here = text(server, client, "/api/v1/programs/priced/known");
    assert!(known_here.contains("100.00"), "{known_here}");
    let form = format!(r#"{{"contact":{{"limit":1.10}},"event":{{{}}}}}"#, data());
    let (status, preview) = client.post_text(&format!("{}/api/v1/streams/prices/preview", server.url), &form).unwrap();
    assert_eq!((status, &preview["subject"]), (200, &json!("100.00 -0 1.10")), "{preview}");

    // A later word about something else changes no other; the same one written otherwise is the newest word.
    accepted(server, client, &event("seen", "2", r#""city":"Rome""#, ""));
    assert!(all_known(&text(server, client, &path)));
    accepted(server, client, &event("seen", "3", r#""limit":1.100"#, ""));
    let merged = text(server, client, &path);
    assert!(merged.contains(r#""limit":1.100"#) && merged.contains(&format!("[{shown}]")), "{merged}");

    // Sent again it is the same, however the numbers are written, if they mean the same.
    let again =
        data().replace("100.00", "1e2").replace("-0,", "0.0,").replace("123456789.123456789", "123456789.1234567890");
    assert_ne!(again, data());
    let same = accepted(server, client, &event("order.priced", "1", &contact, &again));
    assert_eq!(same["status"], "duplicate", "{same}");
    let another = data().replace("99999999999999999999,\"fine", "99999999999999999998,\"fine");
    assert_ne!(another, data());
    let (status, refused) = posted(server, client, &event("order.priced", "1", &contact, &another));
    assert_eq!((status, &refused["errors"][0]["code"]), (422, &json!("id_reused")), "{refused}");

    too_long(server, client);
    beyond_calculation(server, client);
}

/// A number that nobody means is refused, with its place.
fn too_long(server: &Server, client: &Client) {
    let long = "9".repeat(100_000);
    for (contact, data, field) in [
        ("\"n\":1", format!("\"a\":[1,{long}]"), "data.a[1]"),
        ("\"n\":1", format!("\"a\":0.{long}"), "data.a"),
        (&format!("\"n\":1e{long}"), String::new(), "contact.n"),
    ] {
        let (status, refused) = posted(server, client, &event("seen", "long", contact, &data));
        let error = &refused["errors"][0];
        assert_eq!(
            (status, &error["code"], &error["field"]),
            (422, &json!("number_too_long"), &json!(field)),
            "{refused}"
        );
    }
    let form = format!(r#"{{"event":{{"a":{long}}}}}"#);
    let (status, refused) = client.post_text(&format!("{}/api/v1/streams/prices/preview", server.url), &form).unwrap();
    assert_eq!((status, &refused["code"]), (422, &json!("number_too_long")), "{refused}");
}

/// What is too large to calculate with leaves its reason where people look, be it in a condition or in a mail.
fn beyond_calculation(server: &Server, client: &Client) {
    let program = |name: &str, node: Value| {
        json!({ "stafette": 1, "name": name, "title": name, "nodes": {
            "in": { "kind": "entry", "event": "order.huge", "next": "then" }, "then": node, "out": { "kind": "exit" } } })
    };
    for program in [
        program(
            "dear",
            json!({ "kind": "condition", "when": "event.price > 1", "next": { "yes": "out", "no": "out" } }),
        ),
        program("mailed", json!({ "kind": "send_mail", "stream": "prices", "next": "out" })),
    ] {
        let (status, answer) = client.post(&format!("{}/api/v1/programs?publish=true", server.url), &program).unwrap();
        assert_eq!(status, 200, "{answer}");
    }
    let huge = data().replace("\"price\":100.00", "\"price\":1e999999999");
    let done = accepted(server, client, &event("order.huge", "4", "\"limit\":1.10", &huge));
    assert_eq!(done["started"], 2, "{done}");
    let letters = until(|| client.all(&format!("{}/api/v1/dead-letters", server.url)).filter(|all| all.len() == 2));
    assert!(letters.iter().all(|letter| letter.to_string().contains("too large")), "{letters:?}");
}

/// A backup holds them as they were, and so does what is brought back.
fn come_back_as_written(database: &[&str], data: &str, empty: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let file = file.to_str().unwrap();
    let other = folder.path().join("other");
    let other = other.to_str().unwrap();
    stafette_ok(&[&["backup", file, "--data", data], database].concat());
    stafette_ok(&[&["restore", file, "--data", other], empty].concat());
    let server = Server::start(&[&["--data", other, "--listen", "127.0.0.1:0"], empty].concat());
    let key = stafette_ok(&[&["keys", "create", "--data", other, "--scope", "read"], empty].concat());
    let client = Client::new(&key);
    let contacts = text(&server, &client, "/api/v1/contacts");
    assert!(contacts.contains(&format!(r#""numbers":[{}]"#, list(|number| number.1))), "{contacts}");
    let id = client.all(&format!("{}/api/v1/events?type=order.priced", server.url)).unwrap().pop().unwrap();
    let event = text(&server, &client, &format!("/api/v1/events/{}", id["id"].as_str().unwrap()));
    assert!(event.contains(r#""price":100.00,"zero":-0,"#), "{event}");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn numbers_stay_as_they_were_written_on_sqlite() {
    let (data, server, client) = serve(&[], &[]);
    numbers_stay_as_written(&server, &client);
    assert_eq!(server.terminate(), Some(0));
    come_back_as_written(&[], data.path().to_str().unwrap(), &[]);
}

#[test]
fn numbers_stay_as_they_were_written_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("written"));
    let (empty, other) = runtime.block_on(Place::postgres("written_back"));
    let (data, server, client) = serve(&[], &["--database-url", &url]);
    numbers_stay_as_written(&server, &client);
    assert_eq!(server.terminate(), Some(0));
    come_back_as_written(&["--database-url", &url], data.path().to_str().unwrap(), &["--database-url", &other]);
    runtime.block_on(place.remove());
    runtime.block_on(empty.remove());
}

/// The simulator decides by them as the runner does.
#[test]
fn the_simulator_calculates_with_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (program, events) = (folder.path().join("program.yaml"), folder.path().join("events.json"));
    let text = format!(
        "stafette: 1\nname: priced\ntitle: P\nnodes:\n  in: {{ kind: entry, event: order.priced, next: dear }}\n  \
         dear: {{ kind: condition, when: '{CONDITION}', next: {{ yes: out, no: rest }} }}\n  \
         rest: {{ kind: wait, duration: 1d, next: out }}\n  out: {{ kind: exit }}\n"
    );
    std::fs::write(&program, text).unwrap();
    let one = event("order.priced", "1", r#""limit":1.10"#, &data());
    let one = one.replacen('{', r#"{"occurred_at":"2026-03-01T09:00:00Z","#, 1);
    for list in [one.clone(), format!("[{one}]"), format!("{one}\n{one}").replacen("\"id\":\"1\"", "\"id\":\"2\"", 1)] {
        std::fs::write(&events, &list).unwrap();
        let run = stafette(&["simulate", program.to_str().unwrap(), "--events", events.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(said.contains("finished") && !said.contains("rest"), "{said}{}", String::from_utf8_lossy(&run.stderr));
    }
}

//! Inputs by which customers once lost a mail, each with its right value, through a server process and the doors that users
//! have, on both databases.

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

use mail_parser::MessageParser;
use serde_json::{Value, json};

use super::story::until;
use crate::{
    attack::smtp::Doorman,
    load::{self, System},
    process::{Client, Server, stafette, stafette_ok},
    upgrade::run_sql,
    world::Place,
};

/// Three programs, which an import stores.
const FILES: [(&str, &str); 5] = [
    (
        "hello/program.yaml",
        "stafette: 1\nname: hello\ntitle: H\nnodes:\n  in: { kind: entry, event: go, again: always, next: mail }\n  \
         mail: { kind: send_mail, stream: hello, next: ask }\n  \
         ask: { kind: survey, stream: ask, question: Well?, scale: 5 }\n",
    ),
    (
        "hello/streams/hello.yaml",
        "stafette: 1\nname: hello\ntitle: H\nclass: operational\nfrom: { email: shop@example.test }\n\
         subject: \"Hello {{ contact.first_name | default('you') }}\"\nhtml: <p>Hello</p>\ntext: Hello\n",
    ),
    (
        "hello/streams/ask.yaml",
        "stafette: 1\nname: ask\ntitle: A\nclass: operational\nfrom: { email: shop@example.test }\n\
         subject: '{{ survey.question }}'\nhtml: \"{{ survey.links[3].url }}\"\ntext: \"{{ survey.links[3].url }}\"\n",
    ),
    (
        "big/program.yaml",
        "stafette: 1\nname: big\ntitle: B\nnodes:\n  \
         in: { kind: entry, event: order.placed, again: always, filter: 'event.price * event.qty >= 100', next: c }\n  \
         c: { kind: condition, when: 'event.price * 2 >= 100', next: { yes: out, no: out } }\n  out: { kind: exit }\n",
    ),
    (
        "typo/program.yaml",
        "stafette: 1\nname: typo\ntitle: T\nnodes:\n  in: { kind: entry, event: typo, again: always, next: m }\n  \
         m: { kind: send_mail, stream: typo }\n",
    ),
];

fn typo(filter: &str) -> String {
    format!(
        "stafette: 1\nname: typo\ntitle: T\nclass: operational\nfrom: {{ email: shop@example.test }}\n\
         subject: \"Hello {{{{ contact.first_name | {filter} }}}}\"\nhtml: <p>Hi</p>\ntext: Hi\n"
    )
}

/// A server that hands over to a relay without SMTPUTF8, as most are.
struct Desk {
    client: Client,
    server: Server,
    door: Doorman,
    database: String,
    system: System,
}

impl Desk {
    fn open(url: Option<String>) -> Self {
        let door = Doorman::good();
        let system = System::through(door.url()).at(url.clone());
        let files = tempfile::tempdir().unwrap();
        let stream = ("typo/streams/typo.yaml", typo("capitalize"));
        let files_of = FILES.map(|(name, text)| (name, text.to_owned())).into_iter().chain([stream]);
        for (name, text) in files_of {
            let path = files.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let client = system.set_up_with(files.path());
        let server = system.serve_with("api,runner,dispatcher,duties", &["--unknown-events", "refuse"], &[]);
        let database = url.unwrap_or_else(|| format!("sqlite:{}/stafette.db", system.data().display()));
        Self { client, server, door, database, system }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.server.url)
    }

    fn all(&self, path: &str) -> Vec<Value> {
        self.client.all(&self.url(path)).unwrap()
    }

    /// Status and what became of one event, or what is wrong with it.
    fn send(&self, event: &Value) -> (u16, Value) {
        let (status, answer) = self.client.post(&self.url("events"), event).unwrap();
        (status, if status == 202 { answer["results"][0].clone() } else { answer["errors"][0].clone() })
    }

    /// An event of somebody that is taken.
    fn taken(&self, kind: &str, contact: &Value, data: &Value) -> Value {
        let (status, result) = self.send(&json!({ "type": kind, "contact": contact, "data": data }));
        assert_eq!((status, &result["status"]), (202, &json!("accepted")), "{contact} {data}: {result}");
        result
    }

    /// The newest mail of a subject's beginning to an address on the wire, as a mail program reads it.
    fn letter(&self, to: &str, subject: &str) -> Option<mail_parser::Message<'static>> {
        let letters = self.door.letters();
        letters.into_iter().filter(|(whom, _)| whom == to).find_map(|(_, source)| {
            let letter = MessageParser::default().parse(source.as_bytes()).unwrap().into_owned();
            letter.subject().unwrap_or_default().starts_with(subject).then_some(letter)
        })
    }

    fn until(&self, holds: impl Fn() -> Result<(), String>) {
        load::until(&self.client, &self.server.url, holds);
    }

    /// The domain goes out as other servers know it, and is one contact's however it is spelt.
    fn addresses_are_known_to_others(&self) {
        let spellings = ["info@müller.example", "info@mu\u{308}ller.example", "Info@xn--mller-kva.example"];
        let hello = |email: &str| self.taken("go", &json!({ "email": email }), &json!({}))["contact_id"].clone();
        let whose: BTreeSet<_> = spellings.iter().map(|email| hello(email).to_string()).collect();
        assert_eq!(whose.len(), 1, "{whose:?}");
        for (domain, ascii) in [
            ("उदाहरण.example", "xn--p1b6ci4b4b3a.example"),
            ("உதாரணம்.example", "xn--zkc6cc5bi7f6e.example"),
            ("ไทย.example", "xn--o3cw4h.example"),
            ("ಭಾರತ.example", "xn--2scrj9c.example"),
            ("မြန်မာ.example", "xn--"),
            ("ខ្មែរ.example", "xn--"),
        ] {
            hello(&format!("info@{domain}"));
            let told = |to: &String| to.starts_with(&format!("info@{ascii}")) && to.is_ascii();
            until(|| self.door.taken().iter().any(told).then_some(()));
        }
        let to_one = |to: &&String| to.eq_ignore_ascii_case("info@xn--mller-kva.example");
        self.until(|| match self.door.taken().iter().filter(to_one).count() {
            n if n == 2 * spellings.len() => Ok(()),
            n => Err(format!("{n} of {:?}; {:?}", self.door.taken(), self.all("dead-letters"))),
        });
        assert!(self.door.taken().iter().all(|to| to.is_ascii()), "{:?}", self.door.taken());
        // A name before the @ has no other spelling.
        hello("jörg@example.test");
        let letters = until(|| Some(self.all("dead-letters?program=hello")).filter(|letters| letters.len() == 2));
        assert!(letters.iter().all(|letter| letter["reason"].as_str().unwrap().contains("SMTPUTF8")), "{letters:?}");
    }

    /// Whatever stands in a name, the customer gets the mail, and nobody else.
    fn subjects_are_cleaned(&self) {
        for (n, (name, subject)) in [
            ("An\u{200b}na".to_owned(), "Hello Anna".to_owned()),
            ("\u{feff}Anna".into(), "Hello Anna".into()),
            ("\u{2066}Anna\u{2069}".into(), "Hello Anna".into()),
            ("An\tna".into(), "Hello An na".into()),
            ("An\nna".into(), "Hello An na".into()),
            ("Anna\r\nBcc: eve@example.test".into(), "Hello Anna Bcc: eve@example.test".into()),
            ("Anna\u{2028}Bcc: eve@example.test".into(), "Hello Anna Bcc: eve@example.test".into()),
            ("ä".repeat(600), format!("Hello {}", "ä".repeat(100))),
        ]
        .into_iter()
        .enumerate()
        {
            let to = format!("name{n}@example.test");
            self.taken("go", &json!({ "email": to, "first_name": name }), &json!({}));
            let letter = until(|| self.letter(&to, "Hello"));
            let words = letter.subject().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            match name.chars().count() {
                600 => assert!(words.starts_with(&subject) && words.chars().count() < 606, "{words}"),
                _ => assert_eq!(words, subject, "{name:?}"),
            }
            assert!(letter.bcc().is_none(), "{name:?}");
        }
    }

    /// Numbers are one kind, and a filter that cannot be decided about an event leaves a dead letter with its reason.
    fn numbers_are_one_kind(&self) {
        let undecided = || self.client.metric(&self.server.url, "stafette_filters_undecided_total").unwrap();
        assert!(undecided() < 0.5);
        let order = |who: &str, price: Value, qty: Value| {
            let contact = json!({ "email": format!("{who}@example.test") });
            self.taken("order.placed", &contact, &json!({ "price": price, "qty": qty }))
        };
        for (who, price, qty) in
            [("ada", json!(34), json!(3)), ("ben", json!(33.5), json!(3)), ("cyd", json!(33.5), json!(3.5))]
        {
            let taken = order(who, price, qty);
            assert_eq!(taken["started"], 1, "{who}: {taken}");
        }
        assert_eq!(order("eve", json!(33), json!(3))["started"], 0, "it is below");
        let dan = order("dan", json!("34"), json!(3));
        until(|| (self.all("tokens?program=big&state=done").len() == 3).then_some(()));
        let letters = self.all("dead-letters?program=big");
        assert_eq!((letters.len(), &letters[0]["node"]), (1, &json!("in")), "{letters:?}");
        let reason = letters[0]["reason"].as_str().unwrap();
        assert!(reason.contains("event.price * event.qty"), "{reason}");
        let (_, event) = self.client.get(&self.url(&format!("events/{}", dan["event_id"].as_str().unwrap()))).unwrap();
        assert_eq!(event["tokens"][0]["id"], letters[0]["id"], "{event}");
        assert!((undecided() - 1.0).abs() < 0.5);
    }

    /// A word that no template knows is refused; what a former build has stored goes out when the stream is mended.
    fn a_misspelt_filter_is_mended(&self) {
        let (status, refused) = self.client.post_text(&self.url("streams"), &typo("capitlize")).unwrap();
        assert_eq!(status, 422, "{refused}");
        assert!(refused.to_string().contains("capitlize"), "{refused}");
        run_sql(&self.database, "UPDATE stream_version SET body = replace(body, 'capitalize', 'capitlize')");
        let to = json!({ "email": "tom@example.test", "first_name": "tom" });
        self.taken("typo", &to, &json!({}));
        let letters = || self.all("dead-letters?program=typo");
        let letter = until(|| letters().pop());
        assert!(letter["reason"].as_str().unwrap().contains("capitlize"), "{letter}");
        let (status, stored) = self.client.post_text(&self.url("streams"), &typo("capitalize")).unwrap();
        assert_eq!(status, 200, "{stored}");
        let replay = |current: bool| {
            let form = json!({ "ids": [letter["id"]], "current": current });
            let (_, done) = self.client.post(&self.url("dead-letters/replay"), &form).unwrap();
            assert_eq!(done["changed"], 1, "{done}");
        };
        // As it was written it fails again.
        replay(false);
        until(|| letters().pop());
        replay(true);
        let mail = until(|| self.letter("tom@example.test", "Hello"));
        assert_eq!(mail.subject(), Some("Hello Tom"));
        assert!(letters().is_empty());
    }

    /// The page thanks for what is stored only; an answer that cannot be is told to its reader and to the log, and can be
    /// given again.
    fn an_answer_is_stored_or_told(&self) {
        self.taken("go", &json!({ "email": "ann@example.test" }), &json!({}));
        let mail = until(|| self.letter("ann@example.test", "Well?"));
        let text = mail.body_text(0).unwrap().into_owned();
        let link = text.split(['"', ' ', '\n']).find_map(|word| word.find("/r/").map(|at| &word[at..])).unwrap();
        let link = format!("{}{}", self.server.url, link.split('?').next().unwrap());
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer = || {
            let mut page = agent.post(&link).send_form([("score", "4")]).unwrap();
            let wait = page.headers().get("retry-after").is_some();
            (page.status().as_u16(), wait, page.body_mut().read_to_string().unwrap())
        };
        let answers = || self.all("events?type=survey.answered").len();
        run_sql(&self.database, "ALTER TABLE event RENAME COLUMN passed_over TO gone");
        let (status, wait, page) = answer();
        assert_eq!((status, wait), (503, true), "{page}");
        assert!(page.contains("could not be stored") && !page.contains("Thank you"), "{page}");
        let refused = self.client.metric(&self.server.url, "stafette_answers_refused_total");
        assert_eq!(refused, Some(1.0));
        run_sql(&self.database, "ALTER TABLE event RENAME COLUMN gone TO passed_over");
        // It is found out by the next tries.
        let page = until(|| Some(answer()).filter(|answer| answer.0 == 200)).2;
        assert!(page.contains("Thank you"), "{page}");
        assert_eq!((answer().0, answers()), (200, 1));
    }

    /// An id is one event's, and a contact has bounds: the place and the remedy are told, and the rest is taken.
    fn what_cannot_be_taken_is_told(&self) {
        let event = |kind: &str| json!({ "type": kind, "id": "A-1001", "contact": { "email": "ida@example.test" }, "data": { "price": 1, "qty": 1 } });
        let (_, first) = self.send(&event("order.placed"));
        assert_eq!(
            self.send(&event("order.placed")),
            (202, json!({ "status": "duplicate", "event_id": first["event_id"] }))
        );
        let (status, refused) = self.send(&event("go"));
        assert_eq!((status, &refused["code"], &refused["field"]), (422, &json!("id_reused"), &json!("id")));
        let large = json!({ "type": "go", "contact": { "email": "ida@example.test", "notes": "x".repeat(900_000) } });
        let (status, refused) = self.send(&large);
        assert_eq!(
            (status, &refused["code"], &refused["field"]),
            (422, &json!("contact_too_large"), &json!("contact"))
        );
        for (kind, code) in [("survey.answered", "reserved_event_type"), ("nobody.knows", "unknown_event_type")] {
            let key = stafette_ok(&[&["keys", "create", "--scope", "events:write"], &self.place()[..]].concat());
            let event = json!({ "type": kind, "contact": { "email": "ida@example.test" } });
            let (status, refused) = Client::new(&key).post(&self.url("events"), &event).unwrap();
            assert_eq!((status, &refused["code"]), (422, &json!(code)), "{refused}");
        }
    }

    /// A body that is packed is read, or refused with what could be.
    fn packed_bodies_are_read(&self) {
        let key = stafette_ok(&[&["keys", "create", "--scope", "events:write"], &self.place()[..]].concat());
        let event = json!({ "type": "go", "contact": { "email": "zip@example.test" } }).to_string();
        let mut gzip = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        gzip.stdin.take().unwrap().write_all(event.as_bytes()).unwrap();
        let packed = gzip.wait_with_output().unwrap().stdout;
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let post = |coding: &str, body: &[u8]| {
            let request = agent.post(self.url("events")).header("Authorization", format!("Bearer {key}"));
            request.header("Content-Encoding", coding).header("Content-Type", "application/json").send(body).unwrap()
        };
        assert_eq!(post("gzip", &packed).status().as_u16(), 202);
        let refused = post("zstd", &packed);
        assert_eq!((refused.status().as_u16(), refused.headers()["accept-encoding"].as_bytes()), (415, &b"gzip"[..]));
        until(|| self.letter("zip@example.test", "Hello"));
    }

    fn place(&self) -> [&str; 4] {
        ["--data", self.system.data().to_str().unwrap(), "--database-url", &self.database]
    }
}

fn each_has_its_right_value(database: Option<String>) {
    let desk = Desk::open(database);
    desk.numbers_are_one_kind();
    desk.addresses_are_known_to_others();
    desk.subjects_are_cleaned();
    desk.a_misspelt_filter_is_mended();
    desk.an_answer_is_stored_or_told();
    desk.what_cannot_be_taken_is_told();
    desk.packed_bodies_are_read();
    assert_eq!(desk.server.terminate(), Some(0));
}

/// Mail goes to a relay only where links have somewhere to lead, which one start has to say.
fn links_lead_somewhere(place: &[&str]) {
    let refused = |more: &[&str]| {
        let start = ["serve", "--listen", "127.0.0.1:0", "--smtp", "smtp://127.0.0.1:1"];
        let output = stafette(&[&start, place, more].concat());
        assert_eq!(output.status.code(), Some(1), "{more:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&[]).contains("--public-url"), "{}", refused(&[]));
    let relative = refused(&["--public-url", "mail.example"]);
    assert!(relative.contains("https://"), "{relative}");
    let relay = ["--listen", "127.0.0.1:0", "--example", "--smtp", "smtp://127.0.0.1:1"];
    let told = Server::start(&[&relay, place, &["--public-url", "https://mail.shop.example"]].concat());
    assert_eq!(told.terminate(), Some(0));
    // From then on the database knows.
    let server = Server::start(&[&relay, place].concat());
    let client = Client::new(&stafette_ok(&[&["keys", "create", "--scope", "admin"], place].concat()));
    let form = json!({ "purpose": { "purpose": "survey", "question": "Well?", "scale": 5 } });
    let url = format!("{}/api/v1/streams/satisfaction-survey/preview", server.url);
    let (_, mail) = client.post(&url, &form).unwrap();
    assert!(mail["html"].as_str().unwrap().contains("\"https://mail.shop.example/r/"), "{mail}");
    assert_eq!(server.terminate(), Some(0));
}

/// A folder is no URL, whatever its name.
fn any_folder_will_do(database: &[&str]) {
    let outer = tempfile::tempdir().unwrap();
    for name in ["%20", "what?x=1"] {
        let data = outer.path().join(name);
        let place = [&["--data", data.to_str().unwrap()], database].concat();
        let server = Server::start(&[&["--listen", "127.0.0.1:0"], &place[..]].concat());
        let client = Client::new(&stafette_ok(&[&["keys", "create", "--scope", "read"], &place[..]].concat()));
        assert_eq!(client.get(&format!("{}/api/v1/contacts", server.url)).unwrap().0, 200);
        assert_eq!(server.terminate(), Some(0));
        assert!(data.is_dir());
    }
    assert_eq!(std::fs::read_dir(outer.path()).unwrap().count(), 2, "nothing lies anywhere else");
}

#[test]
fn each_case_has_its_right_value_on_sqlite() {
    each_has_its_right_value(None);
    let data = tempfile::tempdir().unwrap();
    links_lead_somewhere(&["--data", data.path().to_str().unwrap()]);
    any_folder_will_do(&[]);
}

#[test]
fn each_case_has_its_right_value_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let places: Vec<_> =
        ["cases", "cases_address"].iter().map(|name| runtime.block_on(Place::postgres(name))).collect();
    each_has_its_right_value(Some(places[0].1.clone()));
    let (data, database) = (tempfile::tempdir().unwrap(), ["--database-url", &places[1].1]);
    links_lead_somewhere(&[&["--data", data.path().to_str().unwrap()], &database[..]].concat());
    any_folder_will_do(&database);
    places.into_iter().for_each(|(place, _)| runtime.block_on(place.remove()));
}

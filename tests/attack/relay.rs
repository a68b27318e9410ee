//! Relays that turn everybody away, in front of a real server process: it says so where a person looks, nothing is lost or
//! tried in vain, and what waited goes when the relay is mended.

use std::{fs, path::Path, thread, time::Instant};

use serde_json::{Value, json};

use super::smtp::{Doorman, Mood};
use crate::{
    cell::Cell,
    load::{System, until},
    process::{Client, Server},
    world::Place,
};

const MAILS: usize = 12;

/// A program that answers each event by one mail of each class.
pub(super) fn programs(folder: &Path) {
    fs::create_dir(folder.join("streams")).unwrap();
    for (name, class) in [("hello", "operational"), ("news", "marketing")] {
        let stream = json!({ "stafette": 1, "name": name, "title": "T", "class": class,
            "from": { "email": "shop@example.test" }, "subject": "Hello", "html": "<p>Hello</p>", "text": "Hello",
            "unknown_outcome": "resend" });
        fs::write(folder.join(format!("streams/{name}.yaml")), stream.to_string()).unwrap();
    }
    let program = json!({ "stafette": 1, "name": "both", "title": "T", "nodes": {
        "come": { "kind": "entry", "event": "go", "again": "always", "next": "hello" },
        "hello": { "kind": "send_mail", "stream": "hello", "next": "news" },
        "news": { "kind": "send_mail", "stream": "news" } } });
    fs::write(folder.join("program.yaml"), program.to_string()).unwrap();
}

fn post(client: &Client, server: &Server, n: usize) {
    let contact = json!({ "email": format!("c{n}@example.test"), "opt_in": true });
    let event = json!({ "type": "go", "id": format!("go-{n}"), "contact": contact });
    let answer = client.post(&format!("{}/api/v1/events", server.url), &event).unwrap();
    assert_eq!(answer.0, 202, "{}", answer.1);
}

/// A queue as the API shows it.
fn queue(client: &Client, server: &Server, class: &str) -> Value {
    let (_, list) = client.get(&format!("{}/api/v1/queues", server.url)).unwrap();
    let items = list["items"].as_array().unwrap_or_else(|| panic!("{list}"));
    items.iter().find(|queue| queue["name"] == class).unwrap().clone()
}

pub(super) fn flush(client: &Client, server: &Server, class: &str) {
    let (status, answer) = client.post_text(&format!("{}/api/v1/queues/{class}/flush", server.url), "").unwrap();
    assert_eq!(status, 200, "{answer}");
}

pub(super) fn messages(client: &Client, server: &Server) -> Vec<Value> {
    client.all(&format!("{}/api/v1/messages", server.url)).unwrap()
}

/// Where it stopped, and words that tell of it.
fn told(mood: Mood) -> (&'static str, &'static str) {
    match mood {
        Mood::Away => ("connect", "refused"),
        Mood::Tls => ("tls", "TLS"),
        Mood::Auth => ("auth", "535 5.7.8 wrong password"),
        Mood::Helo | Mood::Floods => ("hello", "504 5.5.2 need a full name"),
    }
}

/// Waits for mails behind two relays that take none, has them mended, and sees all of it go.
fn shut_and_mended(database: Option<String>, moods: [Mood; 2]) {
    let began = Instant::now();
    let mut doors = moods.map(Doorman::new);
    let system = System::through(doors[0].url()).at(database.clone());
    let (files, log) = (tempfile::tempdir().unwrap(), system.data().join("log"));
    programs(files.path());
    let client = system.set_up_with(files.path());
    let second = ["--smtp-marketing", &doors[1].url()];
    // On PostgreSQL in two processes, of which one only hands over.
    let apart = database.is_some();
    let dispatcher = system.serve_logging(if apart { "dispatcher" } else { ALL }, &second, &log);
    let api = apart.then(|| system.serve("api,runner,duties"));
    let api = api.as_ref().unwrap_or(&dispatcher);
    (0..MAILS).for_each(|n| post(&client, api, n));
    let classes = ["operational", "marketing"];
    let shut = |class: &str, mood: Mood| {
        let queue = queue(&client, api, class);
        let relay = &queue["relays"][0];
        let words = relay["cause"].as_str().is_some_and(|cause| cause.contains(told(mood).1));
        let holds = queue["waiting"] == MAILS && relay["state"] == "open" && words && queue["oldest_at"].is_string();
        if holds { Ok(()) } else { Err(format!("{class} {mood:?}: {queue}")) }
    };
    for (class, mood) in classes.into_iter().zip(moods) {
        until(&client, &api.url, || shut(class, mood));
    }
    let ready = || client.get(&format!("{}/readyz", dispatcher.url)).unwrap();
    let (status, answer) = ready();
    match apart {
        true => {
            assert_eq!(status, 503, "{answer}");
            for mood in moods {
                assert!(answer.to_string().contains(told(mood).1), "{answer}");
            }
        }
        // Who answers calls goes on doing so.
        false => assert_eq!((status, &answer["waiting_for_relay"]), (200, &json!(classes))),
    }
    for ((class, door), mood) in classes.into_iter().zip(&doors).zip(moods) {
        // It is looked at again, by itself or where an operator says so.
        let (before, seen) = (queue(&client, api, class), door.connections());
        if mood != Mood::Away {
            flush(&client, api, class);
        }
        until(&client, &api.url, || {
            let now = queue(&client, api, class);
            let looked = now["relays"][0]["next_at"] != before["relays"][0]["next_at"];
            if looked { shut(class, mood) } else { Err(format!("{class} is not looked at: {now}")) }
        });
        assert!(mood == Mood::Away || door.connections() > seen, "{mood:?}");
        assert_eq!(queue(&client, api, class)["relays"][0]["since"], before["relays"][0]["since"], "{mood:?}");
    }
    let metric = |series: &str| client.metric(&dispatcher.url, series).unwrap_or_else(|| panic!("no {series}"));
    for (class, mood) in classes.into_iter().zip(moods) {
        // Open, or just looked at.
        assert!(metric(&format!("stafette_relay_state{{queue=\"{class}\"}}")) >= 1.0, "{mood:?}");
        let opened = format!("stafette_relay_opened_total{{queue=\"{class}\",cause=\"{}\"}}", told(mood).0);
        assert!(metric(&opened) >= 1.0, "{opened}");
    }
    // It is no message's fault.
    for message in messages(&client, api) {
        assert_eq!((&message["state"], &message["hand_overs"]), (&json!("queued"), &json!(0)), "{message}");
    }
    doors.iter_mut().for_each(Doorman::mend);
    for (class, mood) in classes.into_iter().zip(moods) {
        if mood != Mood::Away {
            flush(&client, api, class);
        }
    }
    until(&client, &api.url, || {
        let all = messages(&client, api);
        let sent = all.iter().filter(|message| message["state"] == "sent").count();
        let well = classes.iter().all(|class| queue(&client, api, class)["relays"] == json!([]));
        if sent == 2 * MAILS && well { Ok(()) } else { Err(format!("{sent} are sent; {all:?}")) }
    });
    let everybody: Vec<_> = (0..MAILS).map(|n| format!("c{n}@example.test")).collect();
    for door in &doors {
        let mut taken = door.taken();
        taken.sort_by_key(|to| everybody.iter().position(|one| one == to));
        assert_eq!(taken, everybody, "{:?}: each once", door.mood);
    }
    until(&client, &api.url, || match ready() {
        (200, answer) if answer["waiting_for_relay"].is_null() => Ok(()),
        (status, answer) => Err(format!("{status} {answer}")),
    });
    for class in classes {
        // Closed, perhaps still with fewer connections than there may be.
        assert!(metric(&format!("stafette_relay_state{{queue=\"{class}\"}}")) < 2.0, "{class}");
        let taken = format!("stafette_relay_replies_total{{queue=\"{class}\",reply=\"accepted\"}}");
        let taken = metric(&taken);
        assert!((taken - MAILS as f64).abs() < 0.5, "{class}: {taken}");
    }
    let log = fs::read_to_string(&log).unwrap();
    let minutes = usize::try_from(began.elapsed().as_secs() / 60).unwrap();
    for (class, mood) in classes.into_iter().zip(moods) {
        let (cause, words) = told(mood);
        let lines: Vec<_> = log
            .lines()
            .filter(|line| line.contains("the relay takes no mails") && line.contains(class) && line.contains(cause))
            .collect();
        assert!((1..=minutes + 1).contains(&lines.len()), "one line a cause and minute: {log}");
        assert!(lines.iter().all(|line| line.contains(words)), "{lines:?}");
    }
    assert!(!log.contains("secret"), "{log}");
}

const ALL: &str = "api,runner,dispatcher,duties";

#[test]
fn relays_that_turn_everybody_away_are_shut_and_mended() {
    // Four at once, since most of it is waiting.
    thread::scope(|threads| {
        for moods in [[Mood::Away, Mood::Tls], [Mood::Auth, Mood::Helo]] {
            threads.spawn(move || shut_and_mended(None, moods));
            threads.spawn(move || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let name = format!("shut_{:?}", moods[0]).to_lowercase();
                let (place, url) = runtime.block_on(Place::postgres(&name));
                shut_and_mended(Some(url), moods);
                runtime.block_on(place.remove());
            });
        }
    });
}

#[test]
fn relays_that_talk_without_end_cost_no_memory() {
    let doors = [Doorman::new(Mood::Floods), Doorman::good()];
    let system = System::through(doors[0].url());
    let files = tempfile::tempdir().unwrap();
    programs(files.path());
    let client = system.set_up_with(files.path());
    let cell = Cell::new();
    let mut server = system.serve_in(&cell, &["--smtp-marketing", &doors[1].url()]);
    (0..MAILS).for_each(|n| post(&client, &server, n));
    // After each verb twice.
    for _ in 0..12 {
        let seen = doors[0].connections();
        until(&client, &server.url, || {
            if doors[0].connections() > seen {
                return Ok(());
            }
            flush(&client, &server, "operational");
            Err(format!("nobody comes: {}", queue(&client, &server, "operational")))
        });
    }
    until(&client, &server.url, || match doors[1].taken().len() {
        MAILS => Ok(()),
        n => Err(format!("{n} mails went the other way")),
    });
    for message in messages(&client, &server).iter().filter(|message| message["stream"] == "hello") {
        let to = message["recipient"].as_str().unwrap();
        let times = doors[0].given().iter().filter(|one| *one == to).count();
        assert!(times <= 3 && times as u64 <= message["hand_overs"].as_u64().unwrap(), "{times}: {message}");
    }
    cell.outlives(&mut server);
    assert!(server.peak() < 150 << 20, "{} MiB", server.peak() >> 20);
}

/// Under a name that others can look up, whatever it is; who is given one says that one.
#[test]
fn a_server_greets_by_a_name_that_others_know() {
    let files = tempfile::tempdir().unwrap();
    programs(files.path());
    let machine = ["/proc/sys/kernel/hostname", "/etc/hosts"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let machine = machine.join("\n");
    for (option, public, name) in [
        ("", "https://mail.shop.example/stafette", "mail.shop.example"),
        ("&hello=mx.shop.example", "https://mail.shop.example", "mx.shop.example"),
        // No name that others know; the address is true.
        ("", "http://127.0.0.1", "[127.0.0.1]"),
        ("", "http://localhost:8080", "[127.0.0.1]"),
    ] {
        let door = Doorman::good();
        let system = System::through(door.url() + option);
        let client = system.set_up_with(files.path());
        // Another node says the address; this one hears it from the database.
        let data = system.data().to_str().unwrap();
        let first = Server::start(&["--listen", "127.0.0.1:0", "--data", data, "--public-url", public]);
        assert_eq!(first.terminate(), Some(0));
        let relay = door.url() + option;
        let args = ["--listen", "127.0.0.1:0", "--data", data, "--smtp", &relay];
        let server = Server::start(&args);
        post(&client, &server, 1);
        until(&client, &server.url, || match door.taken().len() {
            2 => Ok(()),
            n => Err(format!("{n} mails")),
        });
        let own =
            |said: &str| option.is_empty() && said.contains('.') && machine.split_whitespace().any(|word| word == said);
        for said in door.names() {
            assert!(said == name || own(&said), "{public}{option}: {said}");
            assert!(!said.starts_with("localhost"), "{said}");
        }
        assert!(!door.names().is_empty());
    }
}

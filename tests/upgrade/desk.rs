//! The present code on a copy of a former database, with a clock that the test moves, and somebody who asks it.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use program::Time;
use runner::{Clock, ManualClock, press::Means};
use serde_json::Value;
use server::config::{Config, Database, Http, Place, Work};
use tokio::runtime::Runtime;

use super::former::Former;
use crate::process::{Client, binary, pause};

/// Longest time that anything may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// What is not done by then waits for the clock: a former node holds it.
const STUCK: Duration = Duration::from_secs(10);

pub(super) struct Desk {
    pub(super) client: Client,
    pub(super) former: Former,
    server: server::Server,
    clock: Clock,
    hands: ManualClock,
    runtime: Runtime,
}

impl Desk {
    /// Opens it when what its last node held is free again. What was to go to a relay goes to the built-in inbox.
    pub(super) fn open(former: Former) -> Self {
        let text = |what: &str| former.made[what].as_str().map(String::from);
        let config = Config {
            place: Place {
                data: Some(former.data.path().into()),
                database: Database { database_url: former.url.clone(), ..Database::default() },
            },
            http: Http {
                listen: Some("127.0.0.1:0".into()),
                public_url: text("public_url"),
                secret: text("secret"),
                ..Http::default()
            },
            // Templates are rendered by the program, which this test is not.
            work: Work { renderer: Means::Program(binary()), ..Work::default() },
            ..Config::default()
        };
        let made: Time = text("made_at").unwrap().parse().unwrap();
        let (clock, hands) = Clock::manual(made + TimeDelta::minutes(10));
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(server::serve_with(config, clock.clone(), server::WebApp::NONE)).unwrap();
        let client = Client::new(former.made["keys"]["admin"].as_str().unwrap());
        Self { client, former, server, clock, hands, runtime }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.server.addr)
    }

    pub(super) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.client.get(&self.url(path)).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(super) fn all(&self, path: &str) -> Vec<Value> {
        self.client.all(&self.url(path)).unwrap()
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.client.post(&self.url(path), body).unwrap();
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// A page that somebody reaches from a mail.
    pub(super) fn page(&self, path: &str) -> String {
        self.client.text(&format!("http://{}{path}", self.server.addr)).unwrap()
    }

    /// What somebody answers there.
    pub(super) fn answer(&self, path: &str, score: &str) {
        let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
        agent.post(format!("http://{}{path}", self.server.addr)).send_form([("score", score)]).unwrap();
    }

    /// Lets time pass, a day at a step. What falls due on a day is done on that day: a mail expires, and a machine that
    /// is slow while the clock runs on would let it.
    pub(super) fn days(&self, days: i64) {
        for day in 0..days {
            self.hands.advance(TimeDelta::days(1));
            self.until(&format!("the end of day {day}"), || !self.has_due());
        }
    }

    /// Tells whether something is to be done now.
    fn has_due(&self) -> bool {
        let now = self.clock.now();
        let due = |list: &str| {
            let at = |item: &Value| item["due_at"].as_str().and_then(|at| at.parse::<Time>().ok());
            self.all(list).iter().any(|item| at(item).is_none_or(|at| at <= now))
        };
        ["tokens?state=ready", "tokens?state=waiting", "messages?state=queued"].into_iter().any(due)
            || ["messages?state=leased", "messages?state=handing_over"].iter().any(|list| !self.all(list).is_empty())
    }

    /// Waits until it holds; ten minutes pass whenever there is nothing to do, or after a while that it is not done.
    pub(super) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut moved = Instant::now();
        while !holds() {
            if Instant::now() > end {
                let left: Vec<_> = [("tokens", "done"), ("messages", "sent")]
                    .iter()
                    .flat_map(|(list, end)| self.all(list).into_iter().filter(move |item| item["state"] != **end))
                    .collect();
                panic!("{what} does not come; left are {}", serde_json::to_string_pretty(&left).unwrap());
            }
            // What was leased under this clock is not taken back while a slow machine is at it.
            if !self.has_due() || moved.elapsed() > STUCK {
                self.hands.advance(TimeDelta::minutes(10));
                moved = Instant::now();
            }
            pause(Duration::from_millis(50));
        }
    }

    pub(super) fn close(self) {
        self.runtime.block_on(self.server.shutdown());
        drop(self.runtime);
        self.former.remove();
    }
}

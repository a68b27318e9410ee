//! Tokens that wait, and the events that come for them: sorts of both, as they are sent to running servers.

use std::{
    path::PathBuf,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio::runtime::Runtime;

use crate::{
    load::{PATIENCE, pause},
    process::Client,
};

/// Tokens of `pay` wait longer than any test takes, those of `pay_soon` for three seconds.
const FOR_EVENTS: &str = "
stafette: 1
name: pays
title: Pays
nodes:
  in: { kind: entry, event: ordered, again: always, next: pay }
  in_soon: { kind: entry, event: ordered.soon, again: always, next: pay_soon }
  pay:
    kind: wait_for_event
    event: paid
    filter: incoming.order == event.order
    timeout: 900d
    as: payment
    next: { came: write, timed_out: late }
  pay_soon:
    kind: wait_for_event
    event: paid
    filter: incoming.order == event.order
    timeout: 3h
    as: payment_soon
    next: { came: write_soon, timed_out: late }
  write:
    kind: update_contact
    changes: [{ change: add, attribute: payments, value: '= joined.payment.n' }]
  write_soon:
    kind: update_contact
    changes: [{ change: add, attribute: payments, value: '= joined.payment_soon.n' }]
  late:
    kind: update_contact
    changes: [{ change: add, attribute: late, value: '= event.order' }]
";
/// The same for those who wait for what a payment says of its contact.
const FOR_A_CONDITION: &str = "
stafette: 1
name: pays
title: Pays
nodes:
  in: { kind: entry, event: ordered, again: always, next: pay }
  in_soon: { kind: entry, event: ordered.soon, again: always, next: pay_soon }
  pay:
    kind: wait_for_condition
    when: has(contact.paid) && contact.paid == event.order
    within: 900d
    next: { met: write, timed_out: late }
  pay_soon:
    kind: wait_for_condition
    when: has(contact.paid) && contact.paid == event.order
    within: 3h
    next: { met: write, timed_out: late }
  write:
    kind: update_contact
    changes: [{ change: add, attribute: payments, value: '= event.order' }]
  late:
    kind: update_contact
    changes: [{ change: add, attribute: late, value: '= event.order' }]
";
/// An hour takes a second.
pub(super) const SCALE: &str = "3600";
/// How long those of `pay_soon` wait, as the clock goes.
const SOON: Duration = Duration::from_secs(3);
/// Events of one call.
const CALL: usize = 50;

/// When payments come, and what must become of the token. Each is paid as often as it is said here and no more, so a lost
/// payment is a token that does not come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sort {
    /// Before the order: no event that counts, and what it says holds already.
    Before,
    /// In the same call: nobody waits yet, so it is as if it came before.
    Along,
    /// Right behind the order, while the token arrives: the event counts, or it does not; what it says does.
    Behind,
    /// One, as soon as the token waits.
    Once,
    /// Two at once, as soon as the token waits.
    Twice,
    /// As the time is over: it counts, or it does not.
    AtTheEnd,
    /// Somebody else's.
    Others,
    /// Never.
    Never,
}

use Sort::{Along, AtTheEnd, Before, Behind, Never, Once, Others, Twice};

pub(super) const SORTS: [Sort; 8] = [Before, Along, Behind, Once, Twice, AtTheEnd, Others, Never];
/// What tokens wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Event,
    Condition,
}

impl Wait {
    fn program(self) -> &'static str {
        match self {
            Self::Event => FOR_EVENTS,
            Self::Condition => FOR_A_CONDITION,
        }
    }

    /// Those that wait until they are paid.
    pub(super) fn patient(self) -> &'static [Sort] {
        match self {
            Self::Event => &[Once, Twice],
            Self::Condition => &[Before, Along, Behind, Once, Twice],
        }
    }

    /// Those whose payment counts, or does not.
    pub(super) fn either(self) -> &'static [Sort] {
        match self {
            Self::Event => &[Behind, AtTheEnd],
            Self::Condition => &[AtTheEnd],
        }
    }

    fn order(self, sort: Sort) -> &'static str {
        if self.patient().contains(&sort) { "ordered" } else { "ordered.soon" }
    }
}

/// Sends events of one sort.
pub(super) struct Feed<'a> {
    pub(super) wait: Wait,
    pub(super) client: &'a Client,
    /// Where they are taken; another one after each life.
    pub(super) door: &'a Mutex<String>,
    pub(super) each: usize,
    /// Where it is seen who waits.
    pub(super) rows: &'a Rows,
    pub(super) runtime: &'a Runtime,
}

pub(super) fn name(sort: Sort, n: usize) -> String {
    format!("{sort:?}-{n}").to_lowercase()
}

fn event(kind: &str, sort: Sort, n: usize, (order, round): (&str, usize)) -> Value {
    let name = name(sort, n);
    let (email, order) = (format!("{name}@example.test"), format!("{order}{name}"));
    let contact = if kind == "paid" { json!({ "email": email, "paid": order }) } else { json!({ "email": email }) };
    json!({
        "type": kind,
        "id": format!("{kind}-{name}-{round}"),
        "contact": contact,
        "data": { "order": order, "n": round },
    })
}

impl Feed<'_> {
    /// Until they are taken; each counts once, however often it is sent.
    fn post(&self, events: &[Value]) {
        let started = Instant::now();
        loop {
            let door = self.door.lock().unwrap().clone();
            match self.client.post(&format!("{door}/api/v1/events"), &json!(events)) {
                Some((202, answer)) => {
                    let refused = answer["results"].as_array().unwrap().iter().find(|one| one["error"].is_object());
                    assert_eq!(refused, None);
                    return;
                }
                Some((429 | 503, _)) | None => pause(Duration::from_millis(20)),
                Some((status, answer)) => panic!("{status}: {answer}"),
            }
            assert!(started.elapsed() < PATIENCE, "nobody takes events");
        }
    }

    fn call(&self, kind: &str, sort: Sort, call: &[usize], payload: (&str, usize)) {
        let events: Vec<_> = call.iter().map(|n| event(kind, sort, *n, payload)).collect();
        self.post(&events);
    }

    /// Orders of a sort, with the payments that belong to them.
    pub(super) fn sort(&self, sort: Sort) {
        if sort == AtTheEnd {
            return self.at_the_end();
        }
        for call in (0..self.each).collect::<Vec<_>>().chunks(CALL) {
            let pays = |order: &str, round| self.call("paid", sort, call, (order, round));
            let orders = || self.call(self.wait.order(sort), sort, call, ("", 0));
            match sort {
                Before => {
                    pays("", 1);
                    orders();
                }
                Along => {
                    let both = call.iter().flat_map(|n| [(self.wait.order(sort), *n, 0), ("paid", *n, 1)]);
                    self.post(&both.map(|(kind, n, round)| event(kind, sort, n, ("", round))).collect::<Vec<_>>());
                }
                Behind => {
                    orders();
                    pays("", 1);
                }
                Once => {
                    orders();
                    self.seen_waiting(sort, call);
                    pays("", 1);
                }
                Twice => {
                    orders();
                    self.seen_waiting(sort, call);
                    thread::scope(|scope| {
                        scope.spawn(|| pays("", 1));
                        scope.spawn(|| pays("", 2));
                    });
                }
                Others => {
                    orders();
                    pays("not-", 1);
                }
                AtTheEnd | Never => orders(),
            }
        }
    }

    /// The payments come from half a second before the end on, a little later from call to call.
    fn at_the_end(&self) {
        let all: Vec<_> = (0..self.each).collect();
        thread::scope(|scope| {
            for (at, call) in (0..).zip(all.chunks(CALL / 5)) {
                self.call(self.wait.order(AtTheEnd), AtTheEnd, call, ("", 0));
                scope.spawn(move || {
                    pause(SOON - Duration::from_millis(500) + Duration::from_millis(50) * (at % 20));
                    self.call("paid", AtTheEnd, call, ("", 1));
                });
            }
        });
    }

    /// Until the tokens of these orders wait, whoever dies meanwhile.
    fn seen_waiting(&self, sort: Sort, call: &[usize]) {
        let emails = call.iter().map(|n| format!("'{}@example.test'", name(sort, *n))).collect::<Vec<_>>().join(", ");
        let waiting = format!(
            "awaiting AS a JOIN contact AS c ON c.workspace = a.workspace AND c.id = a.contact WHERE c.email IN ({emails})"
        );
        let started = Instant::now();
        while self.runtime.block_on(self.rows.count(&waiting)) < call.len() as i64 {
            assert!(started.elapsed() < PATIENCE, "nobody carries them to their wait");
            pause(Duration::from_millis(50));
        }
    }
}

/// Where the rows are.
#[derive(Clone)]
pub(super) struct Rows {
    pub(super) url: String,
}

impl Rows {
    pub(super) async fn count(&self, what: &str) -> i64 {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
        if self.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
        }
    }
}

/// A folder with the program.
pub(super) fn programs(wait: Wait) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pays");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("program.yaml"), wait.program()).unwrap();
    (folder, path)
}

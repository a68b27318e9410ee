//! Runners are killed while events come before, during and after the arrival of those who wait for them, and as their time
//! is over: each token leaves its wait once, by the port that the rule says, with an event that fits.
//!
//! `STAFETTE_AWAITING_TOKENS` says how many tokens, 1,400 by default, and `STAFETTE_AWAITING_KILLS` how many runners are
//! killed at least, 6 by default; `make chaos` has 10,000 and 60.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use program::{Action, Effect, EventId};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::{Options, Paging, Store, TokenFilter, TokenStatus};
use tokio::runtime::Runtime;

use crate::{
    load::{Chance, PATIENCE, System, number, pause},
    process::Client,
    world::{Place, WORKSPACE},
};

/// Tokens of `pay` wait longer than any test takes, those of `pay_soon` for three seconds.
const PROGRAM: &str = "
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
/// An hour takes a second.
const SCALE: &str = "3600";
/// How long those of `pay_soon` wait, as the clock goes.
const SOON: Duration = Duration::from_secs(3);
/// Events of one call.
const CALL: usize = 50;
const RUNNERS: usize = 4;

/// When payments come, and what must become of the token. Each is paid as often as it is said here and no more, so a lost
/// payment is a token that does not come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Sort {
    /// Before the order: it does not count.
    Before,
    /// In the same call: nobody waits yet, so it does not count.
    Along,
    /// Right behind the order, while the token arrives: it counts, or it does not.
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

const SORTS: [Sort; 8] = [Before, Along, Behind, Once, Twice, AtTheEnd, Others, Never];
/// Those that wait until they are paid.
const PATIENT: [Sort; 2] = [Once, Twice];
/// Those whose payment counts, or does not.
const EITHER: [Sort; 2] = [Behind, AtTheEnd];

impl Sort {
    fn order(self) -> &'static str {
        if PATIENT.contains(&self) { "ordered" } else { "ordered.soon" }
    }
}

/// Sends events of one sort.
struct Feed<'a> {
    client: &'a Client,
    /// Where they are taken; another one after each life.
    door: &'a Mutex<String>,
    each: usize,
    /// Where it is seen who waits.
    rows: &'a Rows,
    runtime: &'a Runtime,
}

fn name(sort: Sort, n: usize) -> String {
    format!("{sort:?}-{n}").to_lowercase()
}

fn event(kind: &str, sort: Sort, n: usize, (order, round): (&str, usize)) -> Value {
    let name = name(sort, n);
    json!({
        "type": kind,
        "id": format!("{kind}-{name}-{round}"),
        "contact": { "email": format!("{name}@example.test") },
        "data": { "order": format!("{order}{name}"), "n": round },
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
    fn sort(&self, sort: Sort) {
        if sort == AtTheEnd {
            return self.at_the_end();
        }
        for call in (0..self.each).collect::<Vec<_>>().chunks(CALL) {
            let pays = |order: &str, round| self.call("paid", sort, call, (order, round));
            let orders = || self.call(sort.order(), sort, call, ("", 0));
            match sort {
                Before => {
                    pays("", 1);
                    orders();
                }
                Along => {
                    let both = call.iter().flat_map(|n| [(sort.order(), *n, 0), ("paid", *n, 1)]);
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
                self.call(AtTheEnd.order(), AtTheEnd, call, ("", 0));
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
struct Rows {
    url: String,
}

impl Rows {
    async fn count(&self, what: &str) -> i64 {
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

/// Waits until all tokens are through.
fn finish(runtime: &Runtime, rows: &Rows) {
    let started = Instant::now();
    loop {
        let open = runtime.block_on(rows.count("token WHERE state <> 'done'"));
        if open == 0 {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{open} tokens are not through");
        pause(Duration::from_millis(300));
    }
}

/// What must hold in the end; says how many came of those whose payment counts or does not.
async fn judge(rows: &Rows, each: usize) -> [usize; 2] {
    let store = Store::open(Options::new(rows.url.clone())).await.unwrap();
    let mut came: BTreeMap<Sort, usize> = BTreeMap::new();
    let mut seen = 0;
    let mut paging = Paging { after: None, limit: 200 };
    loop {
        let page = store.tokens(WORKSPACE, &TokenFilter::default(), &paging).await.unwrap();
        for token in page.items {
            assert_eq!(token.status, TokenStatus::Done, "{token:?}");
            seen += 1;
            let ordered = store.event(WORKSPACE, token.event).await.unwrap();
            let order = ordered.data["order"].as_str().unwrap().to_owned();
            let sort =
                *SORTS.iter().find(|sort| order.starts_with(&name(**sort, 0)[..name(**sort, 0).len() - 1])).unwrap();
            let trace = store.trace(WORKSPACE, token.id).await.unwrap();
            let mut exits = Vec::new();
            let mut joined: Vec<EventId> = Vec::new();
            for step in trace.iter().filter(|step| step.node.as_str().starts_with("pay")) {
                if let Action::Passed { port } = &step.action {
                    exits.push(port.as_str().to_owned());
                }
                joined.extend(step.effects.iter().filter_map(|effect| match effect {
                    Effect::JoinEvent { event, .. } => Some(*event),
                    _ => None,
                }));
            }
            assert_eq!(exits.len(), 1, "one exit each: {trace:?}");
            let contact = store.contact(WORKSPACE, token.contact).await.unwrap();
            let (payments, late) = (contact.attributes.get("payments"), contact.attributes.get("late"));
            if exits[0] == "came" {
                *came.entry(sort).or_default() += 1;
                assert_eq!(joined.len(), 1, "{trace:?}");
                let event = store.event(WORKSPACE, joined[0]).await.unwrap();
                assert_eq!((event.contact, event.event.as_str()), (token.contact, "paid"));
                assert_eq!(event.data["order"], *order, "it fits");
                assert_eq!((payments, late), (Some(&json!([event.data["n"]])), None));
            } else {
                assert_eq!((exits[0].as_str(), joined.len()), ("timed_out", 0), "{trace:?}");
                assert_eq!((payments, late), (None, Some(&json!([order]))));
            }
        }
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, SORTS.len() * each, "one token for each order");
    let either = EITHER.map(|sort| came.remove(&sort).unwrap_or_default());
    assert_eq!(came, PATIENT.map(|sort| (sort, each)).into());
    // Each payment is stored once: those of seven sorts, and the second one of one of them.
    let paid = rows.count("event WHERE type = 'paid'").await;
    assert_eq!(paid, (SORTS.len() * each) as i64);
    // An event that found an open wait was looked at: nothing is left of either.
    assert_eq!((rows.count("awaiting").await, rows.count("candidate").await), (0, 0));
    assert_eq!(rows.count("joined").await, (PATIENT.len() * each + either.iter().sum::<usize>()) as i64);
    store.close().await;
    either
}

/// A folder with the program.
fn programs() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pays");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("program.yaml"), PROGRAM).unwrap();
    (folder, path)
}

#[test]
fn four_runners_are_killed_again_and_again() {
    let each = number("STAFETTE_AWAITING_TOKENS", 1_400).div_ceil(SORTS.len());
    let kills = number("STAFETTE_AWAITING_KILLS", 6);
    let runtime = Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres("killed"));
    let (_folder, path) = programs();
    let (system, rows) = (System::with(Some(url.clone()), SCALE), Rows { url });
    let client = system.set_up_with(&path);
    let front = system.serve("api,duties");
    let mut runners: Vec<_> = (0..RUNNERS).map(|_| system.serve("runner")).collect();
    let door = Mutex::new(front.url.clone());
    let feed = Feed { client: &client, door: &door, each, rows: &rows, runtime: &runtime };
    let (started, under_way, mut killed) = (Instant::now(), AtomicUsize::new(SORTS.len()), 0);
    let mut chance = Chance::new();
    thread::scope(|scope| {
        for sort in SORTS {
            let (feed, under_way) = (&feed, &under_way);
            scope.spawn(move || {
                feed.sort(sort);
                under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
        while killed < kills || under_way.load(Ordering::Relaxed) > 0 {
            assert!(started.elapsed() < PATIENCE, "the events are not sent");
            pause(Duration::from_millis(chance.below(500)));
            if killed < kills * 2 {
                let fresh = system.serve("runner");
                std::mem::replace(&mut runners[killed % RUNNERS], fresh).kill();
                killed += 1;
            }
        }
    });
    finish(&runtime, &rows);
    let [behind, at_the_end] = runtime.block_on(judge(&rows, each));
    eprintln!(
        "{} tokens, {killed} runners killed; of {each} each {behind} came on arrival and {at_the_end} at the end; {:?}",
        SORTS.len() * each,
        started.elapsed()
    );
    for server in runners.into_iter().chain([front]) {
        assert_eq!(server.terminate(), Some(0));
    }
    runtime.block_on(place.remove());
}

/// Where a batch of tokens can die, and at which pass of it: at the arrival, or as the events are there.
const POINTS: [(&str, usize); 6] = [
    ("after_claim", 1),
    ("after_claim", 2),
    ("before_commit", 1),
    ("before_commit", 2),
    ("after_commit", 1),
    ("after_commit", 2),
];
const ALL: &str = "api,runner,dispatcher,duties";
/// SIGABRT.
const ABORTED: i32 = 6;

fn dies_at(point: (&str, usize), runtime: &Runtime, database: Option<String>) {
    let each = 3;
    let (_folder, path) = programs();
    let system = System::with(database.clone(), SCALE);
    let client = system.set_up_with(&path);
    let armed = system.serve_armed("api,runner", &format!("{}:{}", point.0, point.1));
    let door = Mutex::new(armed.url.clone());
    let url = database.unwrap_or_else(|| format!("sqlite:{}", system.data().join("stafette.db").display()));
    let rows = Rows { url };
    let feed = Feed { client: &client, door: &door, each, rows: &rows, runtime };
    let server = thread::scope(|scope| {
        // It dies under them, and they go on with the next one.
        for sort in SORTS {
            let feed = &feed;
            scope.spawn(move || feed.sort(sort));
        }
        assert_eq!(armed.ended_by(Duration::from_secs(60)), Some(ABORTED), "{point:?} is passed too seldom");
        let server = system.serve(ALL);
        door.lock().unwrap().clone_from(&server.url);
        server
    });
    finish(runtime, &rows);
    assert_eq!(server.terminate(), Some(0));
    runtime.block_on(judge(&rows, each));
}

#[test]
fn each_fail_point_on_sqlite() {
    let runtime = Runtime::new().unwrap();
    thread::scope(|scope| {
        for point in POINTS {
            let runtime = &runtime;
            scope.spawn(move || dies_at(point, runtime, None));
        }
    });
}

#[test]
fn each_fail_point_on_postgres() {
    let runtime = Runtime::new().unwrap();
    thread::scope(|scope| {
        for point in POINTS {
            let runtime = &runtime;
            scope.spawn(move || {
                let (place, url) = runtime.block_on(Place::postgres(&format!("awaits_{}_{}", point.0, point.1)));
                dies_at(point, runtime, Some(url));
                runtime.block_on(place.remove());
            });
        }
    });
}

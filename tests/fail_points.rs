//! The process dies at each point where a crash test can let it die, and only there: what the next life finds and
//! does about it is known exactly.

use std::{collections::HashSet, ops::RangeInclusive, time::Duration};

use crate::{
    load::{CONNECTIONS, System, judge, send, wait},
    world::Place,
};

/// Where it dies, and at which pass.
struct Point {
    name: &'static str,
    pass: u32,
    /// Roles of the life that ends there. Without a dispatcher nothing else can be in flight.
    roles: &'static str,
    /// How many outcomes may be unknown afterwards.
    unknown: RangeInclusive<usize>,
    /// How many mails come twice at least.
    twice: usize,
}

/// The lanes that had set their mark and not settled.
const IN_FLIGHT: RangeInclusive<usize> = 1..=CONNECTIONS;
const ALL: &str = "api,runner,dispatcher,duties";

const POINTS: [Point; 7] = [
    Point { name: "after_claim", pass: 2, roles: "api,runner", unknown: 0..=0, twice: 0 },
    Point { name: "before_commit", pass: 2, roles: "api,runner", unknown: 0..=0, twice: 0 },
    Point { name: "after_commit", pass: 2, roles: "api,runner", unknown: 0..=0, twice: 0 },
    // The very first: later on, other lanes are between mark and settlement.
    Point { name: "before_mark", pass: 1, roles: ALL, unknown: 0..=0, twice: 0 },
    Point { name: "after_mark", pass: 9, roles: ALL, unknown: IN_FLIGHT, twice: 0 },
    Point { name: "after_data", pass: 9, roles: ALL, unknown: IN_FLIGHT, twice: 1 },
    Point { name: "before_settle", pass: 2, roles: ALL, unknown: IN_FLIGHT, twice: 1 },
];
/// Events of each run; each asks for two mails.
const EVENTS: usize = 24;
/// SIGABRT.
const ABORTED: i32 = 6;

fn run(point: &Point, database: Option<String>) {
    // Two days in half a second.
    let system = System::with(database, "345600");
    let client = system.set_up();
    let mut accepted = HashSet::new();
    let armed = system.serve_armed(point.roles, &format!("{}:{}", point.name, point.pass));
    send(&client, &armed.url, &mut accepted, (EVENTS, EVENTS));
    assert_eq!(armed.ended_by(Duration::from_secs(60)), Some(ABORTED), "{} is passed too seldom", point.name);

    let server = system.serve(ALL);
    send(&client, &server.url, &mut accepted, (EVENTS, EVENTS));
    assert_eq!(accepted.len(), EVENTS);
    wait(&client, &server.url, EVENTS);
    let (unknown, twice) = judge(&system, &client, &server.url, EVENTS, CONNECTIONS);
    assert!(point.unknown.contains(&unknown), "{}: {unknown} unknown, not {:?}", point.name, point.unknown);
    assert!(twice >= point.twice, "{}: {twice} mailed twice", point.name);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn each_fail_point_on_sqlite() {
    std::thread::scope(|scope| {
        for point in &POINTS {
            scope.spawn(|| run(point, None));
        }
    });
}

#[test]
fn each_fail_point_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    std::thread::scope(|scope| {
        // A dead node's work is taken over after six seconds, so they wait together.
        for point in &POINTS {
            let runtime = &runtime;
            scope.spawn(move || {
                let (place, url) = runtime.block_on(Place::postgres(point.name));
                run(point, Some(url));
                runtime.block_on(place.remove());
            });
        }
    });
}

#[test]
fn no_point_is_left_out() {
    let source = include_str!("../engine/runner/src/failpoint.rs");
    let known: Vec<_> = source.lines().filter(|line| line.contains("\", Point::")).collect();
    assert_eq!(known.len(), POINTS.len());
    for point in &POINTS {
        assert!(known.iter().any(|line| line.contains(&format!("\"{}\"", point.name))), "{}", point.name);
    }
}

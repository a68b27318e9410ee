//! What a database does to a node that runs, as its clients see it: answers are 503 with a time to wait and nothing else,
//! `/readyz` is red and says why, and when the cause is gone the next tries get through. In the end each event that was
//! accepted has run once, and each mail has gone out once, or is reported.

pub(crate) mod disk;
mod ground;
mod load;
mod log;
mod page;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use runner::Clock;

use crate::{clocks, load::pause};

use self::{
    disk::Disk,
    ground::{Ground, sql},
    load::Load,
    page::{Blocks, Pages},
};

/// Whatever the machine is busy with.
const PATIENCE: Duration = Duration::from_secs(180);
/// The write that is accepted first comes with this try at the latest.
const TRIES: usize = 3;
/// So many answers are refusals before the cause goes away.
const REFUSALS: usize = 2;

/// What passes by itself, so that nobody is called.
const PASSING: [&str; 3] = ["locked", "not available", "too many connections"];

/// Something that happens to a database.
struct Fault<'a> {
    name: &'static str,
    /// Makes it; asked again and again until it is seen, since what is full today may have room tomorrow.
    strike: Box<dyn Fn() + 'a>,
    /// Takes its cause away.
    mend: Box<dyn Fn() + 'a>,
    /// What `/readyz` says; nothing where it passes so fast that nobody may see it.
    words: Option<&'static str>,
    /// Clients are refused; otherwise only those who work on what was accepted are in its way.
    refuses: bool,
}

impl<'a> Fault<'a> {
    fn new(name: &'static str, words: &'static str, strike: impl Fn() + 'a, mend: impl Fn() + 'a) -> Self {
        Self { name, strike: Box::new(strike), mend: Box::new(mend), words: Some(words), refuses: true }
    }

    /// The same with what is done behind the answer.
    fn behind(self) -> Self {
        Self { refuses: false, ..self }
    }
}

/// One fault after the other, on one node and under one load.
fn suffers(ground: &Ground, faults: &[Fault<'_>]) {
    let server = ground.serve();
    let load = Load::new(&ground.client, &server.url);
    load.run(|| {
        load.accepts();
        for fault in faults {
            let started = Instant::now();
            undergo(&load, fault);
            eprintln!("{}: {:.1?}", fault.name, started.elapsed());
        }
    });
    load.settle(&ground.system, faults.len());
    assert_eq!(server.terminate(), Some(0));
    ground.log.end();
    for words in faults.iter().filter_map(|fault| fault.words).filter(|words| !PASSING.contains(words)) {
        assert!(ground.log.tells(words), "nobody was told: {words}");
    }
    ground.log.is_no_flood();
}

fn undergo(load: &Load<'_>, fault: &Fault<'_>) {
    let (started, refused) = (Instant::now(), load.refused());
    let mut said = Vec::new();
    match fault.words {
        None => (fault.strike)(),
        // Seen by clients, and by whoever asks whether this node is ready.
        Some(words) => loop {
            (fault.strike)();
            let seen = !fault.refuses || load.refused() - refused >= REFUSALS;
            match load.unready() {
                Some(why) if seen && why.contains(words) => break,
                Some(why) if said.last() != Some(&why) => said.push(why),
                _ => {}
            }
            assert!(started.elapsed() < PATIENCE, "{}: {} refusals, {said:?}", fault.name, load.refused() - refused);
            pause(Duration::from_millis(20));
        },
    }
    (fault.mend)();
    let tries = load.tries_until_accepted();
    assert!(tries <= TRIES, "{}: accepted with try {tries} after its cause was gone", fault.name);
    load.ready();
}

/// Full: by a small disk, where there is one, and by a system that lets no file grow. Locked, closed, damaged.
#[test]
fn sqlite_under_load() {
    // With room for all that comes in meanwhile.
    let disk = Disk::mount(96);
    let ground = Ground::sqlite(disk.as_ref());
    let (lock, pages) = (ground::Lock::default(), Pages::new(&ground.system.data().join("stafette.db")));
    let mut faults = vec![
        Fault::new("no longer files", "file system", || ground.limit(Some(0)), || ground.limit(None)),
        Fault::new("locked file", "locked", || lock.take(&ground.url), || lock.free()),
        Fault::new("read-only files", "for the user that runs Stafette", || ground.read_only(), || ground.writable()),
        Fault::new("damaged page", "restore a backup", || pages.tear(), || pages.mend()),
    ];
    faults.extend(columns(&ground));
    faults.extend(disk.as_ref().map(full));
    suffers(&ground, &faults);
}

fn full(disk: &Disk) -> Fault<'_> {
    Fault::new("full disk", "make room", || disk.fill(), || disk.empty())
}

/// Columns that are away: what calls need, and what only those need who work on what was accepted.
fn columns(ground: &Ground) -> [Fault<'_>; 6] {
    [
        missing(ground, "event", "data"),
        missing(ground, "token", "attempts"),
        missing(ground, "message", "recipient").behind(),
        missing(ground, "trace", "reason").behind(),
        missing(ground, "node_count", "n").behind(),
        missing(ground, "node", "alive_until").behind(),
    ]
}

fn missing<'a>(ground: &'a Ground, table: &'static str, column: &'static str) -> Fault<'a> {
    let url = ground.url.as_str();
    let rename = move |from: &str, to: &str| sql(url, &format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}"));
    let away = move || drop(rename(column, "gone"));
    // It stands in line with all that writes, and only `away` is tried again.
    let back = move || {
        let started = Instant::now();
        while let Err(error) = rename("gone", column) {
            assert!(started.elapsed() < PATIENCE, "{table}.{column} does not come back: {error}");
        }
    };
    Fault::new(table, "do not fit this build", away, back)
}

#[test]
fn postgres_under_load() {
    let server = crate::restart::Postgres::start();
    let disk = Disk::mount(64);
    let ground = Ground::postgres(&server.url, disk.as_ref());
    let url = ground.url.as_str();
    let run = move |statement: String| move || sql(url, &statement).unwrap();
    let (role, name) = (ground.role, ground::DATABASE);
    let kill = || drop(sql(&ground.url, ground::KILL));
    let limit = move |n: i32| run(format!("ALTER ROLE {role} CONNECTION LIMIT {n}"));
    // Past the database itself, which takes no more of that either.
    let database = |set: &str| sql(&server.url, &format!("ALTER DATABASE {name} {set}")).unwrap();
    let read_only = || database("SET default_transaction_read_only = on");
    let writable = || database("RESET default_transaction_read_only");
    let no_more = limit(0);
    let blocks = Blocks::new(&server, url);
    let killed = Fault {
        name: "killed backends",
        strike: Box::new(|| (0..10).for_each(|_| kill())),
        mend: Box::new(|| {}),
        words: None,
        refuses: true,
    };
    let mut faults = vec![
        // The code that a full disk gives.
        Fault::new(
            "no room",
            "make room",
            || drop(sql(&ground.url, ground::NO_ROOM)),
            run("DROP FUNCTION no_room CASCADE".into()),
        ),
        Fault::new("read-only", "takes no writes", || (read_only(), kill()).1, writable),
        Fault::new(
            "lost right",
            "grant",
            run(format!("REVOKE INSERT ON event FROM {role}")),
            run(format!("GRANT INSERT ON event TO {role}")),
        ),
        Fault::new(
            "lost right to messages",
            "grant",
            run(format!("REVOKE SELECT, INSERT, UPDATE ON message FROM {role}")),
            run(format!("GRANT SELECT, INSERT, UPDATE ON message TO {role}")),
        )
        .behind(),
        killed,
        Fault::new("no connection", "too many connections", move || (no_more(), kill()).1, limit(-1)),
        Fault::new("damaged page", "restore a backup", || blocks.tear(), || blocks.mend()),
    ];
    faults.extend(columns(&ground));
    faults.extend(disk.as_ref().map(full));
    suffers(&ground, &faults);
}

/// With its log on the same disk PostgreSQL ends itself, and somebody starts it again when there is room.
#[test]
fn postgres_without_room_for_its_log() {
    let Some(disk) = Disk::mount(176) else { return };
    let server = crate::restart::Postgres::start_in(disk.path());
    let ground = Ground::postgres(&server.url, None);
    let strike = || {
        disk.fill();
        // The next piece of its log is one that there is no room for.
        let _ = sql(&server.url, "SELECT pg_switch_wal()");
    };
    let mend = || {
        disk.empty();
        server.crash();
    };
    suffers(&ground, &[Fault::new("no room for the log", "not available", strike, mend)]);
}

/// The server ends, its copy takes over, and the node was told of both.
#[test]
fn postgres_whose_replica_is_promoted() {
    let server = crate::restart::Postgres::start();
    let mut ground = Ground::postgres(&server.url, None);
    let (here, there) = (server.folder().display().to_string(), server.standby().display().to_string());
    // What is accepted is on both.
    for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
        sql(&server.url, statement).unwrap();
    }
    let both = ground.url.replacen(&here, &format!("{here},{there}"), 1) + "&target_session_attrs=read-write";
    ground.system.lead_to(both.replace("user=stafette", &format!("user={}", ground.role)));
    let gone = std::cell::Cell::new(false);
    let strike = || {
        if !gone.replace(true) {
            server.control(&["stop", "-m", "immediate"]);
        }
    };
    let promote = || server.control(&["standby", "promote"]);
    suffers(&ground, &[Fault::new("promoted replica", "not available", strike, promote)]);
}

/// A clock that is set while clients send, and what it shows.
struct Hands<'a> {
    file: &'a Path,
    shows: &'a dyn Fn(&Load<'_>) -> Option<DateTime<Utc>>,
}

/// An hour, which is longer than any lease and heartbeat.
const HOUR: i32 = 3_600;

/// Each clock is set back, and then ahead of what all before it was due at. Nobody is refused, and mail goes out.
fn endures(ground: &Ground, clocks: &[Hands<'_>]) {
    let server = ground.serve();
    let load = Load::new(&ground.client, &server.url);
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !holds() {
            assert!(started.elapsed() < PATIENCE, "{what}");
            pause(Duration::from_millis(50));
        }
    };
    load.run(|| {
        load.accepts();
        for (Hands { file, shows }, ahead) in clocks.iter().flat_map(|hands| [(hands, -HOUR), (hands, HOUR)]) {
            clocks::set(file, ahead);
            let wrong = || shows(&load).map(|shown| shown - Clock::system().now());
            let is_set = |wrong: TimeDelta| (wrong.num_seconds() - i64::from(ahead)).abs() < 60;
            until(&format!("no clock is {ahead} s ahead"), &|| wrong().is_some_and(is_set));
            let mailed = ground.system.mailed();
            load.accepts();
            until(&format!("no mail goes out by a clock {ahead} s ahead"), &|| ground.system.mailed() > mailed);
            load.ready();
        }
    });
    assert_eq!(load.refused(), 0);
    load.settle(&ground.system, 2 * clocks.len());
    assert_eq!(server.terminate(), Some(0));
    ground.log.end();
}

fn of_the_node(load: &Load<'_>) -> Option<DateTime<Utc>> {
    load.newest()
}

/// There is one clock: nothing to compare it with.
#[test]
fn clocks_are_set_on_sqlite() {
    let mut ground = Ground::sqlite(None);
    let file = ground.clock();
    endures(&ground, &[Hands { file: &file, shows: &of_the_node }]);
    assert_eq!(ground.log.errors(), Vec::<String>::new());
}

/// The node's and the server's, by which leases go.
#[test]
fn clocks_are_set_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    crate::process::open_to_all(folder.path());
    let theirs = folder.path().join("clock");
    clocks::set(&theirs, 0);
    let server = crate::restart::Postgres::start_with(&clocks::environment(&theirs));
    let mut ground = Ground::postgres(&server.url, None);
    let file = ground.clock();
    let now = |_: &Load<'_>| ground::ask(&ground.url, "SELECT to_json(clock_timestamp()) #>> '{}'").parse().ok();
    endures(&ground, &[Hands { file: &file, shows: &of_the_node }, Hands { file: &theirs, shows: &now }]);
    // Told, and not again and again.
    let told = ground.log.errors();
    assert!(told.iter().all(|line| line.contains("the clocks of this node and of the database differ")), "{told:?}");
    assert!((1..=2).contains(&told.len()), "{told:?}");
}

//! Tests wait for signals and move the clock. None takes something for done after a fixed time.
//!
//! A sleep is known by its name, in whatever library. A wait that has an end is a sleep if nobody looks at what came of it.
//! So a helper that hides a sleep behind a name of its own is found, and whoever sleeps stands in a list here.

use std::collections::BTreeSet;

use super::{sources, words::words};

/// The functions that sleep, by other names. Whoever calls one sleeps, too.
const NAMES: [&str; 1] = ["tests/process.rs pause"];

/// Who looks again and again whether something is done by another program, or by a node that gives no sign.
const LOOK_AGAIN: [&str; 27] = [
    "engine/mail/tests/sink/mod.rs dumps",
    "engine/mail/tests/sink/mod.rs start_at",
    "engine/runner/tests/runner/conflicts.rs whatever_statement_is_refused_the_batch_is_done_again",
    "engine/runner/tests/runner/crowds.rs a_node_at_work_wakes_a_crowd",
    "engine/runner/tests/runner/two_nodes.rs one_takes_in_what_the_other_works_off",
    "engine/store/tests/conformance/pooler.rs start",
    "engine/store/tests/conformance/replica.rs until",
    "tests/attack/bodies.rs a_commit_holds_so_much",
    "tests/awaiting/feed.rs post",
    "tests/awaiting/feed.rs seen_waiting",
    "tests/awaiting/killed.rs finish",
    "tests/backup.rs send",
    "tests/backup.rs until",
    "tests/chaos.rs stands_still",
    "tests/chaos.rs tell_of_their_clocks",
    "tests/commands.rs until",
    "tests/faults.rs endures",
    "tests/faults.rs undergo",
    "tests/faults/load.rs accepts",
    "tests/faults/load.rs ready",
    "tests/journeys/story.rs until",
    "tests/metrics.rs how_long_mails_wait_for_their_relay_is_shown",
    "tests/metrics.rs until",
    "tests/pooler.rs start",
    "tests/process.rs start",
    "tests/stopping.rs until",
    "tests/upgrade/desk.rs until",
];
/// Who plays somebody that takes time, or strikes at a moment of chance: peers, senders, faults.
const TAKE_TIME: [&str; 14] = [
    "engine/connect/src/client/tests/answers.rs dripping",
    "engine/mail/tests/acts/mod.rs play",
    "tests/awaiting/feed.rs at_the_end",
    "tests/awaiting/killed.rs pause_for_a_moment",
    "tests/awaiting/killed.rs runners_are_killed",
    "tests/chaos.rs feed",
    "tests/chaos.rs many_nodes_are_killed_frozen_skewed_and_drained",
    "tests/crash.rs one_process_on_sqlite_is_killed_until_all_is_done",
    "tests/crash.rs postgres_cuts_every_connection_again_and_again",
    "tests/crash.rs two_runners_and_two_dispatchers_on_postgres_lose_one_for_good",
    "tests/faults/ground.rs read_only",
    "tests/faults/load.rs send",
    "tests/restart.rs postgres_crashes_under_load",
    "tests/siege/attacks.rs call",
];
/// Who measures for as long as that takes.
const MEASURE: [&str; 2] = ["tests/cell.rs watch", "tests/restart.rs the_rate_comes_back"];
/// Whose clock is moved by hand.
const MOVED: [&str; 1] = ["engine/runner/src/clock.rs a_manual_clock_wakes_who_waits"];

/// What sleeps: in libraries, in SQL, and `pause` of the engine's own clock.
const SLEEPS: [&str; 10] = [
    "delay_for",
    "nanosleep",
    "park_timeout",
    "pause",
    "pg_sleep",
    "sleep",
    "sleep_ms",
    "sleep_until",
    "tick",
    "usleep",
];
/// Those of them that may be the name of something else where they are not called.
const WORDS: [&str; 2] = ["pause", "tick"];
/// What waits for something, and for so long at most.
const WAITS: [&str; 8] = [
    "recv_deadline",
    "recv_timeout",
    "timeout",
    "timeout_at",
    "wait_deadline",
    "wait_timeout",
    "wait_timeout_ms",
    "wait_timeout_while",
];

#[test]
fn tests_do_not_sleep() {
    let listed: BTreeSet<String> = [&NAMES[..], &LOOK_AGAIN, &TAKE_TIME, &MEASURE, &MOVED]
        .into_iter()
        .flatten()
        .map(|name| (*name).to_owned())
        .collect();
    let mut found = BTreeSet::new();
    for (path, text) in sources() {
        if path.starts_with("tests/tidy") || path.ends_with("tidy.rs") {
            continue;
        }
        let code = match path.iter().any(|part| part == "tests" || part == "tests.rs") {
            true => text.as_str(),
            false => text.split_once("\n#[cfg(test)]\nmod tests {").map_or("", |(_, tests)| tests),
        };
        for (function, looks) in sleepers(code) {
            let name = format!("{} {function}", path.display());
            assert!(looks || !LOOK_AGAIN.contains(&name.as_str()), "{name} sleeps and does not look again");
            found.insert(name);
        }
    }
    let new: Vec<_> = found.difference(&listed).collect();
    assert!(new.is_empty(), "they sleep; wait for a signal or move the clock: {new:#?}");
    let over: Vec<_> = listed.difference(&found).collect();
    assert!(over.is_empty(), "they do not sleep any more: {over:#?}");
}

/// A block of code.
#[derive(Clone, Debug, PartialEq)]
enum Block {
    Function(String),
    Loop,
    Other,
}

/// The functions that sleep, and whether they do so in a loop.
fn sleepers(code: &str) -> BTreeSet<(String, bool)> {
    let words = words(code);
    let is = |at: usize, word: &str| words.get(at).is_some_and(|it| it == word);
    let named = NAMES.iter().filter_map(|name| name.rsplit(' ').next());
    let mut names: BTreeSet<&str> = SLEEPS.into_iter().chain(named).collect();
    let (mut open, mut next, mut found) = (Vec::new(), Block::Other, BTreeSet::new());
    // Where the statement begins, and whether it says what other names stand for.
    let (mut begin, mut takes) = (0, false);
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "fn" => next = Block::Function(words[at + 1].clone()),
            "loop" | "while" => next = Block::Loop,
            "for" if !is(at + 1, "<") => next = Block::Loop,
            "{" if !takes => open.push(std::mem::replace(&mut next, Block::Other)),
            "}" if !takes => drop(open.pop()),
            "use" => takes = true,
            ";" => (takes, next) = (false, Block::Other),
            _ => {}
        }
        if ["{", "}", ";"].contains(&word.as_str()) {
            begin = at + 1;
            continue;
        }
        if takes {
            let other = words.get(at + 2).filter(|_| names.contains(word.as_str()) && is(at + 1, "as"));
            names.extend(other.map(String::as_str));
            continue;
        }
        let called = is(at + 1, "(") && !(at > 0 && is(at - 1, "fn"));
        let sleeps = names.contains(word.as_str()) && (called || !WORDS.contains(&word.as_str()));
        let says = word.starts_with('"') && word.contains("sleep");
        if sleeps || says || WAITS.contains(&word.as_str()) && called && !is_looked_at(&words[begin..], at - begin) {
            let inside = open.iter().rposition(|block| matches!(block, Block::Function(_)));
            let (function, blocks) = match inside.map(|at| (&open[at], &open[at..])) {
                Some((Block::Function(name), blocks)) => (name.clone(), blocks),
                _ => ("outside".into(), &open[..]),
            };
            found.insert((function, blocks.contains(&Block::Loop)));
        }
    }
    found
}

/// Whether somebody looks at what came of the wait that stands here in a statement, and takes its end for a failure.
fn is_looked_at(words: &[String], at: usize) -> bool {
    let end = words[at..].iter().position(|word| word == ";").map_or(words.len(), |length| at + length);
    let (before, statement) = (&words[..at], &words[..end]);
    let says = |word: &&str| statement.iter().any(|it| it == word);
    let kept = |word: &String| ["=", "(", "if", "match", "return", "while"].contains(&word.as_str());
    let dropped = match before {
        [first, ..] if first == "_" || first == "drop" => true,
        [first, name, ..] if first == "let" => name.starts_with('_'),
        _ => {
            !before.iter().any(kept)
                && [["ok", "(", ")"], ["err", "(", ")"]].iter().any(|end| statement.ends_with(&end.map(str::to_owned)))
        }
    };
    says(&"ZERO") || !dropped && !["expect_err", "is_err", "pending", "unwrap_err"].iter().any(says)
}

#[test]
fn a_sleep_is_seen_by_whatever_name() {
    for code in [
        "fn f() { sleep(SOON); }",
        "fn f() { std::thread::sleep(SOON); }",
        "use std::thread::{self, sleep as rest}; fn f() { rest(SOON); }",
        "fn f() { let rest = thread::sleep; rest(SOON); }",
        "fn f() { let _ = nothing.recv_timeout(SOON); }",
        "fn f() { let _ = mpsc::channel::<()>().1.recv_timeout(SOON); }",
        "async fn f() { timeout(SOON, pending::<()>()).await.unwrap_err(); }",
        "async fn f() { assert!(tokio::time::timeout(SOON, told).await.is_err()); }",
        "async fn f() { timeout(SOON, told).await.ok(); }",
        "fn f() { lock.wait_timeout(guard, SOON).ok(); }",
        "async fn f() { interval(SOON).tick().await; }",
        "async fn f() { clock.pause(SOON).await; }",
        "fn f() { pause(SOON); }",
        "fn f() { query(\"SELECT pg_sleep(1)\"); }",
        "fn f() { Command::new(\"sleep\").arg(\"1\").status(); }",
    ] {
        assert_eq!(sleepers(code), [("f".into(), false)].into(), "{code}");
    }
    for code in [
        "async fn f() { timeout(PATIENCE, told).await.unwrap(); }",
        "async fn f() { let told = timeout(PATIENCE, told).await; told.expect(\"nobody tells it\"); }",
        "fn f() { match lines.recv_timeout(PATIENCE) { Ok(line) => line, Err(_) => panic!() } }",
        "async fn f() { timeout(Duration::ZERO, pending::<()>()).await.unwrap_err(); }",
        "fn f() { let pause = 1; } fn sleepless() {}",
        "// sleep(SOON)\nfn f() { pause_program(); }",
    ] {
        assert_eq!(sleepers(code), [].into(), "{code}");
    }
    let looks = "fn f() { while !done() { sleep(SOON); } } fn g() { let h = || { loop { go() } }; sleep(SOON) }";
    assert_eq!(sleepers(looks), [("f".into(), true), ("g".into(), false)].into());
}

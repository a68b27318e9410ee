//! Hostile programs: whatever the size and shape, a check ends soon, on a small stack, with a short list.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

use std::time::{Duration, Instant};

use program::{Known, KnownEvent, KnownField, Plan, Problem, Program, check, check_against, diff};
use proptest::prelude::*;

/// Far less than the 2 MiB of a worker.
const SMALL: usize = 256 << 10;
/// What a worker has. The readers of JSON and YAML need some of it for each level, the more without optimisation.
const WORKER: usize = 2 << 20;
/// Busy machines and unoptimised builds included; what grows with the square of its input takes minutes.
const SOON: Duration = Duration::from_secs(60);

/// Does it on a stack of that size; it has to be done soon.
fn on_stack<T: Send + 'static>(size: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    let begin = Instant::now();
    let thread = std::thread::Builder::new().stack_size(size).spawn(work).unwrap();
    let done = thread.join().unwrap();
    assert!(begin.elapsed() < SOON, "it took {:?}", begin.elapsed());
    done
}

fn text(nodes: impl Iterator<Item = String>) -> String {
    let mut text = "stafette: 1\nname: t\ntitle: T\nnodes:\n".to_owned();
    nodes.for_each(|node| text.push_str(&node));
    text
}

/// Everything that is done with what a stranger sent.
fn tried(text: &str) -> Vec<Problem> {
    let program = Program::parse(text).unwrap();
    let problems = check(&program);
    assert!(problems.len() <= 201, "{}", problems.len());
    let known = known();
    assert!(check_against(&program, &known).len() <= 201);
    assert_eq!(Plan::new(program.clone()).is_ok(), problems.iter().all(|it| it.severity != program::Severity::Error));
    let changed = diff(Some(&program), &Program { title: "U".into(), ..program.clone() });
    assert_eq!(changed.len(), program.nodes.len());
    problems
}

/// An installation that has seen a lot.
fn known() -> Known {
    let fields = |n: usize| (0..n).map(|n| (format!("f{n}"), KnownField::default())).collect();
    let events = (0..1_000).map(|n| {
        let event = KnownEvent { seen: 100, refuses: false, fields: fields(50) };
        (program::EventType::new(&format!("some.event.of.a.long.name.{n:04}")).unwrap(), event)
    });
    Known { events: events.collect(), attributes: fields(500), ..Known::default() }
}

#[test]
fn chains_stars_and_ladders_of_28000_nodes() {
    const N: usize = 28_000;
    let node = |n: usize, to: usize| format!(" n{n}: {{kind: exit, next: n{to}}}\n");
    let chain = text((0..N).map(|n| node(n, n + 1)));
    let circle = text((0..N).map(|n| node(n, (n + 1) % N)));
    let inward = text((0..N).map(|n| node(n, 0)));
    let fork = |n: usize| format!(" n{n}: {{kind: condition, when: x, next: {{yes: n{}, no: n{}}}}}\n", n + 1, n + 2);
    let ladder = text((0..14_000).map(fork));
    let star = format!("{} hub: {{kind: exit, next: {{{}}}}}\n", text(std::iter::empty()), {
        let ports: Vec<_> = (0..60_000).map(|n| format!("p{n}: hub")).collect();
        ports.join(", ")
    });
    for (what, text) in [("chain", chain), ("circle", circle), ("inward", inward), ("ladder", ladder), ("star", star)] {
        assert!(text.len() < 1 << 20 || what == "star", "{what} has {} bytes", text.len());
        let text: String = text;
        let problems = on_stack(SMALL, move || tried(&text));
        assert!(problems.iter().any(|it| it.code.starts_with("too_many_")), "{what}: {problems:?}");
    }
}

/// As large as may be, and wrong all over.
#[test]
fn a_thousand_nodes_with_everything_wrong() {
    let name = "n".repeat(55);
    let unreachable = text(
        (0..1_000).map(|n| format!(" {name}{n}: {{kind: wait, duration: 1d, next: {name}{}}}\n", (n + 1) % 1_000)),
    );
    // 90 unknown names in each of 300 conditions.
    let counts = |n: usize| {
        let asks: Vec<_> =
            (0..90).map(|m| format!("count(\"some.evnt.of.a.long.name.{m}.{n}\", duration(\"1d\")) > 0")).collect();
        format!(
            " n{n}: {{kind: condition, when: '{}', next: {{yes: n{}, no: n{}}}}}\n",
            asks.join(" || "),
            n + 1,
            n + 1
        )
    };
    let names = text((0..170).map(counts));
    let fields = |n: usize| {
        let asks: Vec<_> = (0..180).map(|m| format!("event.g{m}.z{n} > 1")).collect();
        format!(
            " n{n}: {{kind: condition, when: '{}', next: {{yes: n{}, no: n{}}}}}\n",
            asks.join(" || "),
            n + 1,
            n + 1
        )
    };
    let entries = (0..500)
        .map(|n| format!(" e{n}: {{kind: entry, event: some.event.of.a.long.name.{n:04}, again: always, next: n0}}\n"));
    let fields = text(entries.chain((0..200).map(fields)));
    for text in [unreachable, names, fields] {
        assert!(text.len() < 1 << 20, "{} bytes", text.len());
        let problems = on_stack(SMALL, move || tried(&text));
        let size = serde_json::to_string(&problems).unwrap().len();
        assert!(size < 1 << 20, "the list has {size} bytes");
    }
}

/// Texts that nest: refused or read, but never by the depth of the stack.
#[test]
fn deep_files_are_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("!!map ", ""), ("&a ", "")] {
        for depth in [10, 31, 32, 33, 1_000, 200_000] {
            let depth = depth.min((1 << 20) / (open.len() + close.len()) - 1);
            let text = open.repeat(depth) + "1" + &close.repeat(depth);
            on_stack(WORKER, move || {
                for text in [text.clone(), format!("stafette: 1\nname: t\ntitle: T\nnodes: {text}\n")] {
                    assert!(Program::parse(&text).is_err());
                }
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Any edges whatever, at the border of what is taken.
    #[test]
    fn any_graph_is_checked(n in 900_usize..1_100, edges in proptest::collection::vec((0_usize..1_100, 0_usize..1_100), 0..2_000)) {
        let mut ways: Vec<Vec<usize>> = vec![Vec::new(); n];
        edges.iter().for_each(|(from, to)| ways[from % n].push(to % n));
        let node = |(at, ways): (usize, &Vec<usize>)| match ways.as_slice() {
            [] => format!(" n{at}: {{kind: entry, event: x, again: always}}\n"),
            [to] => format!(" n{at}: {{kind: wait, duration: 1d, next: n{to}}}\n"),
            [yes, no, ..] => format!(" n{at}: {{kind: condition, when: 'true', next: {{yes: n{yes}, no: n{no}}}}}\n"),
        };
        let text = text(ways.iter().enumerate().map(node));
        on_stack(SMALL, move || tried(&text));
    }
}

//! What comes from outside may be anything: each file of `tests/corpus/`, and what chance makes of it, is read by the
//! same functions as the long runs of `make fuzz`.
//!
//! The chance is the same in every run. `STAFETTE_FUZZ_ROUNDS` says how often each file is changed; an input that breaks
//! something is kept beside its origin under the name `broken`, and becomes part of the corpus once that is mended. Where
//! the process ends, the input is `target/tmp/fuzz-<reader>.last`.

mod change;
mod doors;
mod pure;

use std::{
    env, fs, panic,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use change::Change;

/// As much as a worker of the server has: what recurses too deeply shows.
const STACK: usize = 2 << 20;
/// For what recurses over at most so many nodes, each of which takes much more in a debug build than in a release.
const DEEP: usize = 64 << 20;
/// No input may take longer, in a debug build on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("corpus").join(target)];
    // Our own files are the best beginnings.
    for folder in fs::read_dir(root.join("../programs")).unwrap().map(|entry| entry.unwrap().path()) {
        match target {
            "program" => folders.push(folder),
            "stream" => folders.push(folder.join("streams")),
            _ => {}
        }
    }
    let mut files = Vec::new();
    for folder in folders {
        let entries = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let paths = entries.filter(|path| path.is_file() && !path.ends_with("README.md"));
        files.extend(paths.map(|path| (path.clone(), fs::read(&path).unwrap())));
    }
    files.sort();
    assert!(!files.is_empty(), "no corpus for {target}");
    files
}

fn rounds() -> u64 {
    env::var("STAFETTE_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

fn run(target: &'static str, read: fn(&[u8]), rounds: u64, stack: usize) {
    let files = corpus(target);
    let all: Vec<Vec<u8>> = files.iter().map(|(_, bytes)| bytes.clone()).collect();
    let last = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{target}.last"));
    let each = move || {
        for (at, (path, bytes)) in files.iter().enumerate() {
            let mut chance = Change::new(at as u64);
            for round in 0..=rounds {
                let input = if round == 0 { bytes.clone() } else { chance.change(bytes, &all) };
                // Nothing can be said once the stack is at its end.
                fs::write(&last, &input).unwrap();
                let started = Instant::now();
                let held = panic::catch_unwind(|| read(&input)).is_ok();
                let took = started.elapsed();
                if !held || took > PATIENCE {
                    let broken = path.with_extension("broken");
                    fs::write(&broken, &input).unwrap();
                    panic!("{target}: {} breaks it, or took too long: {took:?}", broken.display());
                }
            }
        }
    };
    let ran = thread::Builder::new().stack_size(stack).spawn(each).unwrap().join();
    if let Err(why) = ran {
        panic::resume_unwind(why);
    }
}

macro_rules! targets {
    ($($module:ident::$name:ident $rounds:expr, $stack:ident;)*) => {$(
        #[test]
        fn $name() {
            run(stringify!($name), $module::$name, $rounds, $stack);
        }
    )*

        #[test]
        fn each_target_is_for_long_runs_too() {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            for name in [$(stringify!($name)),*] {
                let file = root.join(format!("../fuzz/targets/{name}.rs"));
                let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                assert!(text.contains(&format!("::{name}(")), "{}", file.display());
            }
        }
    };
}

targets! {
    pure::address 20 * rounds(), STACK;
    doors::attachment rounds(), STACK;
    pure::cel rounds(), DEEP;
    pure::content_type rounds(), STACK;
    doors::cursor rounds() / 2, STACK;
    doors::event rounds(), STACK;
    pure::program rounds() / 2, STACK;
    pure::reason 5 * rounds(), STACK;
    pure::smtp_reply rounds() / 5, STACK;
    pure::stream rounds(), STACK;
    pure::template rounds(), DEEP;
    pure::url 2 * rounds(), STACK;
}

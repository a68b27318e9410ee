//! What is asked of a kind of node outside of its crate, asked of the kind `delay` by the sources that ask it of all kinds:
//! the reference, the random programs, the words of the web app. `tests/new_kind.rs` copies this beside them.

#![allow(clippy::unwrap_used, dead_code, reason = "a test; and it needs a part of what those sources offer")]

#[path = "../web/src/kinds_test.rs"]
mod kinds_test;
#[path = "../web/build/kinds.rs"]
mod look_ups;
mod random;
mod reference;

/// The programs that the random ones take their nodes from.
mod programs {
    use program::Program;

    pub(crate) fn all() -> Vec<Program> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs");
        let files = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("program.yaml"));
        files.map(|file| Program::parse(&std::fs::read_to_string(file).unwrap()).unwrap()).collect()
    }
}

use program::{Plan, Severity, check, numbered, simulate};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};

#[test]
fn random_programs_meet_it() {
    let mut chance = TestRunner::deterministic();
    let mut met = 0;
    for _ in 0..500 {
        let program = random::program().new_tree(&mut chance).unwrap().current();
        let events = random::history(10).new_tree(&mut chance).unwrap().current();
        let of_it: Vec<_> = program.nodes.iter().filter(|(_, node)| node.kind.tag() == "delay").collect();
        let at = of_it.first().map(|(id, _)| (*id).clone());
        assert!(check(&program).iter().all(|problem| problem.severity != Severity::Error), "{program:?}");
        let runs = simulate(&Plan::new(program).unwrap(), &events, None, numbered(Default::default()));
        met += usize::from(at.is_some_and(|at| runs.iter().flat_map(|run| &run.steps).any(|step| step.node == at)));
    }
    assert!(met > 0, "no random history went through it");
}

#[test]
fn the_web_app_looks_its_words_up() {
    let english = serde_json::from_str(include_str!("../web/locales/en.json")).unwrap();
    let code = look_ups::look_ups(&english).unwrap();
    for arm in [
        "\"delay\" => keys::kind::delay",
        "(\"delay\", \"minutes\") => keys::field::delay::minutes",
        "(\"delay\", \"minutes\") => keys::help::delay::minutes",
    ] {
        assert!(code.contains(arm), "{arm} is not in {code}");
    }
}

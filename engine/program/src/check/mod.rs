//! The checker: everything that is wrong with a program, as a list.
//!
//! There is one file per group: the graph itself, what was typed, pace (how fast mails follow each other), entries
//! (repeated entry), names (streams and events), fields (what expressions read) and kinds (what they compare). What is
//! known beside the file is in [`Known`].

use crate::{Known, Problem, Program};

mod entries;
mod fields;
mod findings;
mod graph;
mod joined;
mod kinds;
mod names;
mod pace;
mod paths;
mod senders;
mod typed;

use findings::{Findings, MOST};
pub(crate) use graph::TOO_MANY_COUNTS;
use paths::Paths;
pub use senders::{Sender, senders};
pub(crate) use typed::NO_TIME;

/// Lists what is wrong by the file alone, errors first, each in the order of the checks. At most 200 are listed; the
/// last one says how many more there are.
pub fn check(program: &Program) -> Vec<Problem> {
    found(program, None, MOST)
}

/// Lists what is wrong where this is known beside the file.
pub fn check_against(program: &Program, known: &Known) -> Vec<Problem> {
    found(program, Some(known), MOST)
}

fn found(program: &Program, known: Option<&Known>, most: usize) -> Vec<Problem> {
    let mut problems = Findings::up_to(most);
    // What is too large has an error already, and nothing walks through it.
    if graph::fits(program, &mut problems) {
        graph::check(program, &mut problems);
        typed::check(program, &mut problems);
        let paths = Paths::new(program);
        graph::reach(&paths, &mut problems);
        joined::check(&paths, &mut problems);
        kinds::check(&paths, known, &mut problems);
        pace::check(&paths, &mut problems);
        entries::check(program, &mut problems);
        if let Some(known) = known {
            names::check(program, known, &mut problems);
            fields::check(&paths, known, &mut problems);
            entries::circles(program, &known.programs, &mut problems);
        }
    }
    problems.list()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn program(nodes: &str) -> Program {
        let text = format!("stafette: 1\nname: t\ntitle: T\nnodes:\n{nodes}");
        Program::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// Code and place of each problem.
    pub(super) fn found(program: &Program, known: Option<&Known>) -> Vec<String> {
        let problems = super::found(program, known, usize::MAX);
        problems.into_iter().map(|problem| format!("{}@{}", problem.code, problem.path())).collect()
    }

    /// Each problem as people see it, with its fix.
    pub(super) fn told(program: &Program, known: Option<&Known>) -> Vec<String> {
        let told = |problem: Problem| {
            let fix = problem.fix.as_ref().map(|fix| serde_json::to_string(fix).unwrap()).unwrap_or_default();
            format!("{problem} {fix}")
        };
        super::found(program, known, usize::MAX).into_iter().map(told).collect()
    }
}

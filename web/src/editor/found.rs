//! PURE: what the server found in the draft, as long as it is still said of the program that is edited.

use program::{Problem, Program};

use crate::documents::shared::Shared;

/// The findings, and the program that they are about.
#[derive(Clone, Default)]
pub struct Found {
    of: Option<Shared<Program>>,
    problems: Vec<Problem>,
}

impl Found {
    /// What was found in this state.
    pub fn new(of: Shared<Program>, problems: Vec<Problem>) -> Self {
        Self { of: Some(of), problems }
    }

    /// Without what was said of nodes that are others by now, or gone.
    pub fn still(&self, now: &Program) -> impl Iterator<Item = &Problem> {
        let of = self.of.as_ref();
        self.problems.iter().filter(move |problem| match (&problem.node, of) {
            (Some(node), Some(of)) => now.nodes.get(node).is_some_and(|it| of.0.nodes.get(node) == Some(it)),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use program::{Finding, NodeId};

    use super::*;

    #[test]
    fn what_was_said_of_a_node_ends_with_its_change() {
        let program = |stream: &str| {
            let text = format!(
                "stafette: 1\nname: p\ntitle: P\nnodes:\n  a: {{ kind: entry, event: e, again: never, next: m }}\n  m: {{ kind: \
                 send_mail, stream: {stream}, next: out }}\n  out: {{ kind: exit }}\n"
            );
            Program::parse(&text).unwrap()
        };
        let at = |node: &str| Problem::error("mail_fails", Finding::NoDays).at(&NodeId::new(node).unwrap());
        let found = Found::new(Shared(Arc::new(program("one"))), vec![at("m"), at("out"), at("gone")]);
        let left = |now: &Program| {
            found.still(now).filter_map(|it| it.node.as_ref()).map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(left(&program("one")), ["m", "out"]);
        assert_eq!(left(&program("two")), ["out"]);
    }
}

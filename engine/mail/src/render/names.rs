//! Finds unknown names in a template.
//!
//! The engine would say so when it renders, and the first to hear of it would be a customer without a mail.

use std::collections::HashSet;

use letter::{Asked, FILTERS, Part, TESTS, VARIABLES, fields};
use minijinja::{Environment, ErrorKind, Template};
use program::Reason;

use crate::RenderError;

/// Everything that is asked for in vain, each name once.
pub(super) fn unknown(
    env: &Environment<'_>,
    template: &Template<'_, '_>,
    (part, source): (Part, &str),
    asked: Vec<(usize, Asked<'_>)>,
) -> Vec<RenderError> {
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    let mut functions = HashSet::new();
    let mut state = env.empty_state();
    for (line, name) in asked {
        if !seen.insert(name) {
            continue;
        }
        let message = match name {
            Asked::Filter(name) => {
                let found = state.apply_filter(name, &[]);
                let unknown = found.is_err_and(|error| error.kind() == ErrorKind::UnknownFilter);
                unknown.then(|| Reason::UnknownFilter { name: name.into(), known: FILTERS.join(", ") })
            }
            Asked::Test(name) => {
                let found = state.perform_test(name, &[]);
                let unknown = found.is_err_and(|error| error.kind() == ErrorKind::UnknownTest);
                unknown.then(|| Reason::UnknownTest { name: name.into(), known: TESTS.join(", ") })
            }
            Asked::Function("range" | "loop") => None,
            Asked::Function(name) => {
                functions.insert(name);
                Some(Reason::UnknownFunction { name: name.into() })
            }
            Asked::Method("loop", "cycle" | "changed") => None,
            Asked::Method(_, name) => Some(Reason::UnknownMethod { name: name.into() }),
            Asked::Attribute(owner, name) => unknown_attribute(source, owner, name),
        };
        errors.extend(message.map(|message| RenderError::at(part, line, message.to_string())));
    }
    let mut undeclared: Vec<_> = template.undeclared_variables(false).into_iter().collect();
    let known = |name: &str| VARIABLES.contains(&name) || ["range", "loop"].contains(&name) || functions.contains(name);
    undeclared.retain(|name| !known(name));
    undeclared.sort();
    errors.extend(undeclared.iter().map(|name| {
        let line = source.lines().position(|line| line.contains(name.as_str())).map_or(0, |n| n + 1);
        let message = Reason::UnknownName { name: name.clone(), known: VARIABLES.join(", ") };
        RenderError::at(part, line, message.to_string())
    }));
    errors
}

fn unknown_attribute(source: &str, owner: &str, name: &str) -> Option<Reason> {
    let has = fields(owner)?;
    // Whoever calls something else by this name knows what it has.
    let renamed = ["set ", "for ", ", "].iter().any(|before| source.contains(&format!("{before}{owner}")));
    let unknown = || Reason::UnknownField { owner: owner.into(), field: name.into(), known: has.join(", ") };
    (!has.contains(&name) && !renamed).then(unknown)
}

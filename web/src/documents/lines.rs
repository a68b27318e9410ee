//! Two texts line by line, with the lines around each change.

use leptos::prelude::*;
use similar::{ChangeTag, TextDiff};

/// Lines around a change that are shown with it.
const AROUND: usize = 3;

/// What differs.
pub fn lines(old: &str, new: &str) -> Vec<AnyView> {
    let diff = TextDiff::from_lines(old, new);
    let groups = diff.grouped_ops(AROUND);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    let line = |change: similar::Change<&str>| {
        let (class, sign) = match change.tag() {
            ChangeTag::Delete => ("gone", "−"),
            ChangeTag::Insert => ("new", "+"),
            ChangeTag::Equal => ("", " "),
        };
        let text = format!("{sign} {}", change.value().trim_end());
        view! { <span class=class>{text} "\n"</span> }.into_any()
    };
    changes.map(line).collect()
}

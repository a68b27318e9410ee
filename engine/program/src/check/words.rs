//! Words that messages of several checks share.

use crate::NodeId;

/// `1 node`, `3 nodes`.
pub(super) fn several(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `"a"`, `"a" and "b"`, `"a", "b" and "c"`.
pub(super) fn list(ids: &[&NodeId]) -> String {
    let quoted: Vec<_> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

//! What is asked of a kind of node is asked by its contract: no kind is named elsewhere, so that none is overlooked there.

use super::{root, sources};

/// Where a kind may have words and a picture of its own. One that is not named there has those of its first field and
/// of its family.
const WORDS_AND_PICTURES: [&str; 2] = ["web/src/parts/icon.rs", "web/src/words.rs"];

#[test]
fn kinds_are_named_at_home_and_in_words_alone() {
    let list = std::fs::read_to_string(root().join("engine/program/src/node/mod.rs")).unwrap();
    let (_, list) = list.split_once("\nkinds! {\n").unwrap();
    let kinds: Vec<_> = list.lines().map_while(|line| line.trim().strip_suffix(',')?.split_once(": ")).collect();
    assert!(kinds.len() > 5, "{kinds:?}");
    for (path, text) in sources() {
        let home =
            path.starts_with("engine/program/src/node") || WORDS_AND_PICTURES.iter().any(|at| path.ends_with(at));
        let test = path.components().any(|part| part.as_os_str() == "tests");
        let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (_, kind) in kinds.iter().filter(|_| !home && !test) {
            assert!(!code.contains(&format!("Kind::{kind}")), "{} names {kind}", path.display());
        }
    }
}

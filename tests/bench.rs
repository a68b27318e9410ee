//! `stafette bench` measures whole rounds. What its figures are is not asked here: they are the machine's.

use serde_json::Value;

use crate::process::stafette_ok;

fn measured(what: &str, n: usize) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let (n, scratch) = (n.to_string(), folder.path().to_str().unwrap());
    let said = stafette_ok(&["bench", what, "--rounds", "1", "--json", "--scratch", scratch, "--n", &n]);
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_story_is_told_by_a_whole_server() {
    let report = measured("story", 200);
    for figure in ["events accepted by HTTP", "mails, event to inbox"] {
        assert_eq!(report["figures"][figure]["n"], 200, "{report}");
    }
}

#[test]
fn moved_tokens_are_measured_beside_raw_writes() {
    let report = measured("advance", 500);
    let ratio = report["ratios"].as_object().unwrap().iter().find(|(name, _)| name.starts_with("engine : raw"));
    assert!(ratio.is_some_and(|(_, ratio)| ratio.as_f64().is_some_and(|ratio| ratio > 0.0)), "{report}");
}

//! A server begins itself anew once, so that free memory goes back to the system.

use std::fs;

use crate::process::Server;

/// What a server that is started with this environment tells its `malloc`.
fn told(environment: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let server = Server::start_with(&["--listen", "127.0.0.1:0", "--data", data], environment);
    let all = fs::read_to_string(format!("/proc/{}/environ", server.id())).unwrap();
    let mut told: Vec<_> = all.split('\0').filter(|line| line.starts_with("MALLOC_")).map(str::to_owned).collect();
    told.sort();
    told
}

#[test]
fn what_is_free_goes_back_unless_somebody_says_otherwise() {
    if !cfg!(target_env = "gnu") {
        return;
    }
    assert_eq!(told(&[]), ["MALLOC_MMAP_THRESHOLD_=1048576", "MALLOC_TRIM_THRESHOLD_=4194304"]);
    assert_eq!(told(&[("MALLOC_TRIM_THRESHOLD_", "1000000")]), ["MALLOC_TRIM_THRESHOLD_=1000000"]);
    // As one that is not told what it was begun with: not again and again.
    assert!(told(&[("STAFETTE_BEGUN", "1")]).is_empty());
}

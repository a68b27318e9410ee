//! The commands of the program itself.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

pub(crate) const STAFETTE: &str = env!("CARGO_BIN_EXE_stafette");
pub(crate) const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../programs/order-follow-up");

pub(crate) fn stafette(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(STAFETTE)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A running server; killed when dropped.
pub(crate) struct Running(Child, BufReader<ChildStdout>);

impl Running {
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(STAFETTE);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(more);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self(child, lines)
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line.trim().to_string()
    }

    /// Sends SIGTERM and gives the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn programs_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("program.yaml");
    let text = std::fs::read_to_string(Path::new(EXAMPLE).join("program.yaml")).unwrap();
    std::fs::write(&file, text.replace("next: confirmation", "next: nowhere")).unwrap();
    let good = stafette(&["programs", "check", EXAMPLE], "");
    assert!(good.status.success(), "{}", err(&good));
    let bad = stafette(&["programs", "check", folder.path().to_str().unwrap()], "");
    assert_eq!(bad.status.code(), Some(1));
    let place = format!("{}:11:", file.display());
    assert!(err(&bad).contains(&place) && err(&bad).contains("unknown_node"), "{}", err(&bad));
    std::fs::write(&file, "stafette: 1\nname: [").unwrap();
    let broken = stafette(&["programs", "check", file.to_str().unwrap()], "");
    assert!(broken.status.code() == Some(1) && err(&broken).contains("program.yaml:"), "{}", err(&broken));
}

#[test]
fn events_are_played_in_virtual_time() {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let event = r#"{"type":"order.placed","contact":{"email":"ida@example.org"},"occurred_at":"2026-03-01T09:00:00Z"}"#;
    std::fs::write(&events, format!("{event}\n{event}\n")).unwrap();
    let played = stafette(&["simulate", EXAMPLE, "--events", events.to_str().unwrap()], "");
    assert!(played.status.success(), "{}", err(&played));
    let trace = out(&played);
    assert!(trace.contains("2026-03-01T09:00:00Z  #1  placed"), "{trace}");
    assert!(trace.contains("waiting until 2026-03-03T09:00:00Z") && trace.contains("2 events, 2 tokens"), "{trace}");
}

#[test]
fn a_server_is_used_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data_text = data.to_str().unwrap();
    let mut server = Running::start(&data, &[]);
    let line = server.line();
    let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_string();
    assert!(server.line().contains("/setup?token="));

    let second = stafette(&["serve", "--listen", "127.0.0.1:0", "--data", data_text], "");
    assert!(second.status.code() == Some(1) && err(&second).contains("another server"), "{}", err(&second));

    let import = ["programs", "import", EXAMPLE, "--publish", "--data", data_text];
    let imported = stafette(&import, "");
    assert!(
        imported.status.success() && out(&imported).contains("program order-follow-up version 1 stored"),
        "{}",
        err(&imported)
    );
    assert!(out(&stafette(&import, "")).contains("program order-follow-up version 1 unchanged"));
    let key = stafette(&["keys", "create", "--data", data_text, "--scope", "events:write"], "");
    let key = out(&key).trim().to_string();
    assert!(key.starts_with("stf_live_") && !key.contains(char::is_whitespace));

    let event = r#"{"type":"order.placed","contact":{"email":"ida@example.org"},"id":"1"}"#;
    let sent = stafette(&["events", "send", "-", "--url", &url, "--key", &key], event);
    assert_eq!(out(&sent).trim(), "1 accepted, 0 rejected", "{}", err(&sent));
    let refused = stafette(&["events", "send", "-", "--url", &url, "--key", &key], r#"{"type":"a","contact":{}}"#);
    assert!(!refused.status.success() && err(&refused).contains("contact_missing"), "{}", err(&refused));

    let user = stafette(&["users", "create", "ida@example.org", "--data", data_text], "correct horse battery\n");
    assert!(user.status.success(), "{}", err(&user));
    let short = stafette(&["users", "create", "eve@example.org", "--data", data_text], "short\n");
    assert!(!short.status.success());
    let letters = stafette(&["dead-letters", "list", "--data", data_text], "");
    assert!(letters.status.success() && out(&letters).is_empty(), "{}", err(&letters));
    let replayed = stafette(&["dead-letters", "replay", "--all", "--data", data_text], "");
    assert_eq!(out(&replayed).trim(), "0 of 0 are tried again");
    let exported = folder.path().join("out");
    let export = stafette(&["programs", "export", exported.to_str().unwrap(), "--data", data_text], "");
    assert!(export.status.success(), "{}", err(&export));
    let again = stafette(&["programs", "check", exported.join("order-follow-up").to_str().unwrap()], "");
    assert!(again.status.success(), "{}", err(&again));
    let doctor = stafette(&["doctor", "--data", data_text], "");
    assert!(doctor.status.success() && out(&doctor).contains("ok       database: SQLite answers"), "{}", out(&doctor));
    let sick = stafette(&["doctor", "--data", data_text, "--smtp", "smtp://127.0.0.1:1"], "");
    assert!(sick.status.code() == Some(1) && out(&sick).contains("problem  smtp: 127.0.0.1:1"), "{}", out(&sick));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_example_is_inside() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::start(folder.path(), &["--example"]);
    assert!(server.line().starts_with("listening on http://127.0.0.1:"));
    assert_eq!(server.stop(), Some(0));
    let exported = folder.path().join("out");
    let data = folder.path().to_str().unwrap();
    let export = stafette(&["programs", "export", exported.to_str().unwrap(), "--data", data], "");
    assert!(out(&export).contains("order-follow-up"), "{}", err(&export));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("stafette.toml"), "listen = \"127.0.0.1:7001\"\n").unwrap();
    for (environment, flag, expected) in [
        (None, None, "127.0.0.1:7001"),
        (Some("127.0.0.1:7002"), None, "127.0.0.1:7002"),
        (Some("127.0.0.1:7002"), Some("127.0.0.1:7003"), "127.0.0.1:7003"),
    ] {
        let mut command = Command::new(STAFETTE);
        command.args(["doctor", "--data"]).arg(folder.path());
        command.envs(environment.map(|value| ("STAFETTE_LISTEN", value)));
        command.args(flag.map(|value| ["--listen", value]).into_iter().flatten());
        let seen = out(&command.output().unwrap());
        assert!(seen.contains(&format!("server: {expected}")), "{seen}");
    }
}

#[test]
fn a_wrong_option_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("stafette.toml"), "smpt = \"smtp://relay\"\n").unwrap();
    let refused = stafette(&["serve", "--data", folder.path().to_str().unwrap()], "");
    assert!(refused.status.code() == Some(1) && err(&refused).contains("unknown option \"smpt\""), "{}", err(&refused));
}

//! What operators use: folders and files, who may read them, migrating, examining, keys and users.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use crate::cli::{Running, STAFETTE, err, out, stafette};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What lies in a folder, byte for byte.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_data_folder_may_have_any_name() {
    let outer = tempfile::tempdir().unwrap();
    for name in ["%20", "what?x=1", "a#b c", "ü", "100%"] {
        let data = outer.path().join(name);
        let key = stafette(&["keys", "create", "--data", data.to_str().unwrap(), "--scope", "read"], "");
        assert!(key.status.success(), "{name}: {}", err(&key));
        assert!(data.join("stafette.db").metadata().unwrap().len() > 0, "{name}");
        let list = stafette(&["keys", "list", "--data", data.to_str().unwrap()], "");
        assert!(out(&list).contains("made on the command line"), "{name}: {}", err(&list));
    }
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 5, "nothing lies anywhere else");
}

#[test]
fn only_the_owner_reads_and_only_one_server_writes() {
    let outer = tempfile::tempdir().unwrap();
    let (data, other) = (outer.path().join("data"), outer.path().join("other"));
    let mut server = Running::start(&data, &[]);
    assert!(server.line().starts_with("listening on "));
    assert_eq!(mode(&data), 0o700);
    for name in ["stafette.db", "stafette.db-wal", "stafette.db-shm", "secret", "lock"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    fs::create_dir(&other).unwrap();
    symlink(data.join("stafette.db"), other.join("stafette.db")).unwrap();
    let url = format!("sqlite:{}", data.join("stafette.db").display());
    for more in [&["--data", other.to_str().unwrap()][..], &["--data", "/tmp", "--database-url", &url]] {
        let second = stafette(&[&["serve", "--listen", "127.0.0.1:0"], more].concat(), "");
        assert!(err(&second).contains("another server uses"), "{}", err(&second));
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn doctor_changes_nothing() {
    let outer = tempfile::tempdir().unwrap();
    let data = outer.path().join("data");
    let text = data.to_str().unwrap();
    let free = ["doctor", "--listen", "127.0.0.1:0", "--data", text];
    let before = stafette(&free, "");
    assert!(before.status.success(), "{}{}", out(&before), err(&before));
    assert!(out(&before).contains("the first start makes it") && !data.exists(), "{}", out(&before));

    assert!(stafette(&["migrate", "--data", text], "").status.success());
    let there = contents(&data);
    let looked = stafette(&free, "");
    assert!(looked.status.success() && out(&looked).contains("ok       files"), "{}{}", out(&looked), err(&looked));
    assert_eq!(contents(&data), there);

    fs::set_permissions(data.join("stafette.db"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(data.join("stafette.toml"), "smtp = \"smtp://u:hunter2@127.0.0.1:1\"\n").unwrap();
    let open = stafette(&[&free[..], &["--json"]].concat(), "");
    assert_eq!(open.status.code(), Some(1));
    let found: serde_json::Value = serde_json::from_str(&out(&open)).unwrap();
    let state = |what: &str| {
        let finding = found.as_array().unwrap().iter().find(|finding| finding["what"] == what).unwrap();
        assert_eq!(finding["state"] == "problem", finding["remedy"].is_string(), "{finding}");
        finding["state"].as_str().unwrap().to_owned()
    };
    assert_eq!([state("files"), state("smtp"), state("database")], ["problem", "problem", "ok"], "{found}");
    assert!(!out(&open).contains("hunter2"), "{found}");
    assert_eq!(mode(&data.join("stafette.db")), 0o644, "it says so, and changes nothing");
}

#[test]
fn doctor_tries_the_relay_and_reads_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/../mail/tests/keys/ca.pem");
    let data = folder.path().to_str().unwrap();
    let base = ["doctor", "--listen", "127.0.0.1:0", "--data", data, "--smtp-marketing", "smtp://127.0.0.1:1"];
    let more = ["--dkim-key", key, "--dkim-domain", "example.test", "--public-url", "http://localhost"];
    let seen = stafette(&[&base[..], &more].concat(), "");
    assert_eq!(seen.status.code(), Some(1));
    for line in
        ["ok       smtp: none", "problem  smtp_marketing: 127.0.0.1:1", "problem  dkim: ", "problem  public URL: "]
    {
        assert!(out(&seen).contains(line), "{line}: {}", out(&seen));
    }
}

#[test]
fn a_database_is_made_and_migrated_apart() {
    let outer = tempfile::tempdir().unwrap();
    let data = outer.path().join("data");
    let text = data.to_str().unwrap();
    for command in [&["keys", "list"][..], &["dead-letters", "list"], &["users", "list"]] {
        let refused = stafette(&[command, &["--data", text]].concat(), "");
        assert!(err(&refused).contains("there is no database at"), "{}", err(&refused));
    }
    let refused = stafette(&["serve", "--migrate", "expect", "--listen", "127.0.0.1:0", "--data", text], "");
    assert!(err(&refused).contains("stafette migrate"), "{}", err(&refused));
    let fresh = outer.path().join("fresh");
    let trial = stafette(&["migrate", "--dry-run", "--data", fresh.to_str().unwrap()], "");
    assert!(out(&trial).starts_with("would make 0001_workspaces\n") && !fresh.exists(), "{}", out(&trial));
    let made = stafette(&["migrate", "--data", fresh.to_str().unwrap()], "");
    assert_eq!(out(&made), out(&trial).replace("would make", "made"), "{}", err(&made));
    let again = stafette(&["migrate", "--data", fresh.to_str().unwrap()], "");
    assert!(out(&again).starts_with("nothing to do"), "{}", out(&again));
    let mut server = Running::start(&fresh, &["--migrate", "expect"]);
    let line = server.line();
    assert!(line.starts_with("listening on "), "{line}");
    let ready = stafette(&["ready", "--url", line.trim_start_matches("listening on ")], "");
    assert!(ready.status.success() && out(&ready).contains("ready"), "{}", err(&ready));
    assert_eq!(server.stop(), Some(0));
    let gone = stafette(&["ready", "--url", line.trim_start_matches("listening on ")], "");
    assert_eq!(gone.status.code(), Some(1));
}

#[test]
fn keys_and_users_are_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let run = |args: &[&str], input: &str| {
        let output = stafette(&[args, &["--data", data]].concat(), input);
        assert!(output.status.success(), "{args:?}: {}", err(&output));
        out(&output)
    };
    run(&["keys", "create", "--scope", "read", "--name", "for the shop"], "");
    let list = run(&["keys", "list"], "");
    assert!(list.contains("good") && list.contains("never used") && list.contains("for the shop"), "{list}");
    let id = list.split_whitespace().nth(1).unwrap().to_owned();
    run(&["keys", "revoke", &id], "");
    assert!(run(&["keys", "list"], "").contains("revoked"));
    let unknown = stafette(&["keys", "revoke", "01a22389-7952-7000-be65-5009a0d6b48a", "--data", data], "");
    assert!(err(&unknown).contains("keys list"), "{}", err(&unknown));

    run(&["users", "create", "ida@example.org"], "correct horse battery\n");
    run(&["users", "create", "eve@example.org"], "correct horse battery\n");
    assert_eq!(run(&["users", "list"], "").lines().count(), 2);
    run(&["users", "password", "IDA@example.org"], "another horse battery\n");
    let mut server = Running::start(folder.path(), &[]);
    let url = server.line().trim_start_matches("listening on ").to_owned();
    let sign_in = |password: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let form = serde_json::json!({ "email": "ida@example.org", "password": password });
        agent.post(format!("{url}/api/v1/session")).send_json(form).unwrap().status().as_u16()
    };
    assert_eq!([sign_in("correct horse battery"), sign_in("another horse battery")], [401, 200]);
    run(&["users", "delete", "ida@example.org"], "");
    assert_eq!(sign_in("another horse battery"), 401);
    let gone = stafette(&["users", "delete", "ida@example.org", "--data", data], "");
    assert!(err(&gone).contains("there is no user"), "{}", err(&gone));
    assert!(run(&["users", "delete", "eve@example.org"], "").contains("nobody is left"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("secret");
    fs::write(&file, "5afe".repeat(16)).unwrap();
    let mut server = Running::start(&data, &["--secret-file", file.to_str().unwrap()]);
    let url = server.line().trim_start_matches("listening on ").to_owned();
    assert!(!data.join("secret").exists(), "the one that was given is used");
    let key = out(&stafette(&["keys", "create", "--data", data.to_str().unwrap(), "--scope", "events:write"], ""));
    fs::write(&file, key).unwrap();
    let event = r#"{"type":"order.placed","contact":{"email":"ida@example.org"}}"#;
    let sent = stafette(&["events", "send", "-", "--url", &url, "--key-file", file.to_str().unwrap()], event);
    assert_eq!(out(&sent).trim(), "1 accepted, 0 rejected", "{}", err(&sent));
    assert_eq!(server.stop(), Some(0));
}

/// In whichever way they are handed over, by systemd or in a variable that names a file.
#[test]
fn secrets_come_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("smtp"));
    fs::write(&file, "smtp://shop:hunter2@127.0.0.1:1\n").unwrap();
    let ask = |variable: Option<(&str, &Path)>| {
        let mut command = Command::new(STAFETTE);
        command.args(["doctor", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        out(&command.env_remove("CREDENTIALS_DIRECTORY").envs(variable).output().unwrap())
    };
    assert!(!ask(None).contains("127.0.0.1:1"));
    for variable in [("CREDENTIALS_DIRECTORY", folder.path()), ("STAFETTE_SMTP_FILE", file.as_path())] {
        let said = ask(Some(variable));
        assert!(said.contains("problem  smtp: 127.0.0.1:1") && !said.contains("hunter2"), "{variable:?}: {said}");
    }
}

//! Program files by the command line: what is imported, refused and written.

use std::{fs, path::Path};

use crate::cli::{EXAMPLE, Running, err, out, stafette};

fn program(name: &str, stream: &str) -> String {
    format!(
        "stafette: 1\nname: {name}\ntitle: T\nnodes:\n  in: {{ kind: entry, event: {name}, again: always, next: m }}\n  \
         m: {{ kind: send_mail, stream: {stream}, next: out }}\n  out: {{ kind: exit }}\n"
    )
}

fn stream(name: &str, subject: &str) -> String {
    format!(
        "stafette: 1\nname: {name}\ntitle: {name}\nclass: operational\n\
         from: {{ name: Shop, email: shop@example.test }}\nsubject: \"{subject}\"\nhtml: <p>Hi</p>\ntext: Hi\n"
    )
}

fn write(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn files_of_one_name_are_refused_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (at, (files, paths, named)) in [
        // Two files beside each other, one of them with an ending in capitals.
        (
            vec![
                ("a/program.yaml", program("dup", "dup")),
                ("a/streams/dup.yaml", stream("dup", "one")),
                ("a/streams/dup-copy.YAML", stream("dup", "two")),
            ],
            vec!["a"],
            ["streams/dup.yaml", "streams/dup-copy.YAML"],
        ),
        // Two programs that bring streams of one name.
        (
            vec![
                ("a/program.yaml", program("one", "dup")),
                ("a/streams/dup.yaml", stream("dup", "one")),
                ("b/program.yaml", program("two", "dup")),
                ("b/streams/dup.yaml", stream("dup", "two")),
            ],
            vec!["a", "b"],
            ["a/streams/dup.yaml", "b/streams/dup.yaml"],
        ),
        // Two programs of one name; found below one folder, too.
        (
            vec![("all/a/program.yaml", program("one", "dup")), ("all/b/program.yaml", program("one", "pud"))],
            vec!["all"],
            ["all/a/program.yaml", "all/b/program.yaml"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let root = folder.path().join(at.to_string());
        write(&root, &files);
        let paths: Vec<_> = paths.into_iter().map(|path| root.join(path)).collect();
        let mut check = vec!["programs", "check"];
        check.extend(paths.iter().map(|path| text(path)));
        let mut import = vec!["programs", "import", "--data", text(&data)];
        import.extend(paths.iter().map(|path| text(path)));
        for command in [check, import] {
            let refused = stafette(&command, "");
            let said = err(&refused);
            assert!(refused.status.code() == Some(1) && said.contains("same_name"), "{command:?}: {said}");
            assert!(named.iter().all(|name| said.contains(name)), "{command:?}: {said}");
        }
    }
    let exported = folder.path().join("out");
    let export = stafette(&["programs", "export", text(&exported), "--data", text(&data)], "");
    assert!(export.status.success() && out(&export).is_empty() && !exported.exists(), "{}", out(&export));
}

#[test]
fn what_is_exported_is_all_there_is_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (data, exported) = (folder.path().join("data"), folder.path().join("out"));
    let root = folder.path().join("files");
    write(
        &root,
        &[
            ("a/program.yaml", program("one", "shared")),
            ("a/streams/shared.yaml", stream("shared", "Hello")),
            ("a/streams/alone.yaml", stream("alone", "Nobody names me")),
            ("b/program.yaml", program("two", "shared")),
            ("b/streams/shared.yaml", stream("shared", "Hello")),
        ],
    );
    let import =
        |path: &Path, data: &Path| stafette(&["programs", "import", text(path), "--publish", "--data", text(data)], "");
    let imported = import(&root, &data);
    assert!(imported.status.success() && err(&imported).is_empty(), "{}", err(&imported));
    let export = stafette(&["programs", "export", text(&exported), "--data", text(&data)], "");
    assert!(export.status.success() && err(&export).is_empty(), "{}", err(&export));
    for file in ["one/program.yaml", "one/streams/shared.yaml", "two/streams/shared.yaml", "streams/alone.yaml"] {
        assert!(exported.join(file).exists(), "{file}: {}", out(&export));
    }
    assert!(!exported.join("one/streams/alone.yaml").exists());
    // Again changes nothing; elsewhere it makes the same.
    let again = import(&exported, &data);
    assert!(again.status.success() && !out(&again).contains("stored"), "{}{}", out(&again), err(&again));
    let (other, second) = (folder.path().join("other"), folder.path().join("second"));
    assert!(import(&exported, &other).status.success());
    assert!(stafette(&["programs", "export", text(&second), "--data", text(&other)], "").status.success());
    for file in ["one/program.yaml", "two/program.yaml", "streams/alone.yaml"] {
        assert_eq!(fs::read(exported.join(file)).unwrap(), fs::read(second.join(file)).unwrap(), "{file}");
    }
}

#[test]
fn a_stream_that_is_nowhere_is_told_before_anything_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (data, root) = (folder.path().join("data"), folder.path().join("files"));
    write(&root, &[("program.yaml", program("one", "welcmoe")), ("streams/welcome.yaml", stream("welcome", "Hello"))]);
    let check = stafette(&["programs", "check", text(&root)], "");
    let said = err(&check);
    assert!(
        check.status.success() && said.contains("unknown_stream") && said.contains("did you mean \"welcome\""),
        "{said}"
    );
    let import = stafette(&["programs", "import", text(&root), "--publish", "--data", text(&data)], "");
    let said = err(&import);
    assert!(import.status.code() == Some(1) && said.contains("program.yaml:6:"), "{said}");
    let exported = folder.path().join("out");
    let export = stafette(&["programs", "export", text(&exported), "--data", text(&data)], "");
    assert!(out(&export).is_empty(), "{}", out(&export));
}

/// A filter, a test and a function that nobody knows are found before a mail fails by them, each at its line of the file.
#[test]
fn a_word_that_no_template_knows_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (data, root) = (folder.path().join("data"), folder.path().join("files"));
    for (wrong, line, code) in [
        ("subject: \"{{ contact.first_name | capitlize }}\"", 6, "capitlize"),
        ("html: |\n  <p>Hi</p>\n  <p>{{ contact.first_name | capitlize }}</p>", 7, "capitlize"),
        ("text: \"{% if contact.age is evn %}Hi{% endif %}\"", 8, "evn"),
    ] {
        let key = wrong.split_once(':').unwrap().0;
        let good = stream("hello", "Hello");
        let lines = good.lines().map(|line| if line.starts_with(&format!("{key}:")) { wrong } else { line });
        let text_of_it = lines.map(|line| format!("{line}\n")).collect::<String>();
        write(&root, &[("program.yaml", program("one", "hello")), ("streams/hello.yaml", text_of_it)]);
        for command in [
            &["programs", "check", text(&root)][..],
            &["programs", "import", text(&root), "--publish", "--data", text(&data)],
        ] {
            let refused = stafette(command, "");
            let said = err(&refused);
            assert_eq!(refused.status.code(), Some(1), "{command:?}: {said}");
            assert!(said.contains(&format!("streams/hello.yaml:{line}:")) && said.contains(code), "{wrong}: {said}");
        }
    }
    let exported = folder.path().join("out");
    let export = stafette(&["programs", "export", text(&exported), "--data", text(&data)], "");
    assert!(out(&export).is_empty(), "nothing is stored: {}", out(&export));
}

#[test]
fn what_was_put_away_is_not_imported_to_life() {
    let folder = tempfile::tempdir().unwrap();
    let (data, root) = (folder.path().join("data"), folder.path().join("files"));
    write(&root, &[("program.yaml", program("one", "hello")), ("streams/hello.yaml", stream("hello", "Hello"))]);
    let import = ["programs", "import", text(&root), "--publish", "--data", text(&data)];
    assert!(stafette(&import, "").status.success());
    let mut server = Running::start(&data, &[]);
    let url = server.line().strip_prefix("listening on ").unwrap().to_string();
    let key = out(&stafette(&["keys", "create", "--data", text(&data), "--scope", "admin"], ""));
    let archive = format!("{url}/api/v1/programs/one/archive");
    ureq::post(&archive).header("authorization", format!("Bearer {}", key.trim())).send_empty().unwrap();
    // As it was, and with a stream that has changed: neither is stored.
    for subject in ["Hello", "Hello again"] {
        write(&root, &[("streams/hello.yaml", stream("hello", subject))]);
        let refused = stafette(&import, "");
        let said = err(&refused);
        assert!(refused.status.code() == Some(1) && said.contains("program.yaml:2:"), "{said}");
        assert!(said.contains("take it out of the archive first") && out(&refused).is_empty(), "{said}");
    }
    let exported = folder.path().join("out");
    let mut export = vec!["programs", "export", text(&exported), "--data", text(&data)];
    let left_out = stafette(&export, "");
    assert!(
        err(&left_out).contains("left out: one is archived") && !exported.join("one").exists(),
        "{}",
        err(&left_out)
    );
    export.push("--archived");
    assert!(stafette(&export, "").status.success());
    let written = fs::read_to_string(exported.join("one/streams/hello.yaml")).unwrap();
    assert!(written.contains("Hello") && !written.contains("again"), "{written}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn simulate_knows_a_contact_as_the_server_does() {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.json");
    let order = |contact: &str, day: u32| {
        format!(r#"{{"type":"order.placed","contact":{contact},"occurred_at":"2026-03-0{day}T09:00:00Z"}}"#)
    };
    let all = [
        order(r#"{"email":"anna@example.test"}"#, 1),
        order(r#"{"email":"Anna@Example.test"}"#, 2),
        order(r#"{"email":"anna@example.test","external_id":"C1"}"#, 3),
    ];
    fs::write(&events, format!("[{}]", all.join(","))).unwrap();
    let simulated = stafette(&["simulate", EXAMPLE, "--events", text(&events)], "");
    let told = out(&simulated);
    let whose: Vec<_> = told.lines().filter(|line| line.contains(" by order.placed")).collect();
    assert!(whose.len() == 3 && whose.iter().all(|line| line.starts_with("anna@example.test ")), "{told}");
    assert!(told.contains("3 times") || told.contains("invite"), "{told}");
}

#[test]
fn places_of_sent_events_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Running::start(&data, &[]);
    let url = server.line().strip_prefix("listening on ").unwrap().to_string();
    let key = out(&stafette(&["keys", "create", "--data", text(&data), "--scope", "events:write"], ""));
    let send = |events: &[String]| {
        let events = format!("[{}]", events.join(","));
        stafette(&["events", "send", "-", "--url", &url, "--key", key.trim()], &events)
    };
    let event = |at: usize| format!(r#"{{"type":"a","contact":{{"external_id":"{at}"}},"id":"e{at}"}}"#);
    let wrong = || r#"{"type":"a","contact":{}}"#.to_owned();
    let mut events: Vec<_> = (0..1_502).map(event).collect();
    events[1_500] = wrong();
    let sent = send(&events);
    assert!(!sent.status.success() && err(&sent).starts_with("[1500] contact: contact_missing"), "{}", err(&sent));
    assert_eq!(out(&sent).trim(), "1501 accepted, 1 rejected");
    assert_eq!(out(&send(&events)).trim(), "0 accepted, 1501 duplicates, 1 rejected");
    // A request in which all are wrong does not hold up the next one, nor lose its places.
    let mut events: Vec<_> = (0..1_000).map(|_| wrong()).collect();
    events.extend([event(2_000), event(0), wrong()]);
    let sent = send(&events);
    let said = err(&sent);
    assert!(said.contains("[999].contact: contact_missing") && said.contains("[1002] contact"), "{said}");
    assert_eq!(out(&sent).trim(), "1 accepted, 1 duplicate, 1001 rejected");
    assert_eq!(server.stop(), Some(0));
}

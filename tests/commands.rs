//! What operators and deployment scripts do on the command line beside running servers, on both databases.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    time::Instant,
};

use serde_json::json;

use crate::{
    attack::peer::Peer,
    load::{PATIENCE, pause},
    process::{Client, Server, binary},
    world::Place,
};

/// An installation.
struct Ground {
    data: tempfile::TempDir,
    database: Option<String>,
}

impl Ground {
    /// A command with this on its standard input.
    fn run(&self, args: &[&str], input: &str) -> Output {
        let mut command = Command::new(binary());
        command.args(args).arg("--data").arg(self.data.path());
        if let Some(url) = &self.database {
            command.args(["--database-url", url]);
        }
        piped(command, input)
    }

    /// The same; what it says, where it must succeed.
    fn ok(&self, args: &[&str], input: &str) -> String {
        let output = self.run(args, input);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    /// The same; what it says in a refusal, where it must be refused.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args, "");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    fn serve(&self, roles: &str) -> Server {
        let data = self.data.path().to_str().unwrap();
        let fixed = ["--data", data, "--listen", "127.0.0.1:0", "--roles", roles];
        let database = self.database.iter().flat_map(|url| ["--database-url", url]);
        Server::start(&fixed.into_iter().chain(database).collect::<Vec<_>>())
    }
}

fn piped(mut command: Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn on_sqlite(case: fn(&Ground)) {
    case(&Ground { data: tempfile::tempdir().unwrap(), database: None });
}

fn on_postgres(name: &str, case: fn(&Ground)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, url) = runtime.block_on(Place::postgres(name));
    case(&Ground { data: tempfile::tempdir().unwrap(), database: Some(url) });
    runtime.block_on(place.remove());
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "{what}");
        pause(std::time::Duration::from_millis(20));
    }
}

fn program(name: &str, event: &str, when: &str) -> String {
    format!(
        "stafette: 1\nname: {name}\ntitle: T\nnodes:\n  in: {{ kind: entry, event: {event}, again: always, max_age: any, next: ask }}\n  \
         ask: {{ kind: condition, when: \"{when}\", next: {{ yes: mail, no: out }} }}\n  \
         mail: {{ kind: send_mail, stream: hello, next: out }}\n  out: {{ kind: exit }}\n"
    )
}

fn stream(subject: &str) -> String {
    format!(
        "stafette: 1\nname: hello\ntitle: Hello\nclass: operational\nfrom: {{ email: shop@example.test }}\n\
         subject: {subject}\nhtml: <p>Hi</p>\ntext: Hi\n"
    )
}

/// Writes files below a folder, which it makes.
fn write(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn who_may_come_in_is_said_on_sqlite() {
    on_sqlite(who_may_come_in_is_said);
}

#[test]
fn who_may_come_in_is_said_on_postgres() {
    on_postgres("commands_access", who_may_come_in_is_said);
}

/// Keys and users; and who listens with a key that another process takes back is cut off on every node.
fn who_may_come_in_is_said(ground: &Ground) {
    let [reader, other] =
        ["for the shop", "another"].map(|name| ground.ok(&["keys", "create", "--scope", "read", "--name", name], ""));
    let list = ground.ok(&["keys", "list"], "");
    let line = list.lines().find(|line| line.contains("for the shop")).unwrap();
    assert!(line.contains("good") && line.contains("never used"), "{list}");
    let id = line.split_whitespace().nth(1).unwrap();
    // On SQLite there is one.
    let nodes: Vec<_> = (0..if ground.database.is_some() { 2 } else { 1 }).map(|_| ground.serve("api")).collect();
    let listen = |node: &Server, key: &str| {
        let mut peer = Peer::to(&node.url);
        peer.say(format!("GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n"));
        assert_eq!(peer.status(), 200);
        peer
    };
    let mut gone: Vec<_> = nodes.iter().map(|node| listen(node, &reader)).collect();
    let mut stay: Vec<_> = nodes.iter().map(|node| listen(node, &other)).collect();
    assert!(gone.iter_mut().all(Peer::is_open));
    assert!(ground.ok(&["keys", "revoke", id], "").contains("is revoked"));
    until("a feed goes on without its key", || !gone.iter_mut().any(Peer::is_open));
    assert!(stay.iter_mut().all(Peer::is_open), "another key's feed ended");
    let list = ground.ok(&["keys", "list"], "");
    assert!(list.lines().any(|line| line.contains("for the shop") && line.contains("revoked")), "{list}");
    assert!(ground.refused(&["keys", "revoke", "01a22389-7952-7000-be65-5009a0d6b48a"]).contains("keys list"));
    nothing_is_done_to_what_is_not_there(ground);

    for who in ["ida@example.org", "eve@example.org"] {
        ground.ok(&["users", "create", who], "correct horse battery\n");
    }
    assert_eq!(ground.ok(&["users", "list"], "").lines().count(), 2);
    ground.ok(&["users", "password", "IDA@example.org"], "another horse battery\n");
    let nobody = Client::new("none");
    let sign_in = |password: &str| {
        let form = json!({ "email": "ida@example.org", "password": password });
        nobody.post_anonymously(&format!("{}/api/v1/session", nodes[0].url), &form).map(|(status, _)| status)
    };
    assert_eq!([sign_in("correct horse battery"), sign_in("another horse battery")], [Some(401), Some(200)]);
    ground.ok(&["users", "delete", "ida@example.org"], "");
    assert_eq!(sign_in("another horse battery"), Some(401));
    assert!(ground.refused(&["users", "delete", "ida@example.org"]).contains("there is no user"));
    assert!(ground.ok(&["users", "delete", "eve@example.org"], "").contains("nobody is left"));
    for node in nodes {
        assert_eq!(node.terminate(), Some(0));
    }
}

/// A name that means nothing is told, and is no success.
fn nothing_is_done_to_what_is_not_there(ground: &Ground) {
    const NOBODY: &str = "01a22389-7952-7000-be65-5009a0d6b48a";
    for (args, code, told) in [
        (&["keys", "revoke", "nonsense"][..], 2, "'nonsense' for '<IDS>...': that is no id; copy one from `list`"),
        (&["users", "delete", "nobody"], 1, "there is no user nobody; see `users list`"),
        (&["users", "password", "nobody"], 1, "there is no user nobody; see `users list`"),
        (&["users", "create", "nobody"], 1, "the address needs exactly one @"),
        (&["queue", "hold", "nonsense"], 2, "[possible values: operational, marketing, calls]"),
        (&["queue", "flush", "nonsense"], 2, "[possible values: operational, marketing, calls]"),
        (&["dead-letters", "list", "--program", "nonsense"], 1, "program"),
        (&["dead-letters", "replay", "nonsense"], 2, "that is no id; copy one from `list`"),
        (&["dead-letters", "replay", NOBODY], 1, "no such dead letter; see `dead-letters list`"),
        (&["dead-letters", "replay", NOBODY, "--current"], 1, "error: 0 of 1 are tried again"),
    ] {
        let output = ground.run(args, "");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(told), "{args:?}: {said}");
        assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output.stdout));
    }
}

#[test]
fn what_is_deployed_runs_on_sqlite() {
    on_sqlite(what_is_deployed_runs);
}

#[test]
fn what_is_deployed_runs_on_postgres() {
    on_postgres("commands_deploy", what_is_deployed_runs);
}

/// The same file by itself and by an installation: its streams, and the mails that can be written there.
#[test]
fn a_file_is_judged_by_the_installation() {
    on_sqlite(|ground| {
        let folder = tempfile::tempdir().unwrap();
        let (files, next) = (folder.path().join("files"), folder.path().join("next"));
        write(&files, &[("program.yaml", program("one", "a", "true")), ("streams/hello.yaml", stream("Hello"))]);
        ground.ok(&["programs", "import", files.to_str().unwrap(), "--publish"], "");
        write(&next, &[("program.yaml", program("two", "a", "true").replace("hello", "helo"))]);
        let path = next.to_str().unwrap();
        let alone = piped(
            {
                let mut command = Command::new(binary());
                // What a server is told by the environment is not for this command.
                command.args(["programs", "check", path]).env("STAFETTE_DATA", folder.path());
                command
            },
            "",
        );
        assert!(alone.status.success(), "{}", text(&alone.stderr));
        let said = ground.refused(&["programs", "check", path]);
        assert!(said.contains("unknown_stream") && said.contains("\"hello\""), "{said}");
        // A stream beside the file counts as if it were there; no event brings what its mail lacks.
        write(&next, &[("streams/helo.yaml", stream("'{{ survey.question }}'").replace("name: hello", "name: helo"))]);
        let said = ground.refused(&["programs", "check", path]);
        assert!(said.contains("mail_fails") && said.contains("whatever event comes"), "{said}");
        write(&next, &[("streams/helo.yaml", stream("Hello").replace("name: hello", "name: helo"))]);
        ground.ok(&["programs", "check", path], "");
    });
}

/// Files are imported or refused, events are sent, a queue is held and let go, a dead letter is mended.
fn what_is_deployed_runs(ground: &Ground) {
    let folder = tempfile::tempdir().unwrap();
    let (twins, files, exported) =
        (folder.path().join("twins"), folder.path().join("files"), folder.path().join("exported"));
    // Two streams of one name: nothing is stored.
    write(
        &twins,
        &[
            ("program.yaml", program("twins", "a", "true")),
            ("streams/hello.yaml", stream("One")),
            ("streams/hello-copy.yaml", stream("Two")),
        ],
    );
    let said = ground.refused(&["programs", "import", twins.to_str().unwrap(), "--publish"]);
    assert!(said.contains("same_name") && said.contains("hello-copy.yaml"), "{said}");
    assert_eq!(ground.ok(&["programs", "export", exported.to_str().unwrap()], ""), "");

    write(
        &files,
        &[
            ("one/program.yaml", program("one", "order.placed", "true")),
            ("one/streams/hello.yaml", stream("Hello")),
            ("two/program.yaml", program("two", "asked", "event.price > 10")),
        ],
    );
    let import = ["programs", "import", files.to_str().unwrap(), "--publish"];
    assert_eq!(ground.ok(&import, "").matches("version 1 stored").count(), 3);
    assert_eq!(ground.ok(&import, "").matches("version 1 unchanged").count(), 3);
    let server = ground.serve("api,runner,dispatcher,duties");
    let key = ground.ok(&["keys", "create", "--scope", "events:write,read,admin"], "");
    let (client, url) = (Client::new(&key), server.url.as_str());
    let send = |events: &serde_json::Value| {
        let mut command = Command::new(binary());
        command.args(["events", "send", "-", "--url", url, "--key", &key]);
        piped(command, &events.to_string())
    };
    let count = |list: &str| client.all(&format!("{url}/api/v1/{list}")).unwrap().len();

    // The queue is held: mails wait, whoever sends them.
    assert!(ground.ok(&["queue", "hold", "operational"], "").contains("operational: 0 wait"));
    // One contact by each of its spellings and names, as `simulate` knows it, too.
    let order = |contact: serde_json::Value| json!({ "type": "order.placed", "contact": contact, "occurred_at": "2025-03-01T09:00:00Z" });
    let orders = json!([
        order(json!({ "email": "anna@example.test" })),
        order(json!({ "email": "Anna@Example.test" })),
        order(json!({ "email": "anna@example.test", "external_id": "C1" })),
    ]);
    let path = folder.path().join("orders.json");
    fs::write(&path, orders.to_string()).unwrap();
    let simulated = piped(
        {
            let mut command = Command::new(binary());
            command.args(["simulate"]).arg(files.join("one")).arg("--events").arg(&path);
            command
        },
        "",
    );
    let told = text(&simulated.stdout);
    let whose = told.lines().filter(|line| line.starts_with("anna@example.test ") && line.contains(" by order.placed"));
    assert_eq!(whose.count(), 3, "{told}{}", text(&simulated.stderr));
    assert_eq!(text(&send(&orders).stdout).trim(), "3 accepted, 0 rejected");
    assert_eq!(count("contacts"), 1);
    until("three mails wait", || ground.ok(&["queue", "list"], "").contains("operational: 3 wait"));
    assert!(ground.ok(&["queue", "list"], "").contains("held since"));
    assert!(!ground.ok(&["queue", "release", "operational"], "").contains("held"));
    assert!(ground.ok(&["queue", "flush"], "").contains("marketing: 0 are tried at once"));

    // Places of what is wrong are those of the file, and what was there before is no news.
    let event =
        |at: usize| json!({ "type": "seen", "contact": { "external_id": at.to_string() }, "id": format!("e{at}") });
    let mut events: Vec<_> = (0..1_002).map(event).collect();
    events[1_000] = json!({ "type": "seen", "contact": {} });
    let events = json!(events);
    let sent = send(&events);
    assert!(text(&sent.stderr).starts_with("[1000] contact: contact_missing"), "{}", text(&sent.stderr));
    assert_eq!(text(&sent.stdout).trim(), "1001 accepted, 1 rejected");
    assert_eq!(text(&send(&events).stdout).trim(), "0 accepted, 1001 duplicates, 1 rejected");

    // A condition that cannot be decided is a dead letter, until the program is mended.
    let asked = |n: usize| {
        let contact = json!({ "email": format!("bob{n}@example.test") });
        json!({ "type": "asked", "contact": contact, "data": { "total": 20 } })
    };
    send(&asked(1));
    until("a dead letter", || ground.ok(&["dead-letters", "list"], "").contains("token"));
    let letter = ground.ok(&["dead-letters", "list", "--program", "two"], "");
    assert!(letter.contains("  ask  ") && letter.contains("price"), "{letter}");
    let id = letter.split_whitespace().find(|word| word.len() == 36).unwrap();
    write(&files, &[("two/program.yaml", program("two", "asked", "event.total > 10"))]);
    assert!(ground.ok(&import, "").contains("program two version 2 stored"));
    assert!(ground.ok(&["dead-letters", "list"], "").contains("token  *"), "it has a newer version");
    assert_eq!(ground.ok(&["dead-letters", "replay", id, "--current"], ""), "1 of 1 are tried again");
    // Another event wakes the server, which would look by itself a little later.
    send(&asked(2));
    until("all mails are sent", || count("messages?state=sent") == 5);
    assert_eq!(ground.ok(&["dead-letters", "list"], ""), "");

    // What was put away is not imported to life.
    assert_eq!(client.post(&format!("{url}/api/v1/programs/one/archive"), &json!({})).unwrap().0, 200);
    assert!(ground.refused(&import).contains("take it out of the archive first"));
    let left_out = ground.run(&["programs", "export", exported.to_str().unwrap()], "");
    assert!(text(&left_out.stderr).contains("left out: one is archived"), "{}", text(&left_out.stderr));
    assert!(exported.join("two/program.yaml").exists() && !exported.join("one").exists());
    assert_eq!(server.terminate(), Some(0));
}

//! What `doctor` says of the world around a server: a disk, a database and its clock, a relay that is played by a script, a DNS that
//! holds what it is told.

use std::{
    net::UdpSocket,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::{
    clocks,
    faults::disk::Disk,
    process::{Server, binary, free_port, stafette, stafette_ok},
    restart::Postgres,
    upgrade::run_sql,
};

fn keys(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/mail/tests/keys").join(file)
}

/// What it says of a new folder with these options.
fn doctor(options: &[&str]) -> String {
    doctor_of(tempfile::tempdir().unwrap().path(), options)
}

/// The same of a folder.
fn doctor_of(data: &Path, options: &[&str]) -> String {
    let fixed = ["doctor", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    let said = stafette(&[&fixed[..], options].concat());
    assert!(said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// The finding on this, and what to do about it.
fn finding(said: &str, what: &str) -> String {
    let at = said.find(&format!(" {what}: ")).unwrap_or_else(|| panic!("{said}"));
    said[at.saturating_sub(8)..].lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_small_disk_is_a_problem() {
    for (megabytes, expected) in [(16, "problem  disk: "), (600, "ok       disk: ")] {
        // As root; there is no other way to one.
        let Some(disk) = Disk::mount(megabytes) else { return };
        let said = finding(&doctor_of(disk.path(), &[]), "disk");
        let (seen, remedy) = said.split_once('\n').unwrap();
        assert!(seen.starts_with(expected) && seen.ends_with(" MB are free"), "{said}");
        assert_eq!(remedy.contains("Make room"), expected.starts_with("problem"), "{said}");
    }
}

#[test]
fn what_postgres_has_not_is_a_problem() {
    let server = Postgres::start();
    let url = server.url.as_str();
    let ask = |url: &str, what: &str| finding(&doctor(&["--database-url", url]), what);
    let problem = |said: &str, seen: &str, remedy: &str| {
        assert!(said.starts_with(&format!("problem  {seen}")) && said.contains(remedy), "{said}");
    };
    assert!(ask(url, "version").starts_with("ok       version: PostgreSQL "));
    assert!(ask(url, "connections").starts_with("ok       connections: "));
    let greedy = doctor(&["--database-url", url, "--database-connections", "100000"]);
    problem(&finding(&greedy, "connections"), "connections: ", "Raise max_connections");

    // Who may do less and less, or more and more.
    run_sql(url, "CREATE ROLE node LOGIN");
    let node = url.replace("user=stafette", "user=node");
    problem(&ask(&node, "database"), "database: PostgreSQL lacks ", "Run `stafette migrate` with a user that may make");
    let data = tempfile::tempdir().unwrap();
    stafette_ok(&["migrate", "--data", data.path().to_str().unwrap(), "--database-url", url]);
    problem(&ask(&node, "database"), "database: ", "grant the user of the database URL its rights on all tables");
    run_sql(url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO node");
    problem(&ask(&node, "rights"), "rights: ", "Grant it SELECT, INSERT, UPDATE and DELETE");
    run_sql(url, "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO node");
    let enough = doctor(&["--database-url", &node]);
    assert!(finding(&enough, "database").starts_with("ok       database: "), "{enough}");
    assert!(!enough.contains(" rights: ") && !enough.contains(" replica: "), "{enough}");

    let clock = data.path().join("clock");
    for ahead in [0, 20, -20] {
        clocks::set(&clock, ahead);
        let mut command = Command::new(binary());
        command.args(["doctor", "--listen", "127.0.0.1:0", "--database-url", url, "--data"]).arg(data.path());
        let said = String::from_utf8(command.envs(clocks::environment(&clock)).output().unwrap().stdout).unwrap();
        let said = finding(&said, "clock");
        if ahead == 0 {
            assert!(said.starts_with("ok       clock: "), "{said}");
            continue;
        }
        problem(&said, "clock: this machine is ", "Set both by NTP");
        let millis = said.split_once(" is ").unwrap().1.split_once(" ms ").unwrap().0.parse::<i32>().unwrap();
        assert!((millis - 1_000 * ahead).abs() < 1_000, "{said}");
    }
}

#[test]
fn a_database_that_forgets_is_a_problem() {
    let server = Postgres::start();
    let url = server.url.as_str();
    let durability = || finding(&doctor(&["--database-url", url]), "durability");
    assert!(durability().starts_with("ok       durability: fsync, synchronous_commit and full_page_writes are on"));
    for (off, seen) in [
        (&["fsync"][..], "fsync is off"),
        (&["synchronous_commit"], "synchronous_commit is off"),
        (&["full_page_writes", "fsync"], "fsync and full_page_writes is off"),
    ] {
        off.iter().for_each(|name| run_sql(url, &format!("ALTER SYSTEM SET {name} = off")));
        // A new start has read its file.
        server.crash();
        let said = durability();
        assert!(said.starts_with(&format!("problem  durability: {seen}\n")), "{said}");
        assert!(said.contains("what was accepted would be lost"), "{said}");
        run_sql(url, "ALTER SYSTEM RESET ALL");
    }
    server.crash();
    assert!(durability().starts_with("ok "), "{}", durability());
}

/// A relay with a certificate that answers as it is told and remembers what it heard.
struct Relay {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Relay {
    /// Refuses lines that begin like this in these words.
    fn start(refuses: Option<(&'static str, &'static str)>) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("localhost:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let (acceptor, book) = (acceptor(), heard.clone());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, book) = (acceptor.clone(), book.clone());
                // A client that goes away is no fault of the relay's.
                tokio::spawn(async move { talk(stream, acceptor, refuses, &book).await });
            }
        });
        Self { port, heard, _runtime: runtime }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_file(keys("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(keys("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()))
}

async fn talk(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    refuses: Option<(&'static str, &'static str)>,
    book: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    stream.write_all(b"220 relay\r\n").await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let reply = match (refuses.filter(|(verb, _)| line.starts_with(verb)), line.get(..4)) {
            (Some((_, words)), _) => words,
            (None, Some("EHLO")) => "250-relay\r\n250 AUTH PLAIN",
            (None, Some("AUTH")) => "235 welcome",
            (None, Some("DATA")) => "354 go on",
            (None, Some("QUIT")) => "221 bye",
            _ => "250 ok",
        };
        book.lock().unwrap().push(line.trim_end().to_owned());
        line.clear();
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

#[test]
fn a_relay_is_tried_up_to_the_mail() {
    let ca = keys("ca.pem").display().to_string();
    let asked = ["--mail-from", "shop@example.test", "--mail-to", "ada@example.test"];
    let ask = |relay: &Relay, ca: &str| {
        let url = format!("smtps://shop:hunter2%40x@localhost:{}{ca}", relay.port);
        let said = doctor(&[&["--smtp", url.as_str(), "--public-url", "https://mail.example"], &asked[..]].concat());
        assert!(!said.contains("hunter2"), "{said}");
        finding(&said, "smtp")
    };
    let known = format!("?ca={ca}");
    let good = Relay::start(None);
    let said = ask(&good, &known);
    let expected = format!(
        "ok       smtp: localhost:{} takes mail from shop@example.test to ada@example.test; none was sent",
        good.port
    );
    assert!(said.starts_with(&expected), "{said}");
    let verbs: Vec<_> = good.heard().iter().map(|line| line[..4].to_owned()).collect();
    assert_eq!(verbs, ["EHLO", "AUTH", "MAIL", "RCPT", "QUIT"], "{:?}", good.heard());

    // Nobody whom this machine trusts vouches for it.
    let said = ask(&good, "");
    assert!(said.starts_with("problem  smtp: ") && said.contains("?ca=FILE"), "{said}");
    assert_eq!(good.heard().len(), 5, "it heard nothing more: {:?}", good.heard());

    for (verb, words, remedy, heard) in [
        ("EHLO", "504 5.5.2 need a full name", "?hello=NAME", "EHLO"),
        ("AUTH", "535 5.7.8 wrong password", "Check user and password", "AUTH"),
        ("MAIL", "550 5.7.1 not your address", "--mail-from", "MAIL"),
        ("RCPT", "554 5.7.1 relay access denied", "--mail-to", "RCPT"),
    ] {
        let relay = Relay::start(Some((verb, words)));
        let said = ask(&relay, &known);
        assert!(said.starts_with("problem  smtp: ") && said.contains(words) && said.contains(remedy), "{verb}: {said}");
        let lines = relay.heard();
        assert!(lines.iter().any(|line| line.starts_with(heard)), "{verb}: {lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with("DATA")), "{verb}: {lines:?}");
    }
}

/// Who has not the server's options is told which relay it has, and nothing that is secret.
#[test]
fn a_relay_that_only_the_server_knows_is_named() {
    let data = tempfile::tempdir().unwrap();
    let there = ["--data", data.path().to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let ask = |options: &[&str]| {
        let said = String::from_utf8(stafette(&[&["doctor"], &there[..], options].concat()).stdout).unwrap();
        said.lines().skip_while(|line| !line.contains(" smtp")).take(4).collect::<Vec<_>>().join("\n")
    };
    let relay = format!("127.0.0.1:{}", free_port());
    let smtp = format!("smtp://shop:hunter2@{relay}?tls=none");
    let run = |options: &[&str]| assert_eq!(Server::start(&[&there[..], options].concat()).terminate(), Some(0));
    run(&[]);
    assert!(ask(&[]).starts_with("ok       smtp: none; mail goes to the built-in inbox\n"), "{}", ask(&[]));

    run(&["--public-url", "https://mail.example", "--smtp", &smtp, "--smtp-marketing", "smtp://news.example"]);
    let said = ask(&[]);
    for (what, option, place) in
        [("smtp", "--smtp", relay.as_str()), ("smtp_marketing", "--smtp-marketing", "news.example:25")]
    {
        let line =
            format!("note     {what}: not tried: no relay is given here; the server hands mail over to {place}\n");
        let remedy = format!("Give the server's {option} here as well, or STAFETTE_{}", what.to_uppercase());
        assert!(said.contains(&line) && said.contains(&remedy), "{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
    let other = format!("127.0.0.1:{}", free_port());
    let said = ask(&["--smtp", &format!("smtp://{other}?tls=none")]);
    assert!(
        said.contains(&format!("{other} is given here; the server that started last hands mail over to {relay}")),
        "{said}"
    );

    run(&["--smtp", &smtp]);
    assert!(!ask(&[]).contains("news.example"), "{}", ask(&[]));
    run(&[]);
    assert!(ask(&[]).starts_with("ok       smtp: none; mail goes to the built-in inbox\n"), "{}", ask(&[]));
}

/// Who vouches for a relay is asked of this machine, too, where an operator of it keeps them.
#[test]
fn a_relay_is_known_by_who_this_machine_trusts() {
    let relay = Relay::start(None);
    let url = format!("smtps://shop:hunter2@localhost:{}", relay.port);
    let ask = |trusted: &str| {
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(binary());
        command.args(["doctor", "--listen", "127.0.0.1:0", "--public-url", "https://mail.example", "--smtp", &url]);
        command.arg("--data").arg(data.path()).env("SSL_CERT_FILE", keys(trusted)).env_remove("SSL_CERT_DIR");
        finding(&String::from_utf8(command.output().unwrap().stdout).unwrap(), "smtp")
    };
    let said = ask("ca.pem");
    assert!(said.starts_with("ok       smtp: "), "{said}");
    let heard = relay.heard().len();
    assert!(heard > 0, "it was not asked");
    let said = ask("self-signed.pem");
    assert!(said.starts_with("problem  smtp: ") && said.contains("?ca=FILE"), "{said}");
    assert_eq!(relay.heard().len(), heard, "it was told something: {:?}", relay.heard());
}

/// What a DNS has under a name.
#[derive(Clone)]
enum Record {
    Text(String),
    /// There is no such name.
    None,
    /// It fails.
    Failure,
}

/// A DNS that says the same to everybody.
fn dns(record: Record) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut query = [0; 1_500];
        while let Ok((length, who)) = socket.recv_from(&mut query) {
            // One that is no question has no answer.
            let _ = answer(&query[..length], &record).map(|answer| socket.send_to(&answer, who));
        }
    });
    address
}

/// The answer to a question (RFC 1035, section 4.1): its head, its question again, and the record.
fn answer(query: &[u8], record: &Record) -> Option<Vec<u8>> {
    let name = query.get(12..)?.iter().position(|byte| *byte == 0)?;
    let question = query.get(12..12 + name + 5)?;
    let (code, answers) = match record {
        Record::Text(_) => (0, 1),
        Record::None => (3, 0),
        Record::Failure => (2, 0),
    };
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0]);
    reply.extend(question);
    if let Record::Text(text) = record {
        let strings: Vec<u8> =
            text.as_bytes().chunks(255).flat_map(|part| [&[part.len() as u8], part].concat()).collect();
        // The name is that of the question; TXT, IN, a minute.
        reply.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(strings.len()).ok()?.to_be_bytes());
        reply.extend(strings);
    }
    Some(reply)
}

#[test]
fn a_dkim_record_is_asked_for() {
    for (file, kind) in [("ed25519.pem", "k=ed25519"), ("rsa-2048.pem", "k=rsa")] {
        let key = keys(file).display().to_string();
        let ask = |record: Record| {
            let server = dns(record);
            finding(&doctor(&["--dkim-key", &key, "--dkim-domain", "example.test", "--dns", &server]), "dkim")
        };
        let name = "stafette._domainkey.example.test";
        let none = ask(Record::None);
        assert!(none.starts_with(&format!("problem  dkim: {name} has no record\n")), "{none}");
        // What it says is to be published is what it then finds.
        let (_, record) = none.split_once(&format!("Publish this TXT record at {name}: ")).unwrap();
        assert!(record.contains(kind), "{record}");
        let same = ask(Record::Text(record.trim().to_owned()));
        assert!(same.starts_with(&format!("ok       dkim: {name} has the key")), "{same}");
        let other = ask(Record::Text("v=DKIM1; k=rsa; p=AAAA".into()));
        assert!(other.starts_with(&format!("problem  dkim: {name} has another key\n")), "{other}");
        let gone = ask(Record::Text("v=DKIM1; p=".into()));
        assert!(gone.starts_with(&format!("problem  dkim: {name} has another key\n")), "{gone}");
        let failed = ask(Record::Failure);
        assert!(failed.starts_with("note     dkim: the key can be read; the DNS"), "{failed}");
    }
}

//! What pure code reads from outside: files, expressions, templates, addresses, replies. Each takes any bytes and comes
//! back; what must hold of them is asserted.

#![allow(unreachable_pub, reason = "the long runs have these functions in a library")]

use std::{
    io::{Read, Write},
    net::{IpAddr, Shutdown, TcpListener},
    str,
    sync::OnceLock,
    thread,
    time::Duration,
};

use connect::{Guard, MAX_URL};
use mail::{Attachment, Envelope, Links, Material, Rendered, SmtpConfig, Templates, Transport, check_address};
use program::{EventType, Expr, Facts, Known, Plan, Program, Purpose, Reason, SimEvent, Stream, Time};

/// Texts longer than this are not worth the time: every door has its own limit of size, with tests of its own.
const MOST: usize = 16 << 10;

fn text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok().filter(|text| text.len() <= MOST)
}

/// Addresses of contacts and senders.
pub fn address(bytes: &[u8]) {
    let Some(given) = text(bytes) else { return };
    let Ok(checked) = check_address(given) else { return };
    assert_eq!(check_address(&checked).as_deref(), Ok(&*checked), "what was checked is as it should be");
    assert!(!checked.chars().any(|c| c.is_control() || c.is_whitespace()), "{checked:?}");
}

/// Conditions and filters.
pub fn cel(bytes: &[u8]) {
    let Some(source) = text(bytes) else { return };
    let expr = Expr::new(source);
    assert_eq!(expr.source(), source);
    let _ = (expr.counts(), expr.references());
    if expr.error().is_none() {
        let _ = expr.holds(&facts());
    }
}

fn facts() -> Facts {
    let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    Facts {
        event: object(serde_json::json!({ "total": 129.9, "n": 7, "l": [1, 2, 3], "name": "Ida", "o": { "a": null } })),
        contact: object(serde_json::json!({ "email": "ida@example.org", "opt_in": true, "tier": "gold" })),
        ..Facts::default()
    }
}

/// URLs that somebody names for the server to call.
pub fn url(bytes: &[u8]) {
    let Some(given) = text(bytes) else { return };
    let strict = Guard::default();
    let wide = Guard { http: true, loopback: true, networks: ["0.0.0.0/0", "::/0"].map(network).to_vec() };
    let Ok(target) = wide.target(given) else {
        return assert!(strict.target(given).is_err(), "an option closes nothing");
    };
    let (authority, path) = (target.authority(), target.path());
    for part in [authority, &path] {
        let plain = |c: u8| c.is_ascii_graphic() && !b"\\#<>\"^`{|}".contains(&c);
        assert!(!part.is_empty() && part.bytes().all(plain), "{part:?} would go into a request");
    }
    assert!(path.starts_with('/') && !authority.contains(['@', '/', '?', '%']), "{authority} {path}");
    assert!(target.as_str().len() > MAX_URL || wide.target(target.as_str()) == Ok(target), "reads back as it was");
    let Ok(target) = strict.target(given) else { return };
    let host = target.place();
    let host = host.rsplit_once(':').map_or("", |(host, _)| host);
    // What another reader of addresses takes for one, we have judged.
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        let local = address.is_loopback() || address.is_unspecified() || address.is_multicast();
        assert!(!local && strict.judge(address).is_ok(), "{address}");
    }
    let local = host.ends_with(".localhost") || !host.contains(['.', ':']);
    assert!(target.is_encrypted() && !local, "{host}");
}

fn network(text: &str) -> connect::Network {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Program files: read, checked, written, compared, drawn into a plan, and played.
pub fn program(bytes: &[u8]) {
    let Some(file) = text(bytes) else { return };
    let program = match Program::parse(file) {
        Ok(program) => program,
        Err(error) => return drop(error.to_string()),
    };
    let yaml = program.to_yaml();
    let again = Program::parse(&yaml).unwrap_or_else(|error| panic!("{error} in what was written:\n{yaml}"));
    assert_eq!(again, program, "reads back as it was written");
    let _ = program::diff(None, &program);
    for problem in program::check_against(&program, &Known::default()) {
        let _ = (program::file::locate(file, &problem.path()), problem.to_string());
    }
    let event = program.entry_events().next().cloned();
    let (Ok(plan), Some(event)) = (Plan::new(program), event) else { return };
    play(&plan, event);
}

fn play(plan: &Plan, event: EventType) {
    let start = "2026-03-01T09:00:00Z".parse::<Time>().unwrap_or_default();
    let Facts { event: data, contact: attributes, .. } = facts();
    let event = SimEvent { at: start, event, contact: "ida".into(), attributes, data };
    let until = start + Duration::from_secs(400 * 86_400);
    let runs = program::simulate(plan, &[event], Some(until), program::numbered(uuid::Uuid::nil()));
    for step in runs.iter().flat_map(|run| &run.steps) {
        assert_eq!(Reason::stored(&step.reason.to_stored()), step.reason, "a reason is stored as what it is");
    }
}

/// Stream files.
pub fn stream(bytes: &[u8]) {
    let Some(file) = text(bytes) else { return };
    let stream = match Stream::parse(file) {
        Ok(stream) => stream,
        Err(error) => return drop(error.to_string()),
    };
    let yaml = stream.to_yaml();
    let again = Stream::parse(&yaml).unwrap_or_else(|error| panic!("{error} in what was written:\n{yaml}"));
    assert_eq!(again, stream, "reads back as it was written");
    let _ = stream.promotional_words();
}

fn shop() -> Stream {
    const FILE: &str = "stafette: 1\nname: s\ntitle: S\nclass: operational\nfrom: { email: shop@example.org }\n\
                        subject: Hello\nhtml: <p>Hello</p>\ntext: Hello\nattachments: include\n";
    Stream::parse(FILE).unwrap_or_else(|error| panic!("{error}"))
}

fn with_material<T>(stream: &Stream, attachments: &[Attachment], then: impl FnOnce(&Material<'_>) -> T) -> T {
    let Facts { event, contact, .. } = facts();
    then(&Material {
        stream,
        contact: &contact,
        event: &event,
        joined: &Default::default(),
        purpose: &Purpose::Mail,
        links: &Links::default(),
        recipient: "ida@example.org",
        message_id: "1.1@example.org",
        date: Time::UNIX_EPOCH,
        attachments,
        test_run: None,
    })
}

/// Templates, as subject, HTML and text. What one step of them may hold is not bounded here but by the process that
/// renders (`runner/src/press.rs`), so what multiplies is left to its tests.
pub fn template(bytes: &[u8]) {
    let Some(source) = text(bytes).filter(|source| !source.contains('*')) else { return };
    let stream = Stream { subject: source.into(), html: source.into(), text: source.into(), ..shop() };
    let templates = match Templates::compile(&stream) {
        Ok(templates) => templates,
        Err(problems) => return problems.iter().for_each(|problem| drop(problem.to_string())),
    };
    with_material(&stream, &[], |material| {
        let Ok(rendered) = templates.render(material) else { return };
        if let Ok(mail) = mail::compose(material, &rendered, None) {
            one_mail(&mail.raw);
        }
    });
}

/// Content types and names of files, up to the header of the mail.
pub fn content_type(bytes: &[u8]) {
    let Some(given) = text(bytes) else { return };
    let (filename, content_type) = given.split_once('\n').unwrap_or((given, given));
    let file = Attachment { filename: filename.into(), content_type: content_type.into(), bytes: b"hello".into() };
    let (subject, html, text) = ("Hello".into(), "<p>Hello</p>".into(), "Hello".into());
    let rendered = Rendered { subject, preheader: String::new(), html, text };
    with_material(&shop(), &[file], |material| {
        if let Ok(mail) = mail::compose(material, &rendered, None) {
            one_mail(&mail.raw);
        }
    });
}

/// Lines of at most 998 octets, ended by CRLF and nothing else; and the header is ours alone.
fn one_mail(raw: &[u8]) {
    let text = String::from_utf8_lossy(raw);
    for line in text.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains(['\r', '\n']), "{line:?}");
    }
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    for line in head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let ours = [
            "auto-submitted",
            "content-transfer-encoding",
            "content-type",
            "date",
            "from",
            "message-id",
            "mime-version",
            "reply-to",
            "subject",
            "to",
        ];
        assert!(ours.contains(&&*name), "a header that nobody wrote: {line:?}");
    }
}

/// Whatever a mail server says, from its greeting on: all of it at once, and then it hangs up.
pub fn smtp_reply(bytes: &[u8]) {
    if bytes.len() > MOST {
        return;
    }
    let runtime = runtime();
    let Ok(listener) = TcpListener::bind("127.0.0.1:0") else { return };
    let Ok(place) = listener.local_addr() else { return };
    let said = bytes.to_vec();
    let server = thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        // A client that hangs up first is right to do so.
        let _ = stream.write_all(&said);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let url = format!("smtp://127.0.0.1:{}?tls=none", place.port());
    let config = SmtpConfig::parse(&url).unwrap_or_else(|error| panic!("{error}"));
    let transport = Transport::smtp(config).unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(async {
        let Ok(mut connection) = transport.connection().await else { return };
        let raw = b"Subject: a\r\n\r\nb\r\n";
        let envelope = Envelope { from: "shop@example.org", to: "ida@example.org", size: raw.len() };
        if connection.begin(&envelope).await.is_ok() {
            let _ = connection.data(raw).await;
        }
    });
    drop(transport);
    let _ = server.join();
}

/// One for all runs.
pub fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let built = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        built.unwrap_or_else(|error| panic!("{error}"))
    })
}

/// What a reason is read back from: names with parts, sentences of ours and of others.
pub fn reason(bytes: &[u8]) {
    let Some(given) = text(bytes) else { return };
    assert_eq!(Reason::read(given).to_string(), given, "a reason says what it was read from");
    let reason = Reason::stored(given);
    assert_eq!(Reason::stored(&reason.to_stored()), reason, "a reason is stored as what it is");
}

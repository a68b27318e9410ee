//! A server with forty ways to misbehave, after every verb. Whatever it does: an outcome with its reason in words comes in
//! bounded time and memory, nothing of one hand-over is taken for the next one's, and what cannot have been taken is not
//! called unknown.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use mail::{Envelope, HandOver, SmtpConfig, Stage, Transport};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Patience of the transport under test.
const PATIENCE: Duration = Duration::from_millis(400);
/// What a hand-over may take: a few replies' patience, on a machine that is busy with other things.
const BOUND: Duration = Duration::from_secs(20);

/// When the server misbehaves: instead of its reply to this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Body,
}

const VERBS: [Verb; 6] = [Verb::Greeting, Verb::Ehlo, Verb::Mail, Verb::Rcpt, Verb::Data, Verb::Body];

/// What it does instead.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// These bytes.
    Say(&'static [u8]),
    /// These bytes, and it is gone.
    SayAndClose(&'static [u8]),
    /// These bytes before the command is read as a whole, then nothing.
    Hang,
    /// The good reply, a byte at a time.
    ByteByByte,
    /// The good reply, and these bytes that nobody asked for.
    GoodAnd(&'static [u8]),
    /// This again and again, as fast as it is read.
    Flood(&'static [u8]),
    /// This, and then a byte now and then.
    Drip(&'static [u8]),
}

/// More than forty of them.
const ACTS: &[(&str, Act)] = &[
    ("closes", Act::SayAndClose(b"")),
    ("hangs", Act::Hang),
    ("half a code", Act::SayAndClose(b"25")),
    ("half a line", Act::SayAndClose(b"250 o")),
    ("half a reply", Act::SayAndClose(b"250-one\r\n")),
    ("half a reply and silence", Act::Say(b"250-one\r\n")),
    ("a line without end and silence", Act::Say(b"250 o")),
    ("empty line", Act::Say(b"\r\n")),
    ("bare line feed", Act::Say(b"\n")),
    ("garbage", Act::Say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n")),
    ("only garbage", Act::SayAndClose(b"\xde\xad\xbe\xef")),
    ("no UTF-8 with 250", Act::Say(b"250 \xff\xfe\xc3\x28 taken\r\n")),
    ("no UTF-8 with 451", Act::Say(b"451 \xff\xfe\xc3\x28 later\r\n")),
    ("no UTF-8 with 550", Act::Say(b"550 \xff\xfe\xc3\x28 never\r\n")),
    ("zero bytes in the text", Act::Say(b"550 no\0pe\r\n")),
    ("zero bytes in the code", Act::Say(b"2\x0050 ok\r\n")),
    ("only zero bytes", Act::Say(b"\0\0\0\0\r\n")),
    ("HTTP", Act::SayAndClose(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ("HTML", Act::SayAndClose(b"<html><body>502 Bad Gateway</body></html>\r\n")),
    ("a code of two digits", Act::Say(b"25 ok\r\n")),
    ("a code of four digits", Act::Say(b"2500 ok\r\n")),
    ("a code that is none", Act::Say(b"999 ok\r\n")),
    ("a code of one", Act::Say(b"150 wait\r\n")),
    ("a code without space", Act::Say(b"250ok\r\n")),
    ("a negative code", Act::Say(b"-50 ok\r\n")),
    ("digits that are none", Act::Say("２５０ ok\r\n".as_bytes())),
    ("a colour", Act::Say(b"\x1b[32m250 ok\r\n")),
    ("354 everywhere", Act::Say(b"354 go on\r\n")),
    ("334 everywhere", Act::Say(b"334 who\r\n")),
    ("220 everywhere", Act::Say(b"220 hello\r\n")),
    ("421", Act::SayAndClose(b"421 4.3.2 going down\r\n")),
    ("451", Act::Say(b"451 4.3.0 later\r\n")),
    ("452 and closes", Act::SayAndClose(b"452 4.3.1 no room\r\n")),
    ("500", Act::Say(b"500 5.5.1 what\r\n")),
    ("504", Act::Say(b"504 5.5.2 need a name\r\n")),
    ("530", Act::Say(b"530 5.7.0 who are you\r\n")),
    ("550 and closes", Act::SayAndClose(b"550 no\r\n")),
    ("554", Act::Say(b"554 5.7.1 no\r\n")),
    ("lines of two codes", Act::Say(b"250-yes\r\n550 no\r\n")),
    ("lines of two codes, the other way", Act::Say(b"550-no\r\n250 yes\r\n")),
    ("lines ended by bare line feeds", Act::Say(b"550-no\n550 never\n")),
    ("lines ended by bare returns", Act::Say(b"550-no\r550 never\r")),
    ("a byte at a time", Act::ByteByByte),
    ("a reply too many", Act::GoodAnd(b"250 2.0.0 and this\r\n")),
    ("a refusal too many", Act::GoodAnd(b"550 5.0.0 and that\r\n")),
    ("half a reply too many", Act::GoodAnd(b"250 2.0")),
    ("a line without end", Act::Flood(b"250-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")),
    ("a last line without end", Act::Flood(b"250 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")),
    ("a line of nothing without end", Act::Flood(b"\0")),
    ("lines without end", Act::Flood(b"250-more\r\n")),
    ("garbage lines without end", Act::Flood(b"\xff\xff\xff\xff\r\n")),
    ("replies without end", Act::Flood(b"250 ok\r\n")),
    ("drips a reply", Act::Drip(b"250-")),
    ("drips nothing", Act::Drip(b"")),
];

/// What was asked of the server.
#[derive(Debug, Default)]
struct Heard {
    connections: AtomicUsize,
    /// DATA that it took.
    bodies: AtomicUsize,
}

struct Server {
    port: u16,
    heard: Arc<Heard>,
}

impl Server {
    /// Misbehaves on its first connection only, then it is a good server.
    async fn start(verb: Verb, act: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Heard::default());
        let shared = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let first = shared.connections.fetch_add(1, Ordering::SeqCst) == 0;
                let (bad, heard) = (first.then_some((verb, act)), shared.clone());
                // A client that goes away is no fault of the server's.
                tokio::spawn(async move { serve(stream, bad, &heard).await });
            }
        });
        Self { port, heard }
    }
}

async fn serve(stream: TcpStream, bad: Option<(Verb, Act)>, heard: &Heard) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut bad = bad;
    let mut ended = answer(&mut stream, Verb::Greeting, b"220 ready\r\n", &mut bad).await?;
    while !ended {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        ended = match line.get(..4).unwrap_or_default() {
            b"EHLO" => answer(&mut stream, Verb::Ehlo, b"250-x\r\n250 PIPELINING\r\n", &mut bad).await?,
            b"MAIL" => answer(&mut stream, Verb::Mail, b"250 ok\r\n", &mut bad).await?,
            b"RCPT" => answer(&mut stream, Verb::Rcpt, b"250 ok\r\n", &mut bad).await?,
            b"DATA" => {
                let asked = bad.is_some_and(|(verb, act)| verb == Verb::Data && !is_good(act));
                let ended = answer(&mut stream, Verb::Data, b"354 go\r\n", &mut bad).await?;
                if !ended && !asked {
                    let mut body = Vec::new();
                    while !body.ends_with(b"\r\n.\r\n") {
                        if stream.read_until(b'\n', &mut body).await? == 0 {
                            return Ok(());
                        }
                    }
                    heard.bodies.fetch_add(1, Ordering::SeqCst);
                    answer(&mut stream, Verb::Body, b"250 2.0.0 taken\r\n", &mut bad).await?
                } else {
                    ended
                }
            }
            _ => {
                stream.write_all(b"250 ok\r\n").await?;
                false
            }
        };
    }
    Ok(())
}

/// Whether a client that hears this goes on with its mail.
fn is_good(act: Act) -> bool {
    match act {
        Act::Say(bytes) => bytes.starts_with(b"354"),
        Act::GoodAnd(_) | Act::ByteByByte => true,
        Act::SayAndClose(_) | Act::Hang | Act::Flood(_) | Act::Drip(_) => false,
    }
}

/// Answers; says whether the conversation is over.
async fn answer(
    stream: &mut BufReader<TcpStream>,
    verb: Verb,
    good: &'static [u8],
    bad: &mut Option<(Verb, Act)>,
) -> std::io::Result<bool> {
    let Some((_, act)) = bad.filter(|(at, _)| *at == verb) else {
        return stream.write_all(good).await.map(|()| false);
    };
    *bad = None;
    match act {
        Act::Say(bytes) => stream.write_all(bytes).await.map(|()| false),
        Act::SayAndClose(bytes) => stream.write_all(bytes).await.map(|()| true),
        Act::GoodAnd(more) => stream.write_all(&[good, more].concat()).await.map(|()| false),
        Act::Hang => std::future::pending().await,
        Act::ByteByByte => {
            for byte in good {
                stream.write_all(&[*byte]).await?;
                stream.flush().await?;
                tokio::task::yield_now().await;
            }
            Ok(false)
        }
        Act::Flood(bytes) => {
            let start: Vec<u8> = bytes.repeat(1_000);
            loop {
                stream.write_all(&start).await?;
            }
        }
        Act::Drip(bytes) => {
            stream.write_all(bytes).await?;
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                stream.write_all(b"x").await?;
            }
        }
    }
}

fn transport(server: &Server) -> Transport {
    let mut config = SmtpConfig::parse(&format!("smtp://127.0.0.1:{}?connections=1", server.port)).unwrap();
    (config.limits.connect, config.limits.command, config.limits.data) = (PATIENCE, PATIENCE, PATIENCE);
    Transport::smtp(config).unwrap()
}

/// One hand-over, and how far it came.
async fn send(transport: &Transport, to: &str) -> (Stage, HandOver) {
    let raw = b"Subject: x\r\n\r\nHello\r\n";
    let mut connection = match transport.reach().await {
        Ok(connection) => connection,
        Err(unreached) => return (unreached.stage, unreached.into()),
    };
    let begun = connection.begin(&Envelope { from: "shop@example.test", to, size: raw.len() }).await;
    let outcome = match begun {
        Ok(()) => connection.data(raw).await,
        Err(outcome) => outcome,
    };
    (connection.stage(), outcome)
}

fn reason(outcome: &HandOver) -> &str {
    match outcome {
        HandOver::Accepted { reply } => reply,
        HandOver::Retry { reason, .. } | HandOver::Refused { reason, .. } | HandOver::Unknown { reason } => reason,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_server_does_the_hand_over_ends_well() {
    let mut cases = tokio::task::JoinSet::new();
    assert!(ACTS.len() >= 40);
    let abreast = Arc::new(tokio::sync::Semaphore::new(16));
    for (name, act) in ACTS {
        for verb in VERBS {
            let abreast = abreast.clone();
            cases.spawn(async move {
                let _turn = abreast.acquire_owned().await.unwrap();
                one_case(name, *act, verb).await;
            });
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
    // All of them together, floods of gigabytes among them.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < 150_000, "{peak}");
}

async fn one_case(name: &str, act: Act, verb: Verb) {
    let server = Server::start(verb, act).await;
    let transport = transport(&server);
    let begun = Instant::now();
    let (stage, outcome) = send(&transport, "ada@example.test").await;
    let case = format!("{name} after {verb:?}: {outcome:?} at {stage:?}");
    assert!(begun.elapsed() < BOUND, "{case} took {:?}", begun.elapsed());
    let words = reason(&outcome);
    assert!(!words.trim().is_empty() && words.len() <= 1_700, "{case}");
    assert!(!words.contains(char::is_control), "{case}");
    let bodies = server.heard.bodies.load(Ordering::SeqCst);
    // Only what was sent to its end can have been taken, and only that can be unknown.
    match outcome {
        HandOver::Accepted { .. } => assert_eq!(bodies, 1, "{case}"),
        HandOver::Unknown { .. } => assert!(verb == Verb::Body && bodies == 1, "{case}"),
        HandOver::Retry { .. } | HandOver::Refused { .. } => {
            assert!(verb == Verb::Body || bodies == 0, "{case}");
        }
    }
    // Where it misbehaved early, that is no word on the mail.
    if matches!(verb, Verb::Greeting | Verb::Ehlo) {
        assert!(!matches!(outcome, HandOver::Refused { .. } | HandOver::Unknown { .. }), "{case}");
    }
    // It was the first connection only: the next mail is taken, and its replies are its own.
    let (_, next) = send(&transport, "eve@example.test").await;
    assert_eq!(next, HandOver::Accepted { reply: "250 2.0.0 taken".into() }, "the next one after {case}");
    let more = server.heard.bodies.load(Ordering::SeqCst) - bodies;
    assert_eq!(more, 1, "{case}");
}

#[tokio::test]
async fn the_code_decides_whatever_the_text() {
    for (act, check) in [
        (Act::Say(b"250 \xff\xfe taken\r\n"), "accepted"),
        (Act::Say(b"250\r\n"), "accepted"),
        (Act::Say(b"250-\xff\r\n250 \0\r\n"), "accepted"),
        (Act::Flood(b"250 xxxxxxxxxxxxxxxx"), "accepted"),
        (Act::Say(b"451 \xff\xfe\r\n"), "later"),
        (Act::Say(b"550 \xff\xfe\r\n"), "refused"),
        (Act::Flood(b"550 xxxxxxxxxxxxxxxx"), "refused"),
        (Act::Say(b"354 go on\r\n"), "unknown"),
        (Act::Say(b"nonsense\r\n"), "unknown"),
        (Act::Flood(b"xxxxxxxxxxxxxxxx"), "unknown"),
        (Act::SayAndClose(b"250 o"), "unknown"),
    ] {
        let server = Server::start(Verb::Body, act).await;
        let (_, outcome) = send(&transport(&server), "ada@example.test").await;
        let found = match outcome {
            HandOver::Accepted { .. } => "accepted",
            HandOver::Retry { .. } => "later",
            HandOver::Refused { .. } => "refused",
            HandOver::Unknown { .. } => "unknown",
        };
        assert_eq!(found, check, "{act:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_yes_before_the_mail_is_none() {
    // The reply to DATA brings the reply to a mail that was not sent yet.
    let server = Server::start(Verb::Data, Act::Say(b"354 go\r\n250 2.0.0 taken\r\n")).await;
    let (stage, outcome) = send(&transport(&server), "ada@example.test").await;
    assert!(matches!(outcome, HandOver::Retry { .. }), "{outcome:?}");
    assert_eq!((stage, server.heard.bodies.load(Ordering::SeqCst)), (Stage::Body, 0));
    // A no is believed: the server knows what it does not want.
    let server = Server::start(Verb::Data, Act::Say(b"354 go\r\n552 5.3.4 too big\r\n")).await;
    let (_, outcome) = send(&transport(&server), "ada@example.test").await;
    assert_eq!(outcome, HandOver::Refused { reason: "the mail: 552 5.3.4 too big".into(), code: Some(552) });
}

//! A server with fifty ways to misbehave, after every verb. Whatever it does: an outcome with its reason in words comes in
//! bounded time and memory, nothing of one hand-over is taken for the next one's, and what cannot have been taken is not
//! called unknown.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod acts;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use acts::{ACTS, Act};
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
                let asked = bad.is_some_and(|(verb, act)| verb == Verb::Data && !act.is_like(b"354"));
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
    act.play(stream, good).await
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

fn reason(outcome: &HandOver) -> String {
    match outcome {
        HandOver::Accepted { reply } => reply.clone(),
        HandOver::Retry { reason, .. } | HandOver::Refused { reason, .. } | HandOver::Unknown { reason } => {
            reason.to_string()
        }
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

/// Who does not say goodbye is left all the same, and not asked over more connections meanwhile.
#[tokio::test]
async fn a_server_that_holds_on_gets_no_more_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut before: Option<TcpStream> = None;
        for _ in 0..3 {
            let (stream, _) = listener.accept().await.unwrap();
            if let Some(before) = before.take() {
                // It has left the last one before it came again.
                let before = before.into_std().unwrap();
                before.set_nonblocking(true).unwrap();
                assert_eq!(before.peek(&mut [0]).unwrap(), 0);
            }
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 ready\r\n").await.unwrap();
            let mut line = Vec::new();
            while !line.starts_with(b"QUIT") {
                line.clear();
                if stream.read_until(b'\n', &mut line).await.unwrap() == 0 {
                    break;
                }
                let reply: &[u8] = match line.get(..4).unwrap_or(&line) {
                    b"DATA" => b"354 go\r\n",
                    b"EHLO" | b"MAIL" | b"RCPT" | b".\r\n" => b"250 ok\r\n",
                    _ => b"",
                };
                stream.write_all(reply).await.unwrap();
            }
            before = Some(stream.into_inner());
        }
    });
    let url = format!("smtp://127.0.0.1:{port}?connections=1&messages=1");
    let mut config = SmtpConfig::parse(&url).unwrap();
    // Short for the goodbye only: nothing else is late here.
    config.limits.command = PATIENCE;
    let transport = Transport::smtp(config).unwrap();
    for to in ["ada@example.test", "eve@example.test", "ida@example.test"] {
        send(&transport, to).await;
    }
    server.await.unwrap();
}

//! What smtp-sink cannot play: refusals under PIPELINING, SIZE, AUTH, TLS and what an attacker does to STARTTLS.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

use std::{sync::Arc, time::Duration};

use mail::{Envelope, HandOver, SmtpConfig, Stage, Transport};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/ca.pem");

/// A server that answers each line by a rule; what it heard comes out of the channel.
struct Server {
    port: u16,
    heard: mpsc::UnboundedReceiver<String>,
}

/// How a server behaves.
#[derive(Clone, Copy)]
struct Script {
    /// Lines of its reply to EHLO, first without and then with encryption.
    ehlo: [&'static [&'static str]; 2],
    /// Encrypted from the first byte.
    implicit: bool,
    /// Certificate and key.
    identity: [&'static [u8]; 2],
    /// Sent in one piece with the reply to STARTTLS.
    injected: &'static str,
    /// The first matching start of a line gives the reply.
    replies: &'static [(&'static str, &'static str)],
}

const OF_CA: [&[u8]; 2] = [include_bytes!("keys/server.pem"), include_bytes!("keys/server.key")];
const PLAIN: Script = Script { ehlo: [&["x"], &["x"]], implicit: false, identity: OF_CA, injected: "", replies: &[] };

impl Server {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let tell = tell.clone();
                tokio::spawn(async move {
                    // A client that goes away is no fault of the server's.
                    let _ = serve(stream, script, tell).await;
                });
            }
        });
        Self { port, heard }
    }

    fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }
}

fn acceptor([certificate, key]: [&[u8]; 2]) -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(stream: TcpStream, script: Script, tell: mpsc::UnboundedSender<String>) -> std::io::Result<()> {
    if script.implicit {
        let mut stream = BufReader::new(acceptor(script.identity).accept(stream).await?);
        stream.write_all(b"220 ready\r\n").await?;
        return talk(&mut stream, script, 1, &tell).await.map(|_| ());
    }
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 ready\r\n").await?;
    if talk(&mut stream, script, 0, &tell).await? {
        let mut stream = BufReader::new(acceptor(script.identity).accept(stream.into_inner()).await?);
        talk(&mut stream, script, 1, &tell).await?;
    }
    Ok(())
}

/// Answers until the end (`false`) or until STARTTLS (`true`).
async fn talk<S>(
    stream: &mut BufReader<S>,
    script: Script,
    encrypted: usize,
    tell: &mpsc::UnboundedSender<String>,
) -> std::io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let said = line.trim_end().to_owned();
        let _ = tell.send(said.clone());
        let scripted = script.replies.iter().find(|(start, _)| said.starts_with(start)).map(|(_, reply)| *reply);
        let reply = match said.get(..4).unwrap_or(&said) {
            _ if scripted.is_some() => format!("{}\r\n", scripted.unwrap_or_default()),
            "EHLO" => {
                let lines = script.ehlo[encrypted];
                let end = lines.len() - 1;
                lines
                    .iter()
                    .enumerate()
                    .map(|(n, l)| format!("250{}{l}\r\n", if n < end { '-' } else { ' ' }))
                    .collect()
            }
            "STAR" => {
                stream.write_all(format!("220 go\r\n{}", script.injected).as_bytes()).await?;
                return Ok(true);
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n").await?;
                let mut body = String::new();
                while !body.ends_with("\r\n.\r\n") && stream.read_line(&mut body).await? > 0 {}
                "250 2.0.0 taken\r\n".into()
            }
            _ => "250 2.0.0 ok\r\n".into(),
        };
        stream.write_all(reply.as_bytes()).await?;
    }
}

async fn send(transport: &Transport, to: &str) -> HandOver {
    let raw = b"Subject: x\r\n\r\nHello\r\n";
    let mut connection = match transport.connection().await {
        Ok(connection) => connection,
        Err(outcome) => return outcome,
    };
    match connection.begin(&Envelope { from: "shop@example.test", to, size: raw.len() }).await {
        Ok(()) => connection.data(raw).await,
        Err(outcome) => outcome,
    }
}

fn transport(url: &str, server: &Server) -> Transport {
    Transport::parse(&url.replace("PORT", &server.port.to_string())).unwrap()
}

#[track_caller]
fn accepted(outcome: &HandOver) {
    assert_eq!(*outcome, HandOver::Accepted { reply: "250 2.0.0 taken".into() });
}

#[track_caller]
fn retry(outcome: &HandOver, word: &str) {
    assert!(matches!(outcome, HandOver::Retry { reason, .. } if reason.to_string().contains(word)), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_in_a_flight_keeps_replies_in_step() {
    let mut server = Server::start(Script {
        ehlo: [&["x", "PIPELINING", "ENHANCEDSTATUSCODES"], &[]],
        replies: &[
            ("RCPT TO:<gone", "550 5.1.1 no such user"),
            ("RCPT TO:<busy", "451-4.2.1 later\r\n451 4.2.1 please"),
            ("MAIL FROM:<eve", "550 5.7.1 not you"),
        ],
        ..PLAIN
    })
    .await;
    let transport = transport("smtp://127.0.0.1:PORT?connections=1", &server);
    let gone = send(&transport, "gone@example.test").await;
    assert_eq!(gone, HandOver::Refused { reason: "RCPT: 550 5.1.1 no such user".into(), code: Some(550) });
    accepted(&send(&transport, "ada@example.test").await);
    let busy = send(&transport, "busy@example.test").await;
    assert_eq!(busy, HandOver::Retry { reason: "RCPT: 451 4.2.1 later please".into(), code: Some(451) });
    let mut connection = transport.connection().await.unwrap();
    let envelope = Envelope { from: "eve@example.test", to: "ada@example.test", size: 1 };
    let refused = connection.begin(&envelope).await.unwrap_err();
    assert_eq!(refused, HandOver::Refused { reason: "MAIL: 550 5.7.1 not you".into(), code: Some(550) });
    drop(connection);
    accepted(&send(&transport, "ada@example.test").await);
    let heard = server.heard();
    let count = |start: &str| heard.iter().filter(|line| line.starts_with(start)).count();
    // It has taken a mail, and now refuses the sender: that may be for the connection's sake, so the next has a new one.
    assert_eq!((count("EHLO"), count("RSET"), count("DATA")), (2, 2, 2), "{heard:?}");
    for _ in 0..5 {
        retry(&send(&transport, "busy@example.test").await, "451");
    }
    accepted(&send(&transport, "ada@example.test").await);
    let heard = server.heard();
    assert_eq!(heard.iter().filter(|line| line.starts_with("EHLO")).count(), 1, "{heard:?}");
}

#[tokio::test]
async fn what_a_server_says_to_rset_is_no_word_on_the_next_mail() {
    for ehlo in [&["x", "PIPELINING"][..], &["x"]] {
        for no in ["554 5.7.1 no", "451 4.3.0 later", "354 go on"] {
            let replies: &[_] = match no {
                "554 5.7.1 no" => &[("RCPT TO:<gone", "550 5.1.1 no such user"), ("RSET", "554 5.7.1 no")],
                "451 4.3.0 later" => &[("RCPT TO:<gone", "550 5.1.1 no such user"), ("RSET", "451 4.3.0 later")],
                _ => &[("RCPT TO:<gone", "550 5.1.1 no such user"), ("RSET", "354 go on")],
            };
            let ehlo = [ehlo, &[]];
            let mut server = Server::start(Script { ehlo, replies, ..PLAIN }).await;
            let transport = transport("smtp://127.0.0.1:PORT?connections=1", &server);
            assert!(matches!(send(&transport, "gone@example.test").await, HandOver::Refused { .. }));
            accepted(&send(&transport, "ada@example.test").await);
            let heard = server.heard();
            let count = |start: &str| heard.iter().filter(|line| line.starts_with(start)).count();
            // Over another connection.
            assert_eq!((count("EHLO"), count("RSET"), count("DATA")), (2, 1, 1), "{no}: {heard:?}");
        }
    }
}

#[tokio::test]
async fn a_421_in_a_flight_ends_the_connection() {
    let mut server = Server::start(Script {
        ehlo: [&["x", "PIPELINING"], &[]],
        replies: &[("RCPT TO:<busy", "421 4.3.2 too many")],
        ..PLAIN
    })
    .await;
    let transport = transport("smtp://127.0.0.1:PORT?connections=1", &server);
    let busy = send(&transport, "busy@example.test").await;
    assert_eq!(busy, HandOver::Retry { reason: "RCPT: 421 4.3.2 too many".into(), code: Some(421) });
    accepted(&send(&transport, "ada@example.test").await);
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("EHLO")).count(), 2);
}

#[tokio::test]
async fn a_mail_above_the_announced_size_is_not_sent() {
    let mut server = Server::start(Script { ehlo: [&["x", "SIZE 10"], &[]], ..PLAIN }).await;
    let transport = transport("smtp://127.0.0.1:PORT", &server);
    let outcome = send(&transport, "ada@example.test").await;
    assert!(
        matches!(&outcome, HandOver::Refused { reason, code: None } if reason.to_string().contains("takes 10")),
        "{outcome:?}"
    );
    assert!(!server.heard().iter().any(|line| line.starts_with("MAIL")));
    let mut connection = transport.connection().await.unwrap();
    let envelope = Envelope { from: "shop@example.test", to: "ada@example.test", size: 9 };
    connection.begin(&envelope).await.unwrap();
    assert!(server.heard().contains(&"MAIL FROM:<shop@example.test> SIZE=9".to_owned()));
}

#[tokio::test]
async fn closes_after_the_agreed_number_of_mails() {
    let mut server = Server::start(PLAIN).await;
    let transport = transport("smtp://127.0.0.1:PORT?connections=1&messages=2", &server);
    for _ in 0..4 {
        accepted(&send(&transport, "ada@example.test").await);
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        let (mut greetings, mut farewells) = (0, 0);
        while (greetings, farewells) != (2, 2) {
            let line = server.heard.recv().await.unwrap();
            greetings += usize::from(line.starts_with("EHLO"));
            farewells += usize::from(line == "QUIT");
        }
    })
    .await
    .expect("two connections, each with its QUIT");
}

#[tokio::test]
async fn encrypts_and_logs_in() {
    let script = Script {
        ehlo: [&["x", "STARTTLS"], &["x", "AUTH LOGIN PLAIN", "PIPELINING"]],
        replies: &[("AUTH PLAIN AGFkYUB4AHA6dw==", "235 2.7.0 welcome"), ("AUTH", "535 5.7.8 no")],
        ..PLAIN
    };
    let mut server = Server::start(script).await;
    let good = transport(&format!("smtp://ada%40x:p%3Aw@localhost:PORT?tls=required&ca={CA}"), &server);
    accepted(&send(&good, "ada@example.test").await);
    assert!(server.heard().contains(&"STARTTLS".to_owned()));
    let bad = transport(&format!("smtp://ada:wrong@localhost:PORT?tls=required&ca={CA}"), &server);
    retry(&send(&bad, "ada@example.test").await, "AUTH PLAIN: 535 5.7.8 no");

    let server = Server::start(Script { implicit: true, ..script }).await;
    accepted(&send(&transport(&format!("smtps://ada%40x:p%3Aw@localhost:PORT?ca={CA}"), &server), "a@b.test").await);
}

#[tokio::test]
async fn speaks_login_where_there_is_no_plain() {
    let script = Script {
        ehlo: [&["x", "AUTH LOGIN"], &[]],
        replies: &[("AUTH LOGIN", "334 VXNlcm5hbWU6"), ("YWRh", "334 UGFzc3dvcmQ6"), ("c2VjcmV0", "235 ok")],
        ..PLAIN
    };
    let server = Server::start(script).await;
    accepted(&send(&transport("smtp://ada:secret@127.0.0.1:PORT", &server), "a@b.test").await);
    let server = Server::start(Script { ehlo: [&["x"], &[]], ..script }).await;
    retry(&send(&transport("smtp://ada:secret@127.0.0.1:PORT", &server), "a@b.test").await, "takes no password");
}

#[tokio::test]
async fn trusts_nobody_unknown() {
    let script = Script { ehlo: [&["x", "STARTTLS"], &["x"]], ..PLAIN };
    let mut server = Server::start(script).await;
    // Unknown authority.
    retry(&send(&transport("smtp://localhost:PORT?tls=required", &server), "a@b.test").await, "TLS");
    // Opportunistic does not mean careless: what offers encryption must be who it says.
    retry(&send(&transport("smtp://localhost:PORT?tls=opportunistic", &server), "a@b.test").await, "TLS");
    assert!(!server.heard().iter().any(|line| line.starts_with("MAIL")));
    // Stripped STARTTLS.
    let server = Server::start(PLAIN).await;
    let required = transport(&format!("smtp://localhost:PORT?tls=required&ca={CA}"), &server);
    retry(&send(&required, "a@b.test").await, "no STARTTLS");
}

#[tokio::test]
async fn trusts_a_certificate_that_vouches_for_itself_where_it_is_named() {
    const KEY: &[u8] = include_bytes!("keys/self-signed.key");
    const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys");
    let script = Script { implicit: true, ehlo: [&["x"], &["x"]], ..PLAIN };
    let own = Server::start(Script { identity: [include_bytes!("keys/self-signed.pem"), KEY], ..script }).await;
    accepted(&send(&transport(&format!("smtps://localhost:PORT?ca={FILES}/self-signed.pem"), &own), "a@b.test").await);
    // By its name only, and only where it is named itself.
    let by_address = transport(&format!("smtps://127.0.0.1:PORT?ca={FILES}/self-signed.pem"), &own);
    retry(&send(&by_address, "a@b.test").await, "TLS");
    retry(&send(&transport(&format!("smtps://localhost:PORT?ca={CA}"), &own), "a@b.test").await, "TLS");
    retry(&send(&transport("smtps://localhost:PORT", &own), "a@b.test").await, "TLS");
    let ended = Server::start(Script { identity: [include_bytes!("keys/expired.pem"), KEY], ..script }).await;
    retry(
        &send(&transport(&format!("smtps://localhost:PORT?ca={FILES}/expired.pem"), &ended), "a@b.test").await,
        "TLS",
    );
}

#[tokio::test]
async fn a_trial_says_how_far_it_came_and_sends_nothing() {
    const KEY: &[u8] = include_bytes!("keys/self-signed.key");
    let encrypted = Script { implicit: true, ehlo: [&["x"], &["x", "AUTH PLAIN"]], ..PLAIN };
    let ended = Script { identity: [include_bytes!("keys/expired.pem"), KEY], ..encrypted };
    let expired = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys/expired.pem");
    let refuses = |replies| Script { replies, ..encrypted };
    for (script, url, stage, word) in [
        (encrypted, "smtps://localhost:PORT", Stage::Encrypt, "UnknownIssuer"),
        (ended, &format!("smtps://localhost:PORT?ca={expired}"), Stage::Encrypt, "expired"),
        (encrypted, "smtps://localhost:PORT?ca=/no/such.pem", Stage::Certificates, "/no/such.pem"),
        (PLAIN, "smtp://localhost:PORT?tls=required", Stage::Encrypt, "STARTTLS"),
        (refuses(&[("AUTH", "535 5.7.8 no")]), &format!("smtps://u:p@localhost:PORT?ca={CA}"), Stage::LogIn, "535"),
        (
            refuses(&[("MAIL", "550 5.7.1 not you")]),
            &format!("smtps://localhost:PORT?ca={CA}"),
            Stage::Sender,
            "not you",
        ),
        (
            refuses(&[("RCPT", "554 5.7.1 no relaying")]),
            &format!("smtps://localhost:PORT?ca={CA}"),
            Stage::Recipient,
            "relaying",
        ),
    ] {
        let mut server = Server::start(script).await;
        let config = SmtpConfig::parse(&url.replace("PORT", &server.port.to_string())).unwrap();
        let error = config.probe("shop@example.test", "ada@example.test").await.expect_err(url);
        assert_eq!(error.stage, stage, "{error}");
        assert!(error.why.to_lowercase().contains(&word.to_lowercase()), "{error}");
        assert!(!server.heard().iter().any(|line| line.starts_with("DATA")));
    }
    let mut server = Server::start(encrypted).await;
    let url = format!("smtps://u:p@localhost:{}?ca={CA}", server.port);
    SmtpConfig::parse(&url).unwrap().probe("shop@example.test", "ada@example.test").await.unwrap();
    let heard = server.heard();
    assert!(heard.iter().any(|line| line.starts_with("RCPT TO:<ada@example.test>")), "{heard:?}");
    assert!(heard.last().is_some_and(|line| line == "QUIT") && !heard.iter().any(|line| line == "DATA"), "{heard:?}");
}

#[tokio::test]
async fn forgets_what_was_sent_before_encryption() {
    // The injected lines pose as the reply to the encrypted EHLO and would put every later reply out of step.
    let script =
        Script { ehlo: [&["x", "STARTTLS"], &["x", "SIZE 1000"]], injected: "250-x\r\n250 SIZE 1\r\n", ..PLAIN };
    let server = Server::start(script).await;
    let outcome = send(&transport(&format!("smtp://localhost:PORT?tls=required&ca={CA}"), &server), "a@b.test").await;
    match outcome {
        // Thrown away with the old buffer …
        HandOver::Accepted { .. } => {}
        // … or, where it came in a second packet, taken for a broken handshake.
        other => retry(&other, "TLS"),
    }
}

#[tokio::test]
async fn silence_is_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = mail::SmtpConfig::parse(&format!("smtp://{}", listener.local_addr().unwrap())).unwrap();
    config.limits.connect = Duration::from_millis(50);
    let silent = Transport::smtp(config).unwrap();
    retry(&send(&silent, "a@b.test").await, "in time");
}

//! Hand-over to a real server: Postfix's `smtp-sink`, with the faults that it can play.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod sink;

use std::time::Instant;

use mail::{Envelope, HandOver, SmtpConfig, Transport};
use sink::{Sink, mail};

fn transport(sink: &Sink, options: &str) -> Transport {
    Transport::parse(&format!("smtp://127.0.0.1:{}?{options}", sink.port)).unwrap()
}

/// Both halves of a hand-over on a connection of the pool.
async fn send(transport: &Transport, raw: &[u8], to: &str) -> HandOver {
    let mut connection = match transport.connection().await {
        Ok(connection) => connection,
        Err(outcome) => return outcome,
    };
    let envelope = Envelope { from: "shop@example.test", to, size: raw.len() };
    match connection.begin(&envelope).await {
        Ok(()) => connection.data(raw).await,
        Err(outcome) => outcome,
    }
}

/// What a sink with these options makes of one mail.
async fn outcome(options: &[&str]) -> HandOver {
    let sink = Sink::start(options).await;
    send(&transport(&sink, ""), &mail(""), "ada@example.test").await
}

#[track_caller]
fn retry(outcome: &HandOver, expected: Option<u16>, word: &str) {
    match outcome {
        HandOver::Retry { reason, code } => {
            assert!(*code == expected && reason.to_string().contains(word), "{outcome:?}")
        }
        _ => panic!("{outcome:?}"),
    }
}

#[track_caller]
fn refused(outcome: &HandOver, expected: Option<u16>, word: &str) {
    match outcome {
        HandOver::Refused { reason, code } => {
            assert!(*code == expected && reason.to_string().contains(word), "{outcome:?}")
        }
        _ => panic!("{outcome:?}"),
    }
}

#[track_caller]
fn accepted(outcome: &HandOver) {
    assert!(matches!(outcome, HandOver::Accepted { reply } if reply.starts_with("250")), "{outcome:?}");
}

#[tokio::test]
async fn delivers_the_bytes() {
    let sink = Sink::start(&["-d", "mail."]).await;
    let raw = mail("\r\n.\r\n.hidden\r\n..\r\nlast line");
    accepted(&send(&transport(&sink, ""), &raw, "ada@example.test").await);
    let dump = sink.dumps().await.remove(0);
    assert!(dump.contains("X-Mail-Args: <shop@example.test>"), "{dump}");
    assert!(dump.contains("X-Rcpt-Args: <ada@example.test>"), "{dump}");
    let sent = String::from_utf8(raw).unwrap().replace("\r\n", "\n");
    assert!(dump.contains(&sent), "{dump}");
}

#[tokio::test]
async fn sorts_replies() {
    retry(&outcome(&["-r", "RCPT"]).await, Some(450), "RCPT: 450 4.3.0 Error");
    retry(&outcome(&["-r", "MAIL"]).await, Some(450), "MAIL: 450 4.3.0");
    retry(&outcome(&["-r", "DATA"]).await, Some(450), "DATA: 450");
    retry(&outcome(&["-r", "."]).await, Some(450), "the mail: 450");
    refused(&outcome(&["-f", "RCPT"]).await, Some(500), "RCPT: 500 5.3.0");
    refused(&outcome(&["-f", "RCPT", "-B", "552 5.2.2 Mailbox full"]).await, Some(552), "552 5.2.2 Mailbox full");
    refused(&outcome(&["-f", "."]).await, Some(500), "the mail: 500");
    retry(&outcome(&["-r", "CONNECT"]).await, None, "450");
    // Whatever the server says before there is an envelope is no judgement on the mail.
    retry(&outcome(&["-f", "EHLO"]).await, None, "500");
}

#[tokio::test]
async fn sorts_lost_replies() {
    retry(&outcome(&["-q", "CONNECT"]).await, None, "127.0.0.1");
    retry(&outcome(&["-q", "RCPT"]).await, None, "RCPT");
    retry(&outcome(&["-q", "DATA"]).await, None, "DATA");
    for command in ["MAIL", "RCPT", "DATA"] {
        retry(&outcome(&["-Q", command]).await, Some(421), "421");
    }
    // The mail was out: nobody knows.
    let unknown = outcome(&["-q", "."]).await;
    assert!(matches!(&unknown, HandOver::Unknown { .. }), "{unknown:?}");
    // 550 in the middle of the mail is an answer, unless the connection breaks under the rest of it.
    let cut = outcome(&["-A", "0"]).await;
    assert!(matches!(&cut, HandOver::Refused { .. } | HandOver::Unknown { .. }), "{cut:?}");
}

#[tokio::test]
async fn no_server_is_a_retry() {
    let sink = Sink::start(&[]).await;
    let transport = transport(&sink, "");
    sink.stop().await;
    retry(&send(&transport, &mail(""), "ada@example.test").await, None, "refused");
}

#[tokio::test]
async fn a_refusal_leaves_the_connection_good() {
    // One connection only: if a permit or a transaction leaked, the second mail would hang or be refused.
    for pipelining in ["on", "off"] {
        let sink = Sink::start(&["-d", "mail."]).await;
        let transport = transport(&sink, &format!("connections=1&pipelining={pipelining}"));
        // Not an address: refused before anything is said.
        refused(&send(&transport, &mail(""), "ada@@example.test").await, None, "ada@@example.test");
        refused(&send(&transport, &mail(""), "grün@example.test").await, None, "SMTPUTF8");
        // Given back between the halves: RSET goes ahead of the next envelope.
        let mut connection = transport.connection().await.unwrap();
        let raw = mail("");
        let envelope = Envelope { from: "shop@example.test", to: "eve@example.test", size: raw.len() };
        connection.begin(&envelope).await.unwrap();
        drop(connection);
        accepted(&send(&transport, &raw, "ada@example.test").await);
        let dumps = sink.dumps().await.concat();
        assert!(dumps.contains("<ada@example.test>") && !dumps.contains("<eve@example.test>"), "{dumps}");
    }
}

#[tokio::test]
async fn a_vanished_idle_connection_costs_nothing() {
    let sink = Sink::start(&[]).await;
    let (port, transport) = (sink.port, transport(&sink, "connections=1"));
    accepted(&send(&transport, &mail(""), "ada@example.test").await);
    sink.stop().await;
    let _sink = Sink::start_at(port, &[]).await;
    accepted(&send(&transport, &mail(""), "ada@example.test").await);
}

#[tokio::test]
async fn data_needs_an_envelope() {
    let sink = Sink::start(&[]).await;
    let mut connection = transport(&sink, "").connection().await.unwrap();
    retry(&connection.data(&mail("")).await, None, "no recipient");
}

#[tokio::test]
async fn the_inbox_has_no_connections() {
    let inbox = Transport::parse("inbox:").unwrap();
    assert!(inbox.is_inbox() && inbox.width().is_none());
    assert!(inbox.connection().await.is_err());
}

#[tokio::test]
async fn a_missing_ca_file_is_named() {
    let error = Transport::smtp(SmtpConfig::parse("smtps://host?ca=/no/such.pem").unwrap()).unwrap_err();
    assert!(error.to_string().contains("/no/such.pem"), "{error}");
}

/// Two hundred mails on one connection: with Nagle's delay they would take eight seconds.
#[tokio::test]
async fn mails_do_not_wait_for_acknowledgements() {
    for pipelining in ["on", "off"] {
        let sink = Sink::start(&[]).await;
        let transport = transport(&sink, &format!("connections=1&messages=1000&pipelining={pipelining}"));
        let raw = mail(&"x".repeat(60).repeat(33));
        let start = Instant::now();
        for _ in 0..200 {
            accepted(&send(&transport, &raw, "ada@example.test").await);
        }
        println!("200 mails, one connection, pipelining {pipelining}: {:.0?}", start.elapsed());
    }
}

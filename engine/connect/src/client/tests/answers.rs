//! What servers say, and what they leave out.

use tokio::time::interval;

use super::*;
use crate::{MAX_ANSWER, MAX_ANSWER_HEAD};

/// What a server has sent before it was left, at most: what we read, and what the system keeps in between.
const IN_BETWEEN: usize = 16 << 20;

/// A server that says this, and then that again and again until nobody listens. Says how much it got rid of.
async fn endless(first: &'static str, then: &'static str) -> (SocketAddr, JoinHandle<usize>) {
    server(async move |mut stream: TcpStream| {
        request(&mut stream).await;
        let mut sent = 0;
        let piece = then.repeat(1_000);
        let mut next = first.as_bytes();
        while stream.write_all(next).await.is_ok() && sent <= IN_BETWEEN {
            sent += next.len();
            next = piece.as_bytes();
        }
        sent
    })
    .await
}

/// A server that says this a byte at a time, and never ends.
async fn dripping(first: &'static str) -> SocketAddr {
    let act = async move |mut stream: TcpStream| {
        request(&mut stream).await;
        stream.write_all(first.as_bytes()).await.unwrap();
        let mut tick = interval(Duration::from_millis(2));
        while stream.write_all(b"a").await.is_ok() {
            tick.tick().await;
        }
    };
    server(act).await.0
}

const GARBLED: &str = "the answer from hook.example:80 is no HTTP, or its head is too long";
const TOO_LARGE: &[u8] = b"HTTP/1.1 413 Too large\r\ncontent-length: 0\r\n\r\n";
const NO_ANSWER: &str = "no answer from hook.example:80 within 2s";

#[tokio::test]
async fn endless_answers_are_left_within_the_budget() {
    for (first, then) in [
        ("HTTP/1.1 200 OK\r\n", "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
        ("HTTP/1.1 200 OK\r\nx: ", "aaaaaaaaaaaaaaa"),
        ("HTTP/1.1 200 ", "aaaaaaaaaaaaaaa"),
        // Answers before the answer.
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
        ("", "\r\n"),
    ] {
        let (address, sent) = endless(first, then).await;
        assert_eq!(reason(super::sent(address, PATIENT).await), (Class::Server, GARBLED.into()), "{then}");
        assert!(sent.await.unwrap() <= IN_BETWEEN, "{then}");
    }
    for (first, then) in [
        ("HTTP/1.1 200 OK\r\n\r\n", "a"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", "a"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "4\r\naaaa\r\n"),
    ] {
        let (address, sent) = endless(first, then).await;
        let answer = super::sent(address, PATIENT).await.unwrap();
        assert_eq!((answer.status, answer.is_whole, answer.body), (200, false, vec![b'a'; MAX_ANSWER]));
        assert!(sent.await.unwrap() <= IN_BETWEEN, "{first}");
    }
    // A body that is all framing, and one with lines after its end.
    for (first, then) in [
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1;aaaaaaaaaaaaaaaa\r\na\r\n"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "x: a\r\n"),
    ] {
        let (address, sent) = endless(first, then).await;
        let answer = super::sent(address, PATIENT).await.unwrap();
        assert!(!answer.is_whole && (1..MAX_ANSWER).contains(&answer.body.len()), "{first}");
        assert!(sent.await.unwrap() <= IN_BETWEEN, "{first}");
    }
}

#[tokio::test]
async fn answers_of_full_size_are_read() {
    let body = "a".repeat(MAX_ANSWER);
    let answer = sent(says(format!("HTTP/1.1 200 OK\r\n\r\n{body}")).await, PATIENT).await.unwrap();
    assert_eq!((answer.is_whole, answer.body.len()), (true, MAX_ANSWER));
    let answer = sent(says(format!("HTTP/1.1 200 OK\r\n\r\n{body}a")).await, PATIENT).await.unwrap();
    assert_eq!((answer.is_whole, answer.body.len()), (false, MAX_ANSWER));
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\nhi", "a".repeat(MAX_ANSWER_HEAD - 30));
    assert_eq!(sent(says(head).await, PATIENT).await.unwrap().body, b"hi");
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\nhi", "a".repeat(MAX_ANSWER_HEAD));
    assert_eq!(reason(sent(says(long).await, PATIENT).await).1, GARBLED);
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: a\r\n".repeat(101));
    assert_eq!(reason(sent(says(many).await, PATIENT).await).1, GARBLED);
}

/// All at once, since each takes all the time there is.
#[tokio::test]
async fn slow_servers_have_until_the_end_of_it() {
    let no_answer = async |first| {
        let failed = sent(dripping(first).await, BRIEF).await.unwrap_err();
        assert_eq!((failed.class(), failed.to_string().as_str()), (Class::Server, NO_ANSWER), "{first}");
        assert!(failed.may_have_arrived() && failed.took >= BRIEF.whole, "{first}");
    };
    let no_end = async |first| {
        let answer = sent(dripping(first).await, BRIEF).await.unwrap();
        assert_eq!((answer.status, answer.is_whole, answer.class()), (202, false, None), "{first}");
        assert!(!answer.body.is_empty() && answer.took >= BRIEF.whole, "{first}");
    };
    let no_word = async {
        let (address, held) = server(async |mut stream: TcpStream| {
            request(&mut stream).await;
            stream
        })
        .await;
        assert_eq!(reason(sent(address, BRIEF).await), (Class::Server, NO_ANSWER.into()));
        drop(held);
    };
    let not_even_read = async {
        let (address, held) = server(async |stream: TcpStream| stream).await;
        let (client, _) = World::new(address, &[&["93.184.216.34"]]).client(PLAIN, BRIEF);
        let call = Call { body: vec![b'a'; crate::MAX_BODY], ..call("http://hook.example/") };
        assert_eq!(reason(client.send(&call).await), (Class::Server, NO_ANSWER.into()));
        drop(held);
    };
    tokio::join!(
        no_answer("HTTP/1.1 200 "),
        no_answer("HTTP/1.1 200 OK\r\nx: "),
        no_end("HTTP/1.1 202 OK\r\n\r\n"),
        no_end("HTTP/1.1 202 OK\r\ncontent-length: 1000000\r\n\r\n"),
        no_word,
        not_even_read,
    );
}

#[tokio::test]
async fn whoever_cannot_be_reached_has_until_the_end_of_it() {
    let url = "http://hook.example/";
    let not_encrypted = async {
        let (address, held) = server(async |stream: TcpStream| stream).await;
        let (client, world) = World::new(address, &[&["93.184.216.34"]]).client(PLAIN, BRIEF);
        let text = "no connection to hook.example:443 within 2s";
        assert_eq!(reason(client.send(&call("https://hook.example/")).await), (Class::Server, text.into()));
        assert_eq!(world.dialed(), ["93.184.216.34:443"]);
        drop(held);
    };
    let not_found = async {
        let (client, world) = World::new(says("").await, &[]).client(PLAIN, BRIEF);
        let failed = client.send(&call(url)).await.unwrap_err();
        let text = "no connection to hook.example:80 within 2s";
        assert_eq!(
            (failed.class(), failed.to_string().as_str(), failed.may_have_arrived()),
            (Class::Server, text, false)
        );
        assert_eq!(world.dialed().len(), 0);
    };
    let no_word = async {
        let mut world = World::new(says("").await, &[&["93.184.216.34"]]);
        world.silent = vec!["93.184.216.34".parse().unwrap()];
        let (client, _) = world.client(PLAIN, BRIEF);
        let text = "no connection to hook.example:80: no word from 93.184.216.34";
        assert_eq!(reason(client.send(&call(url)).await), (Class::Server, text.into()));
    };
    let the_other_one = async {
        let mut world = World::new(says("HTTP/1.1 200 OK\r\n\r\n").await, &[&["93.184.216.34", "93.184.216.35"]]);
        world.silent = vec!["93.184.216.34".parse().unwrap()];
        let (client, world) = world.client(PLAIN, BRIEF);
        assert_eq!(client.send(&call(url)).await.map(|answer| answer.status), Ok(200));
        assert_eq!(world.dialed(), ["93.184.216.34:80", "93.184.216.35:80"]);
    };
    tokio::join!(not_encrypted, not_found, no_word, the_other_one);
}

#[tokio::test]
async fn whoever_is_not_there_is_told_at_once() {
    let url = "http://hook.example/";
    let (client, _) = World::new(says("").await, &[&[]]).client(PLAIN, PATIENT);
    let text = "the name of hook.example:80 is not found: it has no address";
    assert_eq!(reason(client.send(&call(url)).await), (Class::Server, text.into()));
    // Each of its addresses refuses; a fifth is not asked.
    let all = ["93.184.216.34", "93.184.216.35", "93.184.216.36", "93.184.216.37", "93.184.216.38"];
    let mut world = World::new(says("").await, &[&all]);
    world.closed = all.map(|address| address.parse().unwrap()).to_vec();
    let (client, world) = world.client(PLAIN, PATIENT);
    let text = "no connection to hook.example:80: connection refused";
    assert_eq!(reason(client.send(&call(url)).await), (Class::Server, text.into()));
    assert_eq!(world.dialed().len(), MAX_ADDRESSES);
}

#[test]
fn what_others_say_of_themselves_is_cut() {
    let said = |text: &str| words(&io::Error::other(text));
    assert_eq!(said("a\r\nb\0"), "a  b ");
    assert_eq!(said(&"ä".repeat(MAX_WORDS)), "ä".repeat(MAX_WORDS));
    assert_eq!(said(&"ä".repeat(MAX_WORDS + 1)), "ä".repeat(MAX_WORDS) + "…");
}

#[tokio::test]
async fn early_ends_are_seen() {
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 2", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let failed = sent(says(answer).await, PATIENT).await.unwrap_err();
        assert_eq!(failed.class(), Class::Server);
        assert!(failed.to_string().starts_with("hook.example:80 broke off: "), "{answer}: {failed}");
        assert!(failed.may_have_arrived());
    }
    for answer in
        ["aaaa", "SSH-2.0-x\r\n", "220 mail ESMTP\r\n", "<html>", "HTTP/2.7 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"]
    {
        assert_eq!(reason(sent(says(answer).await, PATIENT).await), (Class::Server, GARBLED.into()), "{answer}");
    }
    for (answer, body) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", "abc"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", ""),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n", ""),
    ] {
        let answer = sent(says(answer).await, PATIENT).await.unwrap();
        assert_eq!((answer.status, answer.is_whole, answer.body.as_slice()), (200, false, body.as_bytes()));
    }
    // Gone before it read anything: whether the call arrived nobody knows.
    let (address, _) = server(async |stream: TcpStream| drop(stream)).await;
    let failed = sent(address, PATIENT).await.unwrap_err();
    assert!(failed.may_have_arrived() && failed.to_string().starts_with("hook.example:80 broke off: "), "{failed}");
}

#[tokio::test]
async fn an_answer_counts_before_the_call_is_said() {
    let (address, held) = server(async |mut stream: TcpStream| {
        // The beginning of it is enough.
        stream.read_u8().await.unwrap();
        stream.write_all(TOO_LARGE).await.unwrap();
        stream
    })
    .await;
    let (client, _) = World::new(address, &[&["93.184.216.34"]]).client(PLAIN, PATIENT);
    let call = Call { body: vec![b'a'; crate::MAX_BODY], ..call("http://hook.example/") };
    let answer = client.send(&call).await.unwrap();
    assert_eq!((answer.status, answer.class()), (413, Some(Class::Call)));
    drop(held);
}

#[tokio::test]
async fn what_is_said_before_anything_was_asked_answers_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (hasty, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (stream, mut accepted) = (hasty.unwrap(), accepted.unwrap().0);
    accepted.write_all(TOO_LARGE).await.unwrap();
    stream.readable().await.unwrap();
    let target = PLAIN.target("http://hook.example/").unwrap();
    let request = exchange::request(&target, &super::call("http://hook.example/")).unwrap();
    let end = Instant::now() + PATIENT.whole;
    let ended = exchange::run(Box::new(stream), request, Time::UNIX_EPOCH, end).await.err().unwrap();
    let text = ended.of(target.place(), PATIENT.whole).to_string();
    assert_eq!(text, "hook.example:80 broke off: received unexpected message from connection");
}

#[tokio::test]
async fn a_busy_server_says_when_to_come_again() {
    for (status, said, expected) in [
        (429, "retry-after: 7\r\n", Some(7)),
        (503, "Retry-After: Thu, 01 Jan 1970 00:02:00 GMT\r\n", Some(120)),
        (503, "retry-after: 999999999\r\n", Some(86_400)),
        (503, "retry-after: \u{e4}\r\n", None),
        (503, "", None),
        (500, "retry-after: 7\r\n", None),
        (200, "retry-after: 7\r\n", None),
        (301, "retry-after: 7\r\n", None),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\n{said}content-length: 0\r\n\r\n");
        let answer = sent(says(answer).await, PATIENT).await.unwrap();
        assert_eq!(answer.retry_after, expected.map(Duration::from_secs), "{status} {said}");
    }
}

//! Where calls go, and where they do not.

use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

use super::*;
use crate::{Signed, verify};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

#[tokio::test]
async fn a_call_arrives_as_it_was_made() {
    let (address, saw) = server(async |mut stream: TcpStream| {
        let request = request(&mut stream).await;
        stream.write_all(OK.as_bytes()).await.unwrap();
        request
    })
    .await;
    let (client, world) = World::new(address, &[&["93.184.216.34"]]).client(PLAIN, PATIENT);
    let answer = client.send(&call("http://Hook.example:8080/a|b?c=d")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice(), answer.is_whole), (200, b"hi".as_slice(), true));
    assert_eq!(answer.class(), None);
    assert_eq!(world.dialed(), ["93.184.216.34:8080"]);
    let request = saw.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{}");
    let lines: Vec<_> = head.split("\r\n").collect();
    assert_eq!(lines[0], "POST /a%7Cb?c=d HTTP/1.1");
    let signature = "v1,LJAufOokbyJ7jenyS507aOmG4ECZ8nFyOu6weTlBfHE=";
    for line in [
        "host: hook.example:8080",
        "connection: close",
        concat!("user-agent: Stafette/", env!("CARGO_PKG_VERSION")),
        "content-type: application/json",
        "webhook-id: msg_1",
        "webhook-timestamp: 0",
        &format!("webhook-signature: {signature}"),
        "content-length: 2",
    ] {
        assert!(lines.contains(&line), "{line} in {head}");
    }
    assert_eq!(lines.len(), 9, "{head}");
    let claim = Signed { id: "msg_1", timestamp: "0", signature };
    assert_eq!(verify(&call("").secrets, claim, body.as_bytes(), Time::UNIX_EPOCH), Ok(()));
}

#[tokio::test]
async fn a_name_that_turns_private_leads_nowhere() {
    let turns =
        [&["93.184.216.34"][..], &["10.0.0.1"], &["127.0.0.1", "::1"], &["169.254.169.254"], &["::ffff:10.0.0.1"]];
    let (client, world) = World::new(says(OK).await, &turns).client(PLAIN, PATIENT);
    let call = call("http://hook.example/");
    assert_eq!(client.send(&call).await.map(|answer| answer.status), Ok(200));
    for text in [
        "10.0.0.1 is an address of a private network",
        "127.0.0.1 is this machine itself",
        "169.254.169.254 is where a cloud keeps its machines' passwords",
        "10.0.0.1 is an address of a private network",
    ] {
        assert_eq!(reason(client.send(&call).await), (Class::Configuration, text.into()));
    }
    // Each call looked once, and only the first one went anywhere: to what it saw then.
    assert_eq!(world.asked.load(Ordering::SeqCst), turns.len());
    assert_eq!(world.dialed(), ["93.184.216.34:80"]);
}

#[tokio::test]
async fn private_addresses_among_others_are_passed_over() {
    let mixed = ["10.0.0.1", "::ffff:127.0.0.1", "93.184.216.34", "fd00::1", "::", "::ffff:93.184.216.35"];
    let mut world = World::new(says(OK).await, &[&mixed]);
    world.closed = vec!["93.184.216.34".parse().unwrap()];
    let (client, world) = world.client(PLAIN, PATIENT);
    assert_eq!(client.send(&call("http://hook.example/")).await.map(|answer| answer.status), Ok(200));
    assert_eq!(world.dialed(), ["93.184.216.34:80", "93.184.216.35:80"]);
}

#[tokio::test]
async fn networks_that_are_named_are_reached_by_name() {
    let guard = Guard { networks: vec!["10.1.0.0/16".parse().unwrap()], ..PLAIN };
    let world = World::new(says(OK).await, &[&["10.2.0.1", "10.1.2.3"], &["10.2.0.1"]]);
    let (client, world) = world.client(guard, PATIENT);
    assert_eq!(client.send(&call("http://orders/")).await.map(|answer| answer.status), Ok(200));
    let refused = (Class::Configuration, "10.2.0.1 is an address of a private network".into());
    assert_eq!(reason(client.send(&call("http://orders/")).await), refused);
    assert_eq!(world.dialed(), ["10.1.2.3:80"]);
}

/// By the machine's own resolver and sockets.
#[tokio::test]
async fn this_machine_is_reached_only_where_that_is_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let urls = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"].map(|host| format!("http://{host}:{port}/"));
    let odd = ["127.1", "2130706433", "0x7f.1", "0", "[::]", "127.0.0.1.", "localhost."];
    let client = Client::new(PLAIN, PATIENT).unwrap();
    for url in urls.iter().cloned().chain(odd.map(|host| format!("http://{host}:{port}/"))) {
        let failed = client.send(&call(&url)).await.unwrap_err();
        assert_eq!((failed.class(), failed.may_have_arrived()), (Class::Configuration, false), "{url}");
    }
    let nobody = std::future::poll_fn(|cx| std::task::Poll::Ready(listener.poll_accept(cx).is_pending())).await;
    assert!(nobody, "somebody came");
    let serving = tokio::spawn(async move {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            request(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
        }
    });
    let client = Client::new(LOOPBACK, PATIENT).unwrap();
    for url in urls {
        assert_eq!(client.send(&call(&url)).await.map(|answer| answer.status), Ok(200), "{url}");
    }
    serving.await.unwrap();
}

#[tokio::test]
async fn redirects_are_answers() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = inner.local_addr().unwrap();
    for status in [301, 302, 303, 307, 308] {
        let answer = format!("HTTP/1.1 {status} X\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n");
        let answered = sent(says(answer).await, PATIENT).await.unwrap();
        assert_eq!((answered.status, answered.class()), (status, Some(Class::Configuration)));
    }
    let nobody = std::future::poll_fn(|cx| std::task::Poll::Ready(inner.poll_accept(cx).is_pending())).await;
    assert!(nobody, "somebody came");
}

#[tokio::test]
async fn what_cannot_be_sent_asks_nobody() {
    let (client, world) = World::new(says(OK).await, &[&["93.184.216.34"]]).client(PLAIN, PATIENT);
    let url = "http://hook.example/";
    let split = vec![("X".into(), "a\r\nHost: 127.0.0.1".into())];
    let text = "the header x has a line break or another character in it that cannot be sent";
    assert_eq!(reason(client.send(&Call { headers: split, ..call(url) }).await), (Class::Call, text.into()));
    let large = Call { body: vec![b'a'; crate::MAX_BODY + 1], ..call(url) };
    let text = "the body has 262145 bytes; at most 262144 are sent";
    assert_eq!(reason(client.send(&large).await), (Class::Call, text.into()));
    assert_eq!(world.asked.load(Ordering::SeqCst), 0);
}

/// Servers that speak TLS, with a certificate for localhost and 127.0.0.1.
async fn encrypted(certificate: &[u8], key: &[u8]) -> SocketAddr {
    let certificates = CertificateDer::pem_slice_iter(certificate).map(Result::unwrap).collect();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, PrivateKeyDer::from_pem_slice(key).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let act = async move |stream| {
        // Who does not trust us goes away.
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        request(&mut stream).await;
        stream.write_all(OK.as_bytes()).await.unwrap();
        let _ = stream.shutdown().await;
    };
    server(act).await.0
}

#[tokio::test]
async fn certificates_are_the_hosts_and_vouched_for() {
    let ours = [
        &include_bytes!("../../../../mail/tests/keys/server.pem")[..],
        include_bytes!("../../../../mail/tests/keys/server.key"),
    ];
    let own = [
        &include_bytes!("../../../../mail/tests/keys/self-signed.pem")[..],
        include_bytes!("../../../../mail/tests/keys/self-signed.key"),
    ];
    for ([certificate, key], url, expected) in [
        (ours, "https://localhost/", Ok(200)),
        (ours, "https://127.0.0.1/", Ok(200)),
        (ours, "https://hook.example/", Err("not valid for name")),
        (ours, "https://[::1]/", Err("not valid for name")),
        (own, "https://localhost/", Err("invalid peer certificate")),
    ] {
        let world = World::new(encrypted(certificate, key).await, &[&["127.0.0.1"]]);
        let (client, _) = world.client(Guard { loopback: true, ..Guard::default() }, PATIENT);
        match (client.send(&call(url)).await, expected) {
            (Ok(answer), Ok(status)) => assert_eq!((answer.status, answer.body.as_slice()), (status, b"hi".as_slice())),
            (Err(failed), Err(words)) => {
                assert_eq!((failed.class(), failed.may_have_arrived()), (Class::Server, false));
                assert!(
                    failed.to_string().starts_with("no encryption with ") && failed.to_string().contains(words),
                    "{failed}"
                );
            }
            (done, _) => panic!("{url}: {done:?}"),
        }
    }
    // Plain HTTP where TLS is expected, and nothing is said in the clear.
    let (address, saw) = server(async |mut stream: TcpStream| {
        let mut read = vec![0; 1_000];
        let n = stream.read(&mut read).await.unwrap();
        stream.write_all(OK.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&read[..n]).into_owned()
    })
    .await;
    let (client, _) = World::new(address, &[&["93.184.216.34"]]).client(PLAIN, PATIENT);
    let (class, text) = reason(client.send(&call("https://hook.example/")).await);
    assert!(class == Class::Server && text.starts_with("no encryption with hook.example:443: "), "{text}");
    assert!(!saw.await.unwrap().contains("POST"));
}

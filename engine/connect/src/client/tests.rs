//! Servers that mean harm, or are merely broken: what becomes of calls to them.

mod answers;
mod reach;

use std::{
    collections::VecDeque,
    future::{self, Future},
    io,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use program::Time;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{net::Later, *};
use crate::Class;

/// A world with one name, whose addresses change from one look to the next, and one server behind all addresses.
struct World {
    says: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
    dialed: Mutex<Vec<SocketAddr>>,
    /// Addresses that refuse a connection.
    closed: Vec<IpAddr>,
    /// Addresses that say nothing.
    silent: Vec<IpAddr>,
    server: SocketAddr,
}

impl Net for Arc<World> {
    fn resolve<'a>(&'a self, _: &'a str) -> Later<'a, Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let says = self.says.lock().unwrap().pop_front();
        Box::pin(async move {
            match says {
                Some(addresses) => Ok(addresses),
                None => future::pending().await,
            }
        })
    }

    fn dial(&self, to: SocketAddr) -> Later<'_, TcpStream> {
        self.dialed.lock().unwrap().push(to);
        Box::pin(async move {
            if self.closed.contains(&to.ip()) {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            if self.silent.contains(&to.ip()) {
                return future::pending().await;
            }
            TcpStream::connect(self.server).await
        })
    }
}

impl World {
    fn new(server: SocketAddr, says: &[&[&str]]) -> Self {
        let addresses = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let says = Mutex::new(says.iter().map(addresses).collect());
        Self { says, asked: AtomicUsize::new(0), dialed: Mutex::default(), closed: vec![], silent: vec![], server }
    }

    fn client(self, guard: Guard, limits: Limits) -> (Client, Arc<Self>) {
        let world = Arc::new(self);
        let tls = trust::connector(trusted()).unwrap();
        (Client(Arc::new(Inner { guard, limits, net: Box::new(world.clone()), tls })), world)
    }

    fn dialed(&self) -> Vec<String> {
        self.dialed.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

/// Vouches for the servers of tests.
fn trusted() -> tokio_rustls::rustls::RootCertStore {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    let mut roots = tokio_rustls::rustls::RootCertStore::empty();
    let authority = include_bytes!("../../../mail/tests/keys/ca.pem");
    roots.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
    roots
}

/// No public server is called by tests, so plain HTTP is enough for most.
const PLAIN: Guard = Guard { http: true, loopback: false, networks: Vec::new() };
const LOOPBACK: Guard = Guard { http: true, loopback: true, networks: Vec::new() };
/// For servers that make calls wait for the end of it: long enough for all that comes before, on a busy machine.
const BRIEF: Limits = Limits { connect: Duration::from_secs(2), whole: Duration::from_secs(2) };
/// For all others: no machine is so busy.
const PATIENT: Limits = Limits { connect: Duration::from_secs(60), whole: Duration::from_secs(60) };

/// A server that does this with its first connection, and says what it saw.
async fn server<F, T>(act: impl FnOnce(TcpStream) -> F + Send + 'static) -> (SocketAddr, JoinHandle<T>)
where
    F: Future<Output = T> + Send,
    T: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(async move { act(listener.accept().await.unwrap().0).await }))
}

/// A server that reads a request and says this, and then hangs up.
async fn says(answer: impl AsRef<[u8]> + Send + Sync + 'static) -> SocketAddr {
    let act = async move |mut stream: TcpStream| {
        request(&mut stream).await;
        // Who has read enough hangs up first.
        let _ = stream.write_all(answer.as_ref()).await;
    };
    server(act).await.0
}

/// Reads a whole request: the head, and as much body as it says.
async fn request(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text.into_owned();
            }
        }
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "the request ends early");
    }
}

fn call(url: &str) -> Call {
    let headers = vec![("Content-Type".into(), "application/json".into())];
    let secrets = vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()];
    Call { id: "msg_1".into(), at: Time::UNIX_EPOCH, url: url.into(), headers, body: b"{}".to_vec(), secrets }
}

/// What becomes of a call to a server with a public address.
async fn sent(server: SocketAddr, limits: Limits) -> Result<Answered, Failed> {
    let (client, _) = World::new(server, &[&["93.184.216.34"]]).client(PLAIN, limits);
    client.send(&call("http://hook.example/")).await
}

/// The reason why there was no answer.
fn reason(done: Result<Answered, Failed>) -> (Class, String) {
    let failed = done.unwrap_err();
    (failed.class(), failed.to_string())
}

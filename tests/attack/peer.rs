//! Somebody at the other end of a connection, who says and reads what a script says. A read with a time-out ends early where
//! the whole machine was stopped for a while, and is begun again.

use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    os::fd::AsFd as _,
    time::Duration,
};

/// How long any one answer may take here.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub(crate) struct Peer(TcpStream);

impl Peer {
    /// Connects to a server at `http://host:port`.
    pub(crate) fn to(url: &str) -> Self {
        Self::from("127.0.0.1", url)
    }

    /// The same from another address of this machine, such as 127.0.0.7.
    pub(crate) fn from(address: &str, url: &str) -> Self {
        let to: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
        let from: IpAddr = address.parse().unwrap();
        let stream = bound(from, to);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// Says something; whether there was still somebody to hear it.
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    /// Reads up to an empty line: status and head of an answer. Empty where the other end hung up.
    pub(crate) fn head(&mut self) -> String {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read(&mut byte) {
                Ok(0) => break,
                Ok(_) => head.push(byte[0]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_hang_up(&error) => break,
                Err(error) => {
                    panic!("no answer after {PATIENCE:?}: {error}; so far {}", String::from_utf8_lossy(&head))
                }
            }
        }
        String::from_utf8_lossy(&head).into_owned()
    }

    /// Status of the next answer; 0 where there is none.
    pub(crate) fn status(&mut self) -> u16 {
        self.head().split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// Status and body of the next answer.
    pub(crate) fn answer(&mut self) -> (u16, String) {
        let head = self.head();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or_default()];
        self.0.read_exact(&mut body).unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// Asks, and reads the head of the answer.
    pub(crate) fn asked(&mut self, request: &str) -> u16 {
        self.say(request);
        self.status()
    }

    /// What is there to be read by now; nothing where the other end waits.
    pub(crate) fn waiting(&mut self) -> String {
        self.0.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let mut some = vec![0; 4_096];
        let n = loop {
            match self.0.read(&mut some) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.unwrap_or_default(),
            }
        };
        String::from_utf8_lossy(&some[..n]).into_owned()
    }

    /// Whether the other end has not hung up; reads what is there by now.
    pub(crate) fn is_open(&mut self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let mut some = [0; 4_096];
        let open = loop {
            match self.0.read(&mut some) {
                Ok(0) => break false,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    assert!(is_hang_up(&error), "{error}");
                    break false;
                }
            }
        };
        self.0.set_nonblocking(false).unwrap();
        open
    }

    /// Everything until the other end hangs up.
    pub(crate) fn rest(&mut self) -> String {
        let mut all = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut all) {
            assert!(is_hang_up(&error), "it did not hang up in {PATIENCE:?}: {error}");
        }
        String::from_utf8_lossy(&all).into_owned()
    }
}

fn is_hang_up(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted)
}

/// A connection that comes from this address of ours.
fn bound(from: IpAddr, to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        // Who does not read should not have much of an answer waiting for them in the kernel.
        socket.set_recv_buffer_size(16 << 10).unwrap();
        socket.connect(to).await.unwrap()
    });
    let owned = stream.as_fd().try_clone_to_owned().unwrap();
    let stream = TcpStream::from(owned);
    stream.set_nonblocking(false).unwrap();
    stream
}

//! The network: looks names up, and opens connections. Tests have their own.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::Arc,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
    task::spawn_blocking,
};

/// Lookups at once. Each takes a thread, and the system's resolver goes on with it though nobody waits any more: names
/// that are slow to find must not take all threads there are.
const LOOKUPS: usize = 16;

/// Something later, or why not.
pub(super) type Later<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Bytes to and from a server, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The world outside.
pub(super) trait Net: Send + Sync {
    /// All addresses of a name, in the order in which they are to be tried.
    fn resolve<'a>(&'a self, name: &'a str) -> Later<'a, Vec<IpAddr>>;
    /// A connection to exactly this address.
    fn dial(&self, to: SocketAddr) -> Later<'_, TcpStream>;
}

/// The machine's own: its resolver and its sockets.
pub(super) struct System {
    lookups: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

impl Net for System {
    fn resolve<'a>(&'a self, name: &'a str) -> Later<'a, Vec<IpAddr>> {
        Box::pin(async move {
            let turn = self.lookups.clone().acquire_owned().await.map_err(io::Error::other)?;
            let name = name.to_owned();
            let lookup = move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                // Kept until the thread is free again, not until somebody stops waiting.
                drop(turn);
                found.map(|found| found.map(|address| address.ip()).collect())
            };
            spawn_blocking(lookup).await.map_err(io::Error::other)?
        })
    }

    fn dial(&self, to: SocketAddr) -> Later<'_, TcpStream> {
        Box::pin(async move {
            let stream = TcpStream::connect(to).await?;
            // What is said is short, and nothing comes after it.
            stream.set_nodelay(true)?;
            Ok(stream)
        })
    }
}

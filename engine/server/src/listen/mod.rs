//! Accepts connections within limits, answers them, and closes them if a client is too slow to send or to read.

mod places;
mod stall;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use runner::Told;
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

use places::{Busy, Places};
pub(crate) use places::{Held, net};
use stall::{Asked, Stalling, Unread};

/// The largest head of a request: 32 KiB. Cookies and links of ours need less than one, and each connection may hold
/// as much.
const MAX_HEAD: usize = 32 << 10;
/// The most header fields of a request.
const MAX_FIELDS: usize = 100;
/// When a connection is accepted again where none could be, as without a descriptor left.
const PAUSE: Duration = Duration::from_secs(1);
/// What is read ahead and kept to be written, for each connection.
const BUFFER: usize = 64 << 10;
/// What those are told for whom there is no place; written once, and nobody waits for it to be read.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
    content-type: text/plain\r\ncontent-length: 34\r\n\r\nToo many connections. Try later.\r\n";

/// How many may be connected, and how long they may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Connections in all.
    pub(crate) connections: usize,
    /// Connections of one address; 0 for as many as there are in all.
    pub(crate) each: usize,
    /// How long a head may take, and how long a connection may wait for the next one.
    pub(crate) head: Duration,
    /// How long nothing of an answer may be taken.
    pub(crate) stall: Duration,
}

/// Answers until the sign to stop, and then what is open. `axum::serve` knows no limits: whoever sends a head byte by
/// byte, or does not read the answer, would hold a connection for ever.
pub(crate) async fn answer(
    listener: TcpListener,
    router: Router,
    budget: Budget,
    told: Told,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut services = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(budget.head);
    http.max_header_size(MAX_HEAD).max_headers(MAX_FIELDS).max_buf_size(BUFFER);
    let open = GracefulShutdown::new();
    let places = Arc::new(Places::new(budget.connections, budget.each));
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accepted(|| listener.accept(), &told, PAUSE) => accepted,
            () = &mut stop => break,
        };
        let Some(place) = places.enter(peer.ip()) else {
            refuse(&stream);
            continue;
        };
        let Ok(service) = services.call(peer).await;
        let service = TowerToHyperService::new(service);
        let (busy, unread) = (place.busy(), Unread::default());
        let stream = Stalling::new(stream, budget.stall, unread.clone());
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let busy = Busy::begin(&busy);
            let request = request.map(|body| Asked::new(body, unread.clone()));
            let answer = hyper::service::Service::call(&service, request);
            async move { answer.await.map(|answer| answer.map(|body| Held::new(body, busy))) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                // A client that went away, or was too slow: nobody is left to tell.
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, %peer, "a connection ended badly");
                },
                () = place.left() => tracing::debug!(%peer, "an idle connection gave its place to another one"),
            }
        });
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
}

/// The next that can be accepted. Where none can be, that is told and tried again.
async fn accepted<T, F: Future<Output = io::Result<T>>>(accept: impl Fn() -> F, told: &Told, pause: Duration) -> T {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match accept().await {
            Ok(accepted) => return accepted,
            // Who hung up again.
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                told.error("no connection can be accepted, trying again", &error);
                tokio::time::sleep(pause).await;
            }
        }
    }
}

fn refuse(stream: &TcpStream) {
    metrics::counter!("stafette_http_connections_refused_total").increment(1);
    // What does not fit into an empty buffer of the kernel is not waited for.
    let _ = stream.try_write(FULL);
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        sync::{Arc, Mutex},
    };

    use runner::Clock;

    use super::*;

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn that_nobody_can_be_accepted_is_told_once_a_minute() {
        let (clock, hands) = Clock::manual("2026-03-01T09:00:00Z".parse().unwrap());
        let (told, log) = (Told::new(clock), Log::default());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let _listens = tracing::subscriber::set_default(subscriber);
        let lines = || String::from_utf8_lossy(&log.0.lock().unwrap()).matches("no connection can be accepted").count();
        // No descriptor is left (EMFILE), and meanwhile somebody hangs up.
        let tries = Cell::new(0);
        let accept = || {
            tries.set(tries.get() + 1);
            let outcome = match tries.get() % 10 {
                0 => Ok(tries.get()),
                5 => Err(io::ErrorKind::ConnectionAborted.into()),
                _ => Err(io::Error::from_raw_os_error(24)),
            };
            async move { outcome }
        };
        assert_eq!((accepted(accept, &told, Duration::ZERO).await, lines()), (10, 1));
        hands.advance(chrono::TimeDelta::seconds(61));
        assert_eq!((accepted(accept, &told, Duration::ZERO).await, lines()), (20, 2));
    }
}

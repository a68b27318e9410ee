//! Connections: accepted within budgets, answered, and cut off where a client takes too long to say what it wants or to
//! take what it asked for.

mod places;
mod stall;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, serve::Listener};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

use places::{Busy, Places};
pub(crate) use places::{Held, net};
use stall::Stalling;

/// The largest head of a request: 32 KiB. Cookies and links of ours need less than one, and each connection may hold
/// as much.
const MAX_HEAD: usize = 32 << 10;
/// The most header fields of a request.
const MAX_FIELDS: usize = 100;
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
    mut listener: TcpListener,
    router: Router,
    budget: Budget,
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
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        let Some(place) = places.enter(peer.ip()) else {
            refuse(&stream);
            continue;
        };
        let Ok(service) = services.call(peer).await;
        let service = TowerToHyperService::new(service);
        let busy = place.busy();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let busy = Busy::begin(&busy);
            let answer = hyper::service::Service::call(&service, request);
            async move { answer.await.map(|answer| answer.map(|body| Held::new(body, busy))) }
        });
        let connection = http.serve_connection(TokioIo::new(Stalling::new(stream, budget.stall)), service);
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

fn refuse(stream: &TcpStream) {
    metrics::counter!("stafette_http_connections_refused_total").increment(1);
    // What does not fit into an empty buffer of the kernel is not waited for.
    let _ = stream.try_write(FULL);
}

//! A connection that ends if its client reads nothing. It reads the rest of a request that was answered early.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Frame, SizeHint};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// Who is answered before all was read may still be writing, and many a client reads only then. Closed at once, the
/// connection would be reset, and the answer lost. So the rest is read and forgotten: so much,
const MOST: usize = 64 << 20;
/// and for so long.
const LINGER: Duration = Duration::from_secs(20);

/// Whether something of the request under way was not read.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<AtomicBool>);

impl Unread {
    fn set(&self, unread: bool) {
        self.0.store(unread, Ordering::Relaxed);
    }
}

/// The body of a request, which tells when it was read to its end.
pub(super) struct Asked<B> {
    body: B,
    unread: Unread,
}

impl<B: Body> Asked<B> {
    pub(super) fn new(body: B, unread: Unread) -> Self {
        unread.set(!body.is_end_stream());
        Self { body, unread }
    }
}

impl<B: Body + Unpin> Body for Asked<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.unread.set(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream whose writes fail once nothing was taken for so long. What is waiting to be written is memory that somebody
/// who asked and does not read holds.
pub(super) struct Stalling<S = TcpStream> {
    stream: S,
    limit: Duration,
    /// Runs while a write waits.
    timer: Pin<Box<Sleep>>,
    waiting: bool,
    unread: Unread,
    /// How much more is read and forgotten; nothing before our end is closed.
    rest: Option<usize>,
    linger: Duration,
}

impl<S> Stalling<S> {
    pub(super) fn new(stream: S, limit: Duration, unread: Unread) -> Self {
        let timer = Box::pin(sleep(Duration::ZERO));
        Self { stream, limit, timer, waiting: false, unread, rest: None, linger: LINGER }
    }

    /// Passes on what became of a write, and watches how long it waits.
    fn watched<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = false;
            return polled;
        }
        if !std::mem::replace(&mut self.waiting, true) {
            self.timer.as_mut().reset(Instant::now() + self.limit);
        }
        ready!(self.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing of the answer was read for too long")))
    }
}

impl<S: AsyncRead + Unpin> Stalling<S> {
    /// Reads and forgets until the other end is done, or long enough.
    fn hear_out(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut part = [0; 8 << 10];
        while let Some(rest) = self.rest.filter(|rest| *rest > 0) {
            let mut read = ReadBuf::new(&mut part);
            match Pin::new(&mut self.stream).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                    self.rest = Some(rest.saturating_sub(read.filled().len()));
                }
                Poll::Ready(_) => break,
                Poll::Pending => return self.timer.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalling<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stalling<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.watched(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_none() {
            let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
            ready!(self.watched(cx, polled))?;
            self.rest = Some(if self.unread.0.load(Ordering::Relaxed) { MOST } else { 0 });
            let until = Instant::now() + self.linger;
            self.timer.as_mut().reset(until);
        }
        self.hear_out(cx).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watched(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn gives_up_where_nothing_is_taken() {
        let (here, mut there) = duplex(10);
        let mut here = Stalling::new(here, Duration::from_millis(300), Unread::default());
        // Taken bit by bit it goes on.
        let reads = async { there.read_exact(&mut [0; 50]).await.map(|_| ()) };
        let (written, read) = tokio::join!(here.write_all(&[0; 60]), reads);
        assert!(written.is_ok() && read.is_ok());
        let begin = Instant::now();
        let failed = here.write_all(&[0; 10]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        assert!(begin.elapsed() >= Duration::from_millis(300));
    }
    /// Who was answered early is read to the end, but not for ever; who was read is not waited for.
    #[tokio::test]
    async fn the_rest_is_heard_within_bounds() {
        let (here, mut there) = duplex(10);
        let unread = Unread::default();
        unread.set(true);
        let mut here = Stalling::new(here, Duration::from_secs(9), unread.clone());
        let says = async {
            let said = there.write_all(&[0; 100_000]).await;
            drop(there);
            said
        };
        let (closed, said) = tokio::join!(here.shutdown(), says);
        assert!(closed.is_ok() && said.is_ok());

        for (unread, linger) in [(unread, Duration::from_millis(100)), (Unread::default(), Duration::from_secs(60))] {
            let (here, _silent) = duplex(10);
            let mut here = Stalling::new(here, Duration::from_secs(9), unread);
            here.linger = linger;
            tokio::time::timeout(Duration::from_secs(10), here.shutdown()).await.unwrap().unwrap();
        }
    }
}

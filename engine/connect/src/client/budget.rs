//! Bounds how much a server may send: head, body, framing, and interim answers.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::net::Stream;
use crate::answer::{MAX_ANSWER, MAX_ANSWER_HEAD};

/// What may be read of one connection, in bytes: an answer, and as much again for the framing of its body. Beyond it by at
/// most one read.
const MAX_READ: usize = 2 * (MAX_ANSWER_HEAD + MAX_ANSWER);

/// A connection that ends when so much was read.
pub(super) struct Bounded {
    stream: Box<dyn Stream>,
    left: usize,
}

impl Bounded {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, left: MAX_READ }
    }
}

impl AsyncRead for Bounded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left == 0 {
            // A kind that no socket has.
            return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.left = self.left.saturating_sub(buf.filled().len() - before);
        read
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

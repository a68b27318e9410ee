//! Bounds bodies of requests: their size, their time, their compression, and the memory of all of them.

use std::{
    io::Read,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, SizeHint};
use program::Scales;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    MAX_BODY, client,
    ended::Ended,
    error::{ApiError, ApiResult},
    events,
};
use crate::App;

/// The first bytes of each body are free: small requests get through whatever others hold.
const FREE: usize = 16 << 10;
/// What is asked at least of a body, in bytes a second on average, once it has had the time to begin.
const RATE: u64 = 1 << 10;
/// The time to begin.
const BEGIN: Duration = Duration::from_secs(10);

/// What the body of one request holds; given back when it is answered.
struct Hold {
    app: App,
    ip: IpAddr,
    seen: AtomicUsize,
    taken: AtomicUsize,
}

impl Hold {
    fn take(&self, weight: usize) -> Result<(), Ended> {
        let seen = self.seen.fetch_add(weight, Ordering::Relaxed) + weight;
        let due = seen.saturating_sub(FREE).saturating_sub(self.taken.load(Ordering::Relaxed));
        if due > 0 && !self.app.bodies.take(self.ip, due) {
            // Where it would not fit if it were alone, trying again is of no use.
            return Err(if seen - FREE > self.app.bodies.share() { Ended::Heavy } else { Ended::Full });
        }
        self.taken.fetch_add(due, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let taken = self.taken.load(Ordering::Relaxed);
        if taken > 0 {
            self.app.bodies.give_back(self.ip, taken);
        }
    }
}

/// A body whose bytes are counted and whose time is measured.
struct Metered {
    body: Body,
    hold: Arc<Hold>,
    begun: Instant,
    end: Instant,
    timer: Pin<Box<Sleep>>,
    read: u64,
    /// None where it is weighed when it is unpacked.
    scales: Option<Scales>,
}

impl Metered {
    /// Until when the next bytes have to be there: the end, or earlier where it would be too slow.
    fn deadline(&self) -> Instant {
        (self.begun + BEGIN + Duration::from_secs(self.read / RATE)).min(self.end)
    }
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            let deadline = self.deadline();
            if self.timer.deadline() != deadline {
                self.timer.as_mut().reset(deadline);
            }
            return self.timer.as_mut().poll(cx).map(|()| Some(Err(Ended::Slow.into())));
        };
        let Some(Ok(frame)) = frame else { return Poll::Ready(frame.map(|it| it.map_err(Into::into))) };
        let bytes = frame.data_ref().map_or(&[][..], Bytes::as_ref);
        self.read += bytes.len() as u64;
        let weight = self.scales.as_mut().map_or(bytes.len(), |scales| scales.weigh(bytes));
        Poll::Ready(Some(self.hold.take(weight).map(|()| frame).map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The largest body of a route.
pub(super) fn most(request: &Request) -> usize {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    // Those that bring files.
    if [api::path::EVENTS, api::path::PROGRAM_TEST_RUNS].contains(&route) { events::create::MAX_BODY } else { MAX_BODY }
}

/// Refuses what is too large before it is read, counts and times what is read, and unpacks what is packed.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> ApiResult<Response> {
    if HttpBody::is_end_stream(request.body()) {
        return Ok(next.run(request).await);
    }
    let most = most(&request);
    let length =
        HttpBody::size_hint(request.body()).exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    // Said before the body is asked for: who waits for `100 Continue` sends nothing of it.
    if length.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let packed = match coding(request.headers()) {
        Ok(packed) => packed,
        Err(refusal) => return Ok(*refusal),
    };
    let ip = client::counted(&app, &request);
    if length.is_some_and(|length| !app.bodies.fits(ip, length.saturating_sub(FREE))) {
        return Err(Ended::Full.into());
    }
    let hold = Arc::new(Hold { app: app.clone(), ip, seen: AtomicUsize::new(0), taken: AtomicUsize::new(0) });
    let (mut parts, body) = request.into_parts();
    let begun = Instant::now();
    let end = begun + app.config.http.body_timeout();
    let timer = Box::pin(sleep_until(end));
    let scales = (!packed).then(Scales::default);
    let mut body = Body::new(Metered { body, hold: hold.clone(), begun, end, timer, read: 0, scales });
    if packed {
        body = unpack(body, most, &hold).await?.into();
        parts.headers.remove(header::CONTENT_ENCODING);
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    drop(hold);
    Ok(response)
}

/// What a read that failed means, of a body that may have so many bytes.
pub(super) fn failed(error: &axum::Error, most: usize) -> ApiError {
    Ended::of(error).map_or_else(|| too_large(most), Into::into)
}

fn too_large(most: usize) -> ApiError {
    ApiError::TooLarge(format!("The body is larger than this call allows; it takes {most} bytes, unpacked."))
}

/// Whether the body is packed by gzip; the answer where it is packed by anything else.
fn coding(headers: &HeaderMap) -> Result<bool, Box<Response>> {
    let mut packed = false;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for coding in value.to_str().unwrap_or("?").split(',').map(|it| it.trim().to_ascii_lowercase()) {
            match coding.as_str() {
                "" | "identity" => {}
                "gzip" | "x-gzip" if !packed => packed = true,
                _ => {
                    let mut response = ApiError::Unpackable.into_response();
                    response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
                    return Err(response.into());
                }
            }
        }
    }
    Ok(packed)
}

/// Unpacks a body of at most so many bytes. It stops there, so a bomb is no larger than what is taken anyway.
async fn unpack(body: Body, most: usize, hold: &Arc<Hold>) -> ApiResult<Bytes> {
    let packed = to_bytes(body, most).await.map_err(|error| failed(&error, most))?;
    let hold = hold.clone();
    let unpacking = tokio::task::spawn_blocking(move || {
        let mut reader = flate2::read::MultiGzDecoder::new(&packed[..]);
        let (mut text, mut part, mut scales) = (Vec::new(), vec![0; 64 << 10], Scales::default());
        loop {
            let n =
                reader.read(&mut part).map_err(|error| ApiError::Request(format!("The body is no gzip: {error}.")))?;
            if n == 0 {
                return Ok(Bytes::from(text));
            }
            if text.len() + n > most {
                return Err(too_large(most));
            }
            hold.take(scales.weigh(&part[..n]))?;
            text.extend_from_slice(&part[..n]);
        }
    });
    unpacking.await.map_err(|error| ApiError::Internal(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_known_or_refused() {
        for (value, expected) in [
            ("", Ok(false)),
            ("identity", Ok(false)),
            ("GZIP", Ok(true)),
            ("gzip, identity", Ok(true)),
            ("gzip, gzip", Err(())),
            ("br", Err(())),
            ("deflate", Err(())),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(coding(&headers).map_err(|response| assert_eq!(response.status(), 415)), expected, "{value}");
        }
    }
}

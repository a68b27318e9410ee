//! One request and its answer over one connection, by HTTP/1.1.

use std::{convert::Infallible, error::Error as _, future, io, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1::Builder,
    header::{CONNECTION, HOST, RETRY_AFTER, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::{budget::Bounded, net::Stream, words};
use crate::{Answered, Call, Fault, MAX_ANSWER, MAX_ANSWER_HEAD, Target, answer::retry_after};

/// Who calls, where the call does not say it.
const WE: &str = concat!("Stafette/", env!("CARGO_PKG_VERSION"));

/// What is sent. Whoever reads `host` reads what was judged.
pub(super) fn request(target: &Target, call: &Call) -> Result<Request<Full<Bytes>>, Fault> {
    let mut request = Request::post(target.path()).header(HOST, target.authority()).header(CONNECTION, "close");
    let head = call.head()?;
    if !head.iter().any(|(name, _)| name == USER_AGENT.as_str()) {
        request = request.header(USER_AGENT, WE);
    }
    for (name, value) in &head {
        request = request.header(name, value);
    }
    // All of it was checked before, and more strictly.
    let unreadable = |_| Fault::Unfit(crate::Unfit::Headers);
    request.body(Full::from(call.body.clone())).map_err(unreadable)
}

/// Why there is no head of an answer.
pub(super) enum Ended {
    Late,
    Garbled,
    Broken(String),
}

impl Ended {
    pub(super) fn of(self, place: String, within: Duration) -> Fault {
        match self {
            Self::Late => Fault::NoAnswer { place, within },
            Self::Garbled => Fault::Garbled { place },
            Self::Broken(error) => Fault::Broken { place, error },
        }
    }
}

impl From<hyper::Error> for Ended {
    fn from(error: hyper::Error) -> Self {
        let Some(source) = error.source() else {
            return if error.is_parse() { Self::Garbled } else { Self::Broken(words(&error)) };
        };
        let spent = |source: &io::Error| source.kind() == io::ErrorKind::QuotaExceeded;
        if error.is_parse() || source.downcast_ref().is_some_and(spent) {
            return Self::Garbled;
        }
        // What happened, below what it did to the request.
        Self::Broken(words(source))
    }
}

/// Sends it and reads the answer, until `end`. Once there is a head there is an answer, whatever becomes of its body.
/// `now` is the call's time, for a server that says a date.
pub(super) async fn run(
    stream: Box<dyn Stream>,
    request: Request<Full<Bytes>>,
    now: program::Time,
    end: Instant,
) -> Result<Answered, Ended> {
    let mut builder = Builder::new();
    builder.max_header_size(MAX_ANSWER_HEAD).max_buf_size(MAX_ANSWER_HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(Bounded::new(stream))).await?;
    let answer = async {
        let response = timeout_at(end, sender.send_request(request)).await.map_err(|_| Ended::Late)??;
        Ok(read(response, now, end).await)
    };
    // The connection moves only while it is polled. When it ends, what was read of it is still to be taken.
    let moving = async {
        let _ = connection.await;
        future::pending::<Infallible>().await
    };
    tokio::select! {
        // The request is there when the connection is looked at first: what was said before is seen as such.
        biased;
        answer = answer => answer,
        never = moving => match never {},
    }
}

async fn read(response: Response<Incoming>, now: program::Time, end: Instant) -> Answered {
    let status = response.status().as_u16();
    let said = response.headers().get(RETRY_AFTER).filter(|_| matches!(status, 429 | 503));
    let retry_after = said.and_then(|value| value.to_str().ok()).and_then(|value| retry_after(value, now));
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    let is_whole = loop {
        let Ok(frame) = timeout_at(end, incoming.frame()).await else { break false };
        match frame {
            None => break true,
            Some(Err(_)) => break false,
            Some(Ok(frame)) => {
                // What comes after the body is nobody's concern.
                let Ok(bytes) = frame.into_data() else { continue };
                let room = MAX_ANSWER - body.len();
                body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                if bytes.len() > room {
                    break false;
                }
            }
        }
    };
    Answered { status, body, is_whole, retry_after, took: Duration::ZERO }
}

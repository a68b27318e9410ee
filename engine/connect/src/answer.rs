//! The result of a call, and who must act before a retry can do better.

use std::time::Duration;

use chrono::NaiveDateTime;
use program::Time;

use crate::{Refusal, Unfit};

/// The most bytes of an answer's body that are read, in bytes: enough for people to see what a server says.
pub const MAX_ANSWER: usize = 16 << 10;
/// The most bytes of an answer's head that are read, in bytes. Servers send one or two KiB.
pub const MAX_ANSWER_HEAD: usize = 16 << 10;
/// The longest that a server may put us off, whatever it says: what waits must not be forgotten.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// Who must act before another try can do better. Whether there is one follows from this and from nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nobody here: their server, or the way to it. The same call may succeed later.
    Server,
    /// Whoever set up where calls go, and by which rights. Until then no call to there succeeds.
    Configuration,
    /// Whoever made this one call. Others to the same place may succeed.
    Call,
}

impl Class {
    /// Whether the same call may succeed later without anybody here changing anything.
    pub fn is_retryable(self) -> bool {
        self == Self::Server
    }
}

/// A server's answer, whatever it says: a redirect is an answer, too, and is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Status code (RFC 9110, section 15).
    pub status: u16,
    /// The beginning of the body, at most [`MAX_ANSWER`] bytes, as it came: anything may stand in it.
    pub body: Vec<u8>,
    /// Whether the body is all there was. If not, it was longer, or broke off, or took too long.
    pub is_whole: bool,
    /// How long not to call again, as the server asks for it with 429 or 503, bounded by [`MAX_RETRY_AFTER`].
    pub retry_after: Option<Duration>,
    /// How long it took, from looking the name up to the end.
    pub took: Duration,
}

impl Answered {
    /// Who must act; none where it was taken (2xx).
    pub fn class(&self) -> Option<Class> {
        match self.status {
            200..=299 => None,
            // Too slow, too early, too many; and whatever is broken over there.
            408 | 425 | 429 | 500.. => Some(Class::Server),
            // What it says is not understood, not wanted, or too large.
            400 | 409 | 413 | 415 | 422 | 431 => Some(Class::Call),
            // Moved (3xx), forbidden, not there, gone (410): a person must look.
            300..=499 => Some(Class::Configuration),
            // Nothing that ends a call.
            _ => Some(Class::Server),
        }
    }
}

/// No answer, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Failed {
    /// What is wrong.
    pub fault: Fault,
    /// How long it took to find out.
    pub took: Duration,
}

impl Failed {
    /// Who must act.
    pub fn class(&self) -> Class {
        match self.fault {
            Fault::Refused(_) => Class::Configuration,
            Fault::Unfit(_) => Class::Call,
            _ => Class::Server,
        }
    }

    /// Whether the server may have got the call all the same. Then another try may be its second: [`Call::id`] tells it.
    ///
    /// [`Call::id`]: crate::Call::id
    pub fn may_have_arrived(&self) -> bool {
        matches!(self.fault, Fault::NoAnswer { .. } | Fault::Broken { .. } | Fault::Garbled { .. })
    }
}

/// Why there is no answer. `place` is host and port; no sentence repeats a URL, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The URL, or each address of its host.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The call itself.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The name has no address, or nobody could say.
    #[error("the name of {place} is not found: {error}")]
    Name {
        /// Where to.
        place: String,
        /// The resolver's words.
        error: String,
    },
    /// Each address was tried; this is what the last one said.
    #[error("no connection to {place}: {error}")]
    Connect {
        /// Where to.
        place: String,
        /// The system's words.
        error: String,
    },
    /// No encryption, or a certificate that is not theirs, not valid or not vouched for.
    #[error("no encryption with {place}: {error}")]
    Tls {
        /// Where to.
        place: String,
        /// What is wrong.
        error: String,
    },
    /// Name, connection and encryption took too long.
    #[error("no connection to {place} within {within:?}")]
    NoConnection {
        /// Where to.
        place: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// Connected, but no whole head of an answer came in time.
    #[error("no answer from {place} within {within:?}")]
    NoAnswer {
        /// Where to.
        place: String,
        /// How long the whole call may take.
        within: Duration,
    },
    /// The connection ended before there was a whole head of an answer.
    #[error("{place} broke off: {error}")]
    Broken {
        /// Where to.
        place: String,
        /// What was seen.
        error: String,
    },
    /// Not HTTP, or more than [`MAX_ANSWER_HEAD`] or 100 headers.
    #[error("the answer from {place} is no HTTP, or its head is too long")]
    Garbled {
        /// Where to.
        place: String,
    },
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3), seconds or a date, at most [`MAX_RETRY_AFTER`]; none if it says
/// neither.
pub fn retry_after(value: &str, now: Time) -> Option<Duration> {
    let value = value.trim();
    let after = if !value.is_empty() && value.bytes().all(|c| c.is_ascii_digit()) {
        // More than a number holds is longest.
        value.parse().map_or(MAX_RETRY_AFTER, Duration::from_secs)
    } else {
        let date = NaiveDateTime::parse_from_str(value, "%a, %d %b %Y %H:%M:%S GMT").ok()?;
        // What is over is at once.
        date.and_utc().signed_duration_since(now).to_std().unwrap_or_default()
    };
    Some(after.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_somebody_who_must_act() {
        use Class::{Call, Configuration, Server};
        let class = |status| {
            let (body, took) = (Vec::new(), Duration::ZERO);
            Answered { status, body, is_whole: true, retry_after: None, took }.class()
        };
        for (statuses, expected) in [
            (&[200, 201, 202, 204, 299][..], None),
            (&[408, 425, 429, 500, 501, 502, 503, 504, 520, 599, 999, 101], Some(Server)),
            (&[300, 301, 302, 303, 304, 307, 308], Some(Configuration)),
            (&[401, 402, 403, 404, 405, 406, 407, 410, 411, 418, 421, 451, 499], Some(Configuration)),
            (&[400, 409, 413, 415, 422, 431], Some(Call)),
        ] {
            for status in statuses {
                assert_eq!(class(*status), expected, "{status}");
            }
        }
        // No other 4xx is worth a second try.
        let again: Vec<_> = (300..500).filter(|status| class(*status).is_some_and(Class::is_retryable)).collect();
        assert_eq!(again, [408, 425, 429]);
    }

    #[test]
    fn a_server_puts_us_off_within_bounds() {
        let now = "2026-03-01T09:00:00Z".parse().unwrap();
        let seconds = |n| Some(Duration::from_secs(n));
        for (value, expected) in [
            ("0", seconds(0)),
            ("120", seconds(120)),
            (" 7 ", seconds(7)),
            ("86401", seconds(86_400)),
            ("99999999999999999999999", seconds(86_400)),
            ("Sun, 01 Mar 2026 09:00:30 GMT", seconds(30)),
            ("Sun, 01 Mar 2026 08:00:00 GMT", seconds(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", seconds(86_400)),
            ("", None),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("2026-03-01T09:00:30Z", None),
            ("Mon, 01 Mar 2026 09:00:30 GMT", None),
        ] {
            assert_eq!(retry_after(value, now), expected, "{value}");
        }
    }

    #[test]
    fn whose_fault_it_is_follows_from_what_is_wrong() {
        let place = || "example.com:443".to_owned();
        let within = Duration::from_secs(10);
        for (fault, class, arrived, text) in [
            (
                Fault::Refused(Refusal::Clear),
                Class::Configuration,
                false,
                "http:// sends everything in the clear; write https://",
            ),
            (
                Fault::Unfit(Unfit::Headers),
                Class::Call,
                false,
                "there are more than 32 headers, or they have more than 6144 bytes",
            ),
            (
                Fault::Name { place: place(), error: "no".into() },
                Class::Server,
                false,
                "the name of example.com:443 is not found: no",
            ),
            (
                Fault::Connect { place: place(), error: "refused".into() },
                Class::Server,
                false,
                "no connection to example.com:443: refused",
            ),
            (
                Fault::Tls { place: place(), error: "expired".into() },
                Class::Server,
                false,
                "no encryption with example.com:443: expired",
            ),
            (
                Fault::NoConnection { place: place(), within },
                Class::Server,
                false,
                "no connection to example.com:443 within 10s",
            ),
            (
                Fault::NoAnswer { place: place(), within },
                Class::Server,
                true,
                "no answer from example.com:443 within 10s",
            ),
            (
                Fault::Broken { place: place(), error: "end".into() },
                Class::Server,
                true,
                "example.com:443 broke off: end",
            ),
            (
                Fault::Garbled { place: place() },
                Class::Server,
                true,
                "the answer from example.com:443 is no HTTP, or its head is too long",
            ),
        ] {
            let failed = Failed { fault, took: Duration::ZERO };
            assert_eq!(
                (failed.class(), failed.may_have_arrived(), failed.to_string().as_str()),
                (class, arrived, text)
            );
        }
    }
}

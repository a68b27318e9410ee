//! The request of a call, within its bounds.

use std::fmt;

use program::Time;

use crate::signature::{BadId, Secret, check_id, sign};

/// The largest body, in bytes. The standard recommends less than 20 kB; many receivers take no more than 256 KiB.
pub const MAX_BODY: usize = 256 << 10;
/// The most headers that a call may name.
pub const MAX_HEADERS: usize = 32;
/// The most bytes that all headers have together, those of ours included: servers take 8 KiB of them, and there is the
/// line of the URL, too.
pub const MAX_HEADER_BYTES: usize = 6 << 10;

/// What a call may not say itself: how it is framed, who is asked, how the connection goes on, and what is signed.
const OURS: [&str; 14] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// One request to somebody's server: a POST of a body.
#[derive(Clone)]
pub struct Call {
    /// 1 to 255 letters, digits, `-` and `_`. Each try of the same call has the same one (`webhook-id`), so that who gets
    /// it twice can tell.
    pub id: String,
    /// When it is tried (`webhook-timestamp`).
    pub at: Time,
    /// Whose server. Judged when it is called, by the guard of the client.
    pub url: String,
    /// Further headers, such as `content-type` and `authorization`. Values are of visible ASCII, spaces and tabs.
    pub headers: Vec<(String, String)>,
    /// What is said, at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
    /// Each of them signs it; without one it is not signed.
    pub secrets: Vec<Secret>,
}

/// Why a call cannot be sent to anybody: it must be made otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// See [`Call::id`].
    #[error(transparent)]
    Id(#[from] BadId),
    /// More than [`MAX_BODY`].
    #[error("the body has {bytes} bytes; at most {MAX_BODY} are sent")]
    Body {
        /// How many it has.
        bytes: usize,
    },
    /// More than [`MAX_HEADERS`] or [`MAX_HEADER_BYTES`].
    #[error("there are more than {MAX_HEADERS} headers, or they have more than {MAX_HEADER_BYTES} bytes")]
    Headers,
    /// No token of RFC 9110, section 5.6.2.
    #[error("header {nth} has a name that is none: letters, digits and !#$%&'*+-.^_`|~")]
    Name {
        /// Which, from 1 on. What it says is not repeated: anything may stand there.
        nth: usize,
    },
    /// Ours.
    #[error("the header {name} is not for a call to set")]
    Ours {
        /// Which.
        name: String,
    },
    /// A line break would begin a header of somebody else's.
    #[error("the header {name} has a line break or another character in it that cannot be sent")]
    Value {
        /// Which.
        name: String,
    },
}

impl Call {
    /// All headers but those of the connection, as they are sent: names in lower case, the signature over what the body
    /// is now.
    pub fn head(&self) -> Result<Vec<(String, String)>, Unfit> {
        check_id(&self.id)?;
        if self.body.len() > MAX_BODY {
            return Err(Unfit::Body { bytes: self.body.len() });
        }
        if self.headers.len() > MAX_HEADERS {
            return Err(Unfit::Headers);
        }
        let mut head = Vec::with_capacity(self.headers.len() + 3);
        for (at, (name, value)) in self.headers.iter().enumerate() {
            if !is_token(name) {
                return Err(Unfit::Name { nth: at + 1 });
            }
            let name = name.to_ascii_lowercase();
            if OURS.contains(&name.as_str()) {
                return Err(Unfit::Ours { name });
            }
            if !is_value(value) {
                return Err(Unfit::Value { name });
            }
            head.push((name, value.clone()));
        }
        head.push(("webhook-id".into(), self.id.clone()));
        head.push(("webhook-timestamp".into(), self.at.timestamp().to_string()));
        if !self.secrets.is_empty() {
            head.push(("webhook-signature".into(), sign(&self.secrets, &self.id, self.at, &self.body)?));
        }
        // With colon, space and line break.
        let bytes: usize = head.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        if bytes > MAX_HEADER_BYTES { Err(Unfit::Headers) } else { Ok(head) }
    }
}

/// Says nothing that may be a secret: not the URL, not the headers.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut call = f.debug_struct("Call");
        call.field("id", &self.id).field("at", &self.at).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c))
}

/// RFC 9110, section 5.5, without what only old servers sent; no space at the ends, which would not arrive.
fn is_value(value: &str) -> bool {
    value.bytes().all(|c| matches!(c, b' '..=b'~' | b'\t')) && value.trim_matches([' ', '\t']) == value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(headers: &[(&str, &str)]) -> Call {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let url = "https://example.com/secret".into();
        Call { id: "msg_1".into(), at: Time::UNIX_EPOCH, url, headers, body: b"{}".to_vec(), secrets: Vec::new() }
    }

    #[test]
    fn the_head_is_what_was_given_and_what_is_signed() {
        let mut call = call(&[("Content-Type", "application/json"), ("X-A", "a\tb")]);
        let lines = |call: &Call| {
            let head = call.head().unwrap();
            head.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        let plain = ["content-type: application/json", "x-a: a\tb", "webhook-id: msg_1", "webhook-timestamp: 0"]
            .map(str::to_owned);
        assert_eq!(lines(&call), plain);
        call.secrets = vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()];
        let signed = lines(&call);
        assert_eq!(signed[..4], plain);
        assert_eq!(signed[4], "webhook-signature: v1,LJAufOokbyJ7jenyS507aOmG4ECZ8nFyOu6weTlBfHE=");
        assert_eq!(format!("{call:?}"), "Call { id: \"msg_1\", at: 1970-01-01T00:00:00Z, bytes: 2, .. }");
    }

    #[test]
    fn nothing_slips_in_and_nothing_grows() {
        let value = |name: &str| Err(Unfit::Value { name: name.into() });
        let ours = |name: &str| Err(Unfit::Ours { name: name.into() });
        let wide = "v".repeat(MAX_HEADER_BYTES);
        for (header, expected) in [
            (("x", "a\r\nHost: 127.0.0.1"), value("x")),
            (("x", "a\nb"), value("x")),
            (("x", "a\rb"), value("x")),
            (("x", "a\0b"), value("x")),
            (("x", "a\u{7f}"), value("x")),
            (("x", "ä"), value("x")),
            (("X", "a\u{560d}\u{560a}b"), value("x")),
            (("x", " a"), value("x")),
            (("x", "a\t"), value("x")),
            (("", "a"), Err(Unfit::Name { nth: 1 })),
            (("a b", "a"), Err(Unfit::Name { nth: 1 })),
            (("a:", "a"), Err(Unfit::Name { nth: 1 })),
            (("a\r\nb", "a"), Err(Unfit::Name { nth: 1 })),
            (("ä", "a"), Err(Unfit::Name { nth: 1 })),
            (("Host", "127.0.0.1"), ours("host")),
            (("Content-Length", "0"), ours("content-length")),
            (("transfer-encoding", "chunked"), ours("transfer-encoding")),
            (("Webhook-Signature", "v1,"), ours("webhook-signature")),
            (("x", &wide), Err(Unfit::Headers)),
        ] {
            assert_eq!(call(&[header]).head().map(drop), expected, "{header:?}");
        }
        assert_eq!(call(&[("a", "b"); MAX_HEADERS]).head().map(|head| head.len()), Ok(MAX_HEADERS + 2));
        assert_eq!(call(&[("a", "b"); MAX_HEADERS + 1]).head(), Err(Unfit::Headers));
        let mut large = call(&[]);
        large.body = vec![0; MAX_BODY];
        assert!(large.head().is_ok());
        large.body.push(0);
        assert_eq!(large.head(), Err(Unfit::Body { bytes: MAX_BODY + 1 }));
        assert_eq!(Call { id: "a.b".into(), ..call(&[]) }.head(), Err(Unfit::Id(BadId)));
    }
}

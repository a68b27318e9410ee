//! The reasons why something is not called, one sentence each.

use std::net::IpAddr;

use super::{Kind, MAX_URL};

/// Why a URL or an address is not called. Whoever set it up must change it, or an operator must allow it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than [`MAX_URL`] bytes.
    #[error("the URL is longer than {MAX_URL} bytes")]
    TooLong,
    /// Readers of URLs disagree about these: some drop them, some take a backslash for a slash.
    #[error("the URL has a space, a line break, a backslash or a control character in it")]
    Characters,
    /// Neither `https://` nor `http://`.
    #[error("the URL does not begin with https://")]
    Scheme,
    /// `http://`, where it is not allowed.
    #[error("http:// sends everything in the clear; write https://")]
    Clear,
    /// `user:password@`.
    #[error("the URL has an @ before the host; a password belongs into a header")]
    User,
    /// `#…`.
    #[error("the URL has a part after a #, which is never sent")]
    Fragment,
    /// None, or one that no resolver can be asked for.
    #[error("the host of the URL is no name and no address")]
    Host,
    /// `%6c`, and zones such as `%25eth0`.
    #[error("the host of the URL has a % in it")]
    Percent,
    /// The root's dot: other names, for certificates and for lists of names.
    #[error("the host of the URL ends with a dot; write it without")]
    Dot,
    /// What the standard of URLs refuses (<https://url.spec.whatwg.org>).
    #[error("the URL cannot be read: {0}")]
    Unreadable(url::ParseError),
    /// An address that is not written as addresses are: as one number, octal, hexadecimal, too short.
    #[error("the address of the URL is written in an unusual way; it would be {address}")]
    Spelling {
        /// What it is.
        address: IpAddr,
    },
    /// See [`Guard`](super::Guard) for the rule.
    #[error("port {port} is not for calls; use 443, 80, or one from 1024 on that is no other protocol's")]
    Port {
        /// Which.
        port: u16,
    },
    /// `localhost` and what ends with it.
    #[error("{name} is a name of this machine itself")]
    Localhost {
        /// Which.
        name: String,
    },
    /// `.local`, `.internal` and such, and names without a dot.
    #[error("{name} is a name inside of a private network")]
    Internal {
        /// Which.
        name: String,
    },
    /// A cloud's.
    #[error("{name} is where a cloud keeps its machines' passwords")]
    Metadata {
        /// Which.
        name: String,
    },
    /// Not of the public internet, and nobody allowed it.
    #[error("{address} is {kind}")]
    Address {
        /// Which; an IPv4 address in IPv6's clothes is said as what it is.
        address: IpAddr,
        /// What it is for.
        kind: Kind,
    },
}

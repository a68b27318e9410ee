//! SMTP (RFC 5321) over a pool of connections.

use std::{path::PathBuf, time::Duration};

use super::{Envelope, HandOver};

/// How to reach an SMTP server.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Encryption.
    pub tls: Tls,
    /// User and password, if the server asks for them.
    pub credentials: Option<(String, String)>,
    /// Further root certificates (PEM), for servers of one's own.
    pub ca: Option<PathBuf>,
    /// Name given in EHLO.
    pub hello: String,
    /// Width and patience.
    pub limits: Limits,
}

/// Encryption of the way to the server; certificates are always verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// None.
    None,
    /// STARTTLS where the server offers it (RFC 3207).
    Opportunistic,
    /// STARTTLS, or no mail.
    Required,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// Width and patience of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Mails on one connection before it is closed.
    pub messages: u32,
    /// How long a connection may lie idle.
    pub idle: Duration,
    /// Patience for connecting, with TLS and AUTH.
    pub connect: Duration,
    /// Patience for the reply to one command.
    pub command: Duration,
    /// Patience for sending the mail and for the reply to it.
    pub data: Duration,
}

/// Why a transport cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);

impl SmtpConfig {
    /// Reads `smtp://user:password@host:port?tls=required`. Schemes: `smtp` (port 25, STARTTLS where offered
    /// unless the host is this machine) and `smtps` (port 465). Options: `tls=required|opportunistic|none`,
    /// `ca=<PEM file>`, `hello=<name>`, `connections=<n>`, `messages=<n>`.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let _ = url;
        todo!()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pool {}

/// A connection on loan from the pool; goes back when it is dropped, if it is still good.
///
/// A hand-over has two halves, so that the caller can put a durable mark between them: before [`Self::data`]
/// nothing of the mail has left, after it the mail may have been taken.
#[derive(Debug)]
pub struct Connection {}

impl Connection {
    /// Names sender and recipient (MAIL, RCPT). `Err` is `Retry` or `Refused`; the connection can be used
    /// for the next mail either way.
    pub async fn begin(&mut self, envelope: &Envelope<'_>) -> Result<(), HandOver> {
        let _ = envelope;
        todo!()
    }

    /// Sends the mail itself (DATA). After a successful [`Self::begin`] only.
    pub async fn data(&mut self, raw: &[u8]) -> HandOver {
        let _ = raw;
        todo!()
    }
}

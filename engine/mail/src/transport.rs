//! The way out: a pool of SMTP connections, or the built-in inbox.

mod config;
mod pool;
mod probe;
mod session;
mod trust;
mod wire;

pub use config::{ConfigError, Limits, SmtpConfig, Tls};
pub use pool::Connection;
pub use probe::{ProbeError, Stage};

use crate::Mail;

/// Where mails are handed over. Cheap to clone; clones share the pool.
#[derive(Clone, Debug)]
pub struct Transport(Way);

#[derive(Clone, Debug)]
enum Way {
    Smtp(pool::Pool),
    Inbox,
}

/// Sender, recipient and size of one mail, for the first half of a hand-over.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Address for MAIL FROM.
    pub from: &'a str,
    /// Address for RCPT TO.
    pub to: &'a str,
    /// Size of the mail, in bytes.
    pub size: usize,
}

impl<'a> From<&'a Mail> for Envelope<'a> {
    fn from(mail: &'a Mail) -> Self {
        Self { from: &mail.envelope_from, to: &mail.envelope_to, size: mail.raw.len() }
    }
}

/// What became of a mail; says what the caller should do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// The next server answers for it now.
    Accepted {
        /// Its last reply.
        reply: String,
    },
    /// Not taken: try again later.
    Retry {
        /// The reply, or what broke.
        reason: String,
        /// Reply code of RFC 5321, if there was a reply.
        code: Option<u16>,
    },
    /// Not taken and never will be.
    Refused {
        /// The reply, with its enhanced status code (RFC 3463) if it has one.
        reason: String,
        /// Reply code of RFC 5321, if there was a reply.
        code: Option<u16>,
    },
    /// The mail was sent, the reply was lost: it may or may not have been taken.
    Unknown {
        /// What broke.
        reason: String,
    },
}

impl Transport {
    /// A transport by its URL: `inbox:`, `smtp://…` or `smtps://…` (see [`SmtpConfig::parse`]).
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        match url {
            "inbox:" | "inbox" => Ok(Self::inbox()),
            url => Self::smtp(SmtpConfig::parse(url)?),
        }
    }

    /// A pool of connections to one SMTP server. Connects when the first connection is asked for.
    pub fn smtp(config: SmtpConfig) -> Result<Self, ConfigError> {
        Ok(Self(Way::Smtp(pool::Pool::new(config)?)))
    }

    /// The built-in inbox: nothing leaves the house; the caller stores the mail itself.
    pub fn inbox() -> Self {
        Self(Way::Inbox)
    }

    /// Whether this is the built-in inbox. Its mails are settled in the store, not on a connection.
    pub fn is_inbox(&self) -> bool {
        matches!(self.0, Way::Inbox)
    }

    /// The most mails that can be under way at once; `None` for the inbox, which has no limit.
    pub fn width(&self) -> Option<usize> {
        match &self.0 {
            Way::Smtp(pool) => Some(pool.width()),
            Way::Inbox => None,
        }
    }

    /// A connection, from the pool or new; waits while all are in use. `Err` is always [`HandOver::Retry`].
    pub async fn connection(&self) -> Result<Connection, HandOver> {
        match &self.0 {
            Way::Smtp(pool) => pool.connection().await,
            Way::Inbox => Err(HandOver::Retry { reason: "the built-in inbox has no connections".into(), code: None }),
        }
    }
}

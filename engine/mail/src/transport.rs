//! Transports of mail: a pool of SMTP connections, or the built-in inbox.

mod config;
mod pool;
mod probe;
mod session;
mod talk;
mod trust;
mod wire;

pub use config::{ConfigError, Limits, SmtpConfig, Tls};
pub use pool::Connection;
pub use probe::ProbeError;

use program::Reason;

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

/// How far a hand-over came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The certificates that the configuration names.
    Certificates,
    /// The connection.
    Connect,
    /// Its encryption, and whether the certificate is the host's, vouched for and valid.
    Encrypt,
    /// The server's greeting, and EHLO.
    Hello,
    /// The password.
    LogIn,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// The mail itself.
    Body,
}

/// Why there is no connection on which a mail can be begun: no mail's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// How far it came.
    pub stage: Stage,
    /// The server, and its words or what broke.
    pub reason: Reason,
}

impl From<Unreached> for HandOver {
    fn from(unreached: Unreached) -> Self {
        Self::Retry { reason: unreached.reason, code: None }
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
        reason: Reason,
        /// Reply code of RFC 5321, if there was a reply.
        code: Option<u16>,
    },
    /// Not taken and never will be.
    Refused {
        /// The reply, with its enhanced status code (RFC 3463) if it has one.
        reason: Reason,
        /// Reply code of RFC 5321, if there was a reply.
        code: Option<u16>,
    },
    /// The mail was sent, the reply was lost: it may or may not have been taken.
    Unknown {
        /// What broke.
        reason: Reason,
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

    /// The same, where the machine has a name for EHLO that a URL need not repeat.
    pub fn parse_as(url: &str, hello: Option<&str>) -> Result<Self, ConfigError> {
        match url {
            "inbox:" | "inbox" => Ok(Self::inbox()),
            url => {
                let mut config = SmtpConfig::parse(url)?;
                config.hello = config.hello.or_else(|| hello.map(str::to_owned));
                Self::smtp(config)
            }
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

    /// Host and port of the server; none for the inbox.
    pub fn server(&self) -> Option<String> {
        match &self.0 {
            Way::Smtp(pool) => Some(pool.server()),
            Way::Inbox => None,
        }
    }

    /// A connection, from the pool or new; waits while all are in use.
    pub async fn reach(&self) -> Result<Connection, Unreached> {
        match &self.0 {
            Way::Smtp(pool) => pool.connection().await,
            Way::Inbox => {
                Err(Unreached { stage: Stage::Connect, reason: "the built-in inbox has no connections".into() })
            }
        }
    }

    /// The same where nobody asks how far it came. `Err` is always [`HandOver::Retry`].
    pub async fn connection(&self) -> Result<Connection, HandOver> {
        self.reach().await.map_err(Into::into)
    }
}

//! One conversation with a server: `lettre` speaks SMTP, this file decides what a reply means.

use std::{error::Error as _, fmt::Display, future::Future, str::FromStr, time::Duration};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::AsyncSmtpConnection,
        commands::{Auth, Data, Ehlo, Mail, Noop, Rcpt, Rset, Starttls},
        extension::{ClientId, MailBodyParameter, MailParameter},
        response::Response,
    },
};
use program::Reason;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::{Envelope, HandOver, Limits, SmtpConfig, Tls, wire};

/// A conversation, open for mails.
pub(super) struct Session {
    smtp: AsyncSmtpConnection,
    offers: Offers,
    limits: Limits,
    state: State,
    /// Mails taken so far.
    sent: u32,
    /// When the last reply came.
    used: Instant,
}

/// ```text
/// clean ──begin──▶ begun ──data──▶ clean
///   ▲  ╲refused      ╲dropped, refused
///   └─begin (RSET)── dirty          any: no reply, 421 ──▶ broken
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No transaction is open.
    Clean,
    /// Sender and recipient are accepted.
    Begun,
    /// A transaction may be open that must not go on.
    Dirty,
    /// Nothing more can be said on this connection.
    Broken,
}

/// What the server offers in its reply to EHLO.
#[derive(Clone, Debug, Default)]
struct Offers {
    pipelining: bool,
    utf8: bool,
    starttls: bool,
    /// Largest mail in bytes, if there is a limit (RFC 1870).
    size: Option<usize>,
    announces_size: bool,
    mechanisms: Vec<Mechanism>,
}

impl Session {
    /// Connects, encrypts and logs in. `Err` is always `Retry`: whatever is wrong here can be mended at the server or
    /// in the configuration, and no mail is lost meanwhile.
    pub(super) async fn open(config: &SmtpConfig, tls: Option<&TlsConnector>) -> Result<Self, HandOver> {
        let place = format!("{}:{}", config.host, config.port);
        match timeout(config.limits.connect, Self::connect(config, tls)).await {
            Ok(Ok(session)) => Ok(session),
            Ok(Err(reason)) => Err(HandOver::Retry { reason: format!("{place}: {reason}"), code: None }),
            Err(_) => Err(HandOver::Retry { reason: Reason::NoConnection { server: place }.into(), code: None }),
        }
    }

    async fn connect(config: &SmtpConfig, tls: Option<&TlsConnector>) -> Result<Self, String> {
        let stream = wire::connect(config).await.map_err(|error| error.to_string())?;
        let hello = ClientId::Domain(config.hello.clone());
        let tls = tls.filter(|_| config.tls != Tls::None);
        // STARTTLS takes the socket over from under `lettre`, so that whatever was sent unencrypted ahead of the
        // handshake is thrown away with the old buffer and cannot pass for a reply.
        let (wire, later) = match tls {
            Some(tls) if config.tls == Tls::Implicit => {
                (wire::encrypt(tls, &config.host, stream).await.map_err(|error| format!("TLS: {error}"))?, None)
            }
            Some(tls) => {
                let (stream, twin) = wire::twins(stream).map_err(|error| error.to_string())?;
                (wire::Wire::Plain(stream), Some((tls, twin)))
            }
            None => (wire::Wire::Plain(stream), None),
        };
        let mut smtp = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello).await.map_err(words)?;
        let mut offers = Offers::ask(&mut smtp, &hello).await?;
        if let Some((tls, twin)) = later {
            if offers.starttls {
                smtp.command(Starttls).await.map_err(words)?;
                let wire = wire::encrypt(tls, &config.host, twin).await.map_err(|error| format!("TLS: {error}"))?;
                #[allow(deprecated, reason = "the argument of `set_stream` cannot be made otherwise")]
                smtp.set_stream(lettre::transport::smtp::client::AsyncNetworkStream::use_existing_tokio1(Box::new(
                    wire,
                )));
                offers = Offers::ask(&mut smtp, &hello).await?;
            } else if config.tls == Tls::Required {
                return Err("the server offers no STARTTLS and the configuration requires it".into());
            }
        }
        if let Some((user, password)) = &config.credentials {
            log_in(&mut smtp, &offers, Credentials::new(user.clone(), password.clone())).await?;
        }
        offers.pipelining &= config.limits.pipelining;
        Ok(Self { smtp, offers, limits: config.limits, state: State::Clean, sent: 0, used: Instant::now() })
    }

    /// Names sender and recipient, in one flight where the server takes one.
    pub(super) async fn begin(&mut self, envelope: &Envelope<'_>) -> Result<(), Failure> {
        let (mail, rcpt) = self.envelope(envelope)?;
        let reset = (self.state != State::Clean).then(|| Rset.to_string());
        // Until the last reply is read, whatever happens leaves the transaction open.
        self.state = State::Dirty;
        let commands: Vec<_> = reset.into_iter().chain([mail, rcpt]).collect();
        let flights: Vec<_> = if self.offers.pipelining { vec![commands.concat()] } else { commands.clone() };
        let mut flights = flights.into_iter();
        let mut failure = None;
        for (n, command) in commands.iter().enumerate() {
            let reply = match flights.next() {
                Some(flight) => self.say(flight).await,
                None => self.hear().await,
            };
            let verb = command.get(..4).unwrap_or_default();
            if let Err(error) = reply {
                let new = self.failure(verb, &error, n == 0);
                let failed = failure.get_or_insert(new);
                // Replies to what is already in flight are read all the same, or the next mail would read them.
                if self.state == State::Broken || !self.offers.pipelining {
                    return Err(failed.clone());
                }
            }
        }
        match failure {
            Some(failure) => Err(failure),
            None => {
                self.state = State::Begun;
                Ok(())
            }
        }
    }

    /// Sends the mail. The one place where an outcome can be unknown.
    pub(super) async fn data(&mut self, raw: &[u8]) -> HandOver {
        if self.state != State::Begun {
            return HandOver::Retry { reason: "no recipient is accepted on this connection".into(), code: None };
        }
        self.state = State::Dirty;
        match self.say(Data).await {
            Ok(reply) if reply.has_code(354) => {}
            Ok(reply) => {
                self.state = State::Broken;
                return HandOver::Retry { reason: format!("DATA: unexpected reply {}", reply.code()), code: None };
            }
            Err(error) => return self.failure("DATA", &error, false).outcome,
        }
        // The terminator brings the last line end itself.
        let body = raw.strip_suffix(b"\r\n").unwrap_or(raw);
        // A cut of this future leaves the session broken, not half-told.
        self.state = State::Broken;
        let reply = within(self.limits.data, self.smtp.message(body)).await;
        self.used = Instant::now();
        match reply {
            Ok(reply) => {
                self.state = State::Clean;
                self.sent += 1;
                HandOver::Accepted { reply: tidy(&format!("{} {}", reply.code(), lines(&reply))) }
            }
            Err(Fault::Reply(error)) if error.status().is_some() => {
                self.state = State::Dirty;
                self.failure("the mail", &Fault::Reply(error), false).outcome
            }
            Err(fault) => HandOver::Unknown { reason: Reason::NoReply { error: fault.to_string() }.into() },
        }
    }

    /// Whether the connection can take another mail.
    pub(super) fn is_good(&self) -> bool {
        self.state != State::Broken && self.sent < self.limits.messages && !self.smtp.has_broken()
    }

    /// For how long nothing was said.
    pub(super) fn idle(&self) -> Duration {
        self.used.elapsed()
    }

    /// Asks whether the server still listens.
    pub(super) async fn answers(&mut self) -> bool {
        self.say(Noop).await.is_ok()
    }

    /// Takes leave, so that the server does not wait.
    pub(super) async fn quit(mut self) {
        if self.state != State::Broken {
            let _ = timeout(Duration::from_secs(5), self.smtp.quit()).await;
        }
    }

    /// The commands for an envelope, or why this server cannot take it.
    fn envelope(&self, envelope: &Envelope<'_>) -> Result<(String, String), Failure> {
        let address = |text: &str| {
            Address::from_str(text).map_err(|error| Failure::refused(format!("`{}`: {error}", tidy(text))))
        };
        let (from, to) = (address(envelope.from)?, address(envelope.to)?);
        if let Some(most) = self.offers.size.filter(|most| envelope.size > *most) {
            return Err(Failure::refused(Reason::TooLarge { size: envelope.size, most }));
        }
        let mut parameters = Vec::new();
        if self.offers.announces_size {
            parameters.push(MailParameter::Size(envelope.size));
        }
        if !envelope.from.is_ascii() || !envelope.to.is_ascii() {
            if !self.offers.utf8 {
                return Err(Failure::refused(Reason::NotAscii));
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
            parameters.push(MailParameter::SmtpUtfEight);
        }
        Ok((Mail::new(Some(from), parameters).to_string(), Rcpt::new(to, vec![]).to_string()))
    }

    async fn say(&mut self, command: impl Display) -> Result<Response, Fault> {
        let reply = within(self.limits.command, self.smtp.command(command)).await;
        self.used = Instant::now();
        reply
    }

    async fn hear(&mut self) -> Result<Response, Fault> {
        within(self.limits.command, self.smtp.read_response()).await
    }

    /// What a fault means for the mail and for the connection.
    fn failure(&mut self, verb: &str, fault: &Fault, first: bool) -> Failure {
        let (code, text) = match fault {
            Fault::Reply(error) => (error.status().map(u16::from), fault.to_string()),
            Fault::Late => (None, fault.to_string()),
        };
        let reason = match code {
            Some(code) => format!("{verb}: {code} {text}"),
            None => format!("{verb}: {text}"),
        };
        if code.is_none() || code == Some(421) {
            self.state = State::Broken;
        }
        let reason = tidy(&reason);
        let outcome = match code {
            Some(500..) => HandOver::Refused { reason, code },
            _ => HandOver::Retry { reason, code },
        };
        Failure { outcome, silent: first && code.is_none() }
    }
}

/// Why the first half of a hand-over failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) outcome: HandOver,
    /// The server said nothing at all: an old connection was gone before it was used.
    pub(super) silent: bool,
}

impl Failure {
    fn refused(reason: impl Into<String>) -> Self {
        Self { outcome: HandOver::Refused { reason: reason.into(), code: None }, silent: false }
    }
}

/// A reply that is no success, or none in time.
enum Fault {
    Reply(Error),
    Late,
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Late => Reason::Late.fmt(f),
            Self::Reply(error) => match (error.status(), error.source()) {
                // With a status, the source is the server's text and nothing else.
                (Some(_), Some(text)) => write!(f, "{text}"),
                _ => write!(f, "{error}"),
            },
        }
    }
}

async fn within(patience: Duration, reply: impl Future<Output = Result<Response, Error>>) -> Result<Response, Fault> {
    match timeout(patience, reply).await {
        Ok(reply) => reply.map_err(Fault::Reply),
        Err(_) => Err(Fault::Late),
    }
}

impl Offers {
    /// `lettre` asks too, but does not pass on what it does not use itself.
    async fn ask(smtp: &mut AsyncSmtpConnection, hello: &ClientId) -> Result<Self, String> {
        let reply = smtp.command(Ehlo::new(hello.clone())).await.map_err(words)?;
        let mut offers = Self::default();
        for line in reply.message().skip(1) {
            let mut words = line.split_ascii_whitespace().map(str::to_ascii_uppercase);
            match words.next().as_deref() {
                Some("PIPELINING") => offers.pipelining = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("STARTTLS") => offers.starttls = true,
                Some("SIZE") => {
                    offers.announces_size = true;
                    offers.size = words.next().and_then(|size| size.parse().ok()).filter(|size| *size > 0);
                }
                Some("AUTH") => {
                    offers.mechanisms.extend(words.filter_map(|name| match name.as_str() {
                        "PLAIN" => Some(Mechanism::Plain),
                        "LOGIN" => Some(Mechanism::Login),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        Ok(offers)
    }
}

/// AUTH (RFC 4954) with PLAIN, else LOGIN.
async fn log_in(smtp: &mut AsyncSmtpConnection, offers: &Offers, login: Credentials) -> Result<(), String> {
    let mechanism = [Mechanism::Plain, Mechanism::Login].into_iter().find(|m| offers.mechanisms.contains(m));
    let mechanism = mechanism.ok_or("the server takes no password here (neither AUTH PLAIN nor LOGIN)")?;
    let refused = |error| format!("AUTH {mechanism}: {}", words(error));
    let first = Auth::new(mechanism, login.clone(), None).map_err(refused)?;
    let mut reply = smtp.command(first).await.map_err(refused)?;
    for _ in 0..3 {
        if !reply.has_code(334) {
            return Ok(());
        }
        let next = Auth::new_from_response(mechanism, login.clone(), &reply).map_err(refused)?;
        reply = smtp.command(next).await.map_err(refused)?;
    }
    Err(format!("AUTH {mechanism}: the server asks without end"))
}

fn words(error: Error) -> String {
    match error.status() {
        Some(code) => tidy(&format!("{code} {}", Fault::Reply(error))),
        None => tidy(&error.to_string()),
    }
}

fn lines(reply: &Response) -> String {
    reply.message().collect::<Vec<_>>().join(" ")
}

/// A server's words as one line of bounded length.
fn tidy(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect::<String>().trim().to_owned()
}

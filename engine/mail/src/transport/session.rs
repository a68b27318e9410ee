//! One SMTP session with a server: its commands, and the meaning of each reply.

use std::{str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use lettre::{
    Address,
    transport::smtp::{
        commands::{Mail, Rcpt},
        extension::{MailBodyParameter, MailParameter},
    },
};
use program::Reason;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::{
    Envelope, HandOver, Limits, SmtpConfig, Stage, Tls, Unreached,
    talk::{Fault, Reply, Sent, Talk, shown},
    wire,
};

/// So many mails in a row that are put off may have been so for the connection's sake: the next has a new one.
const ENOUGH: u32 = 5;
/// How long a server may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

/// A conversation, open for mails.
pub(super) struct Session {
    talk: Talk,
    offers: Offers,
    limits: Limits,
    state: State,
    /// What was said last.
    stage: Stage,
    /// Mails taken so far.
    sent: u32,
    /// Mails put off in a row.
    put_off: u32,
    /// When the last reply came.
    used: Instant,
}

/// ```text
/// clean ──begin──▶ begun ──data──▶ clean
///   ▲  ╲refused      ╲dropped, refused
///   └─begin (RSET)── dirty          any: no reply, 421, out of step ──▶ broken
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
    /// AUTH (RFC 4954).
    plain: bool,
    login: bool,
}

impl Session {
    /// Connects, encrypts and logs in. Whatever is wrong here can be mended at the server or in the configuration, and no
    /// mail is lost meanwhile.
    pub(super) async fn open(config: &SmtpConfig, tls: Option<&TlsConnector>) -> Result<Self, Unreached> {
        let place = format!("{}:{}", config.host, config.port);
        let mut stage = Stage::Connect;
        match timeout(config.limits.connect, Self::connect(config, tls, &mut stage)).await {
            Ok(Ok(session)) => Ok(session),
            Ok(Err(why)) => Err(Unreached { stage, reason: format!("{place}: {}", shown(why.as_bytes())).into() }),
            Err(_) => Err(Unreached { stage, reason: Reason::NoConnection { server: place } }),
        }
    }

    async fn connect(config: &SmtpConfig, tls: Option<&TlsConnector>, stage: &mut Stage) -> Result<Self, String> {
        let stream = wire::connect(config).await.map_err(|error| error.to_string())?;
        let hello = config.hello.clone().unwrap_or_else(|| wire::literal(&stream));
        let patience = config.limits.connect;
        let tls = tls.filter(|_| config.tls != Tls::None);
        let wire = match tls {
            Some(tls) if config.tls == Tls::Implicit => {
                *stage = Stage::Encrypt;
                wire::encrypt(tls, &config.host, stream).await.map_err(|error| format!("TLS: {error}"))?
            }
            _ => wire::Wire::Plain(stream),
        };
        *stage = Stage::Hello;
        let mut talk = Talk::new(wire);
        positive(talk.hear(patience).await)?;
        let mut offers = Offers::ask(&mut talk, &hello, patience).await?;
        if let Some(tls) = tls.filter(|_| config.tls != Tls::Implicit) {
            if offers.starttls {
                *stage = Stage::Encrypt;
                positive(talk.say("STARTTLS\r\n", patience).await)?;
                let wire = talk.into_wire().map_err(|fault| format!("TLS: {fault}"))?;
                let wire = wire::upgrade(tls, &config.host, wire).await.map_err(|error| format!("TLS: {error}"))?;
                talk = Talk::new(wire);
                *stage = Stage::Hello;
                offers = Offers::ask(&mut talk, &hello, patience).await?;
            } else if config.tls == Tls::Required {
                *stage = Stage::Encrypt;
                return Err("the server offers no STARTTLS and the configuration requires it".into());
            }
        }
        if let Some((user, password)) = &config.credentials {
            *stage = Stage::LogIn;
            log_in(&mut talk, &offers, (user, password), patience).await?;
        }
        offers.pipelining &= config.limits.pipelining;
        let (limits, state, used) = (config.limits, State::Clean, Instant::now());
        Ok(Self { talk, offers, limits, state, stage: Stage::Sender, sent: 0, put_off: 0, used })
    }

    /// Names sender and recipient, in one flight where the server takes one.
    pub(super) async fn begin(&mut self, envelope: &Envelope<'_>) -> Result<(), Failure> {
        self.stage = Stage::Sender;
        let (mail, rcpt) = self.envelope(envelope)?;
        let reset = (self.state != State::Clean).then(|| "RSET\r\n".to_owned());
        // Until the last reply is read, whatever happens leaves the transaction open.
        self.state = State::Dirty;
        let commands: Vec<_> = reset.into_iter().chain([mail, rcpt]).collect();
        let flights: Vec<_> = if self.offers.pipelining { vec![commands.concat()] } else { commands.clone() };
        let mut flights = flights.into_iter();
        let mut failure: Option<(Failure, Stage)> = None;
        for (n, command) in commands.iter().enumerate() {
            let stage = if n + 1 == commands.len() { Stage::Recipient } else { Stage::Sender };
            let reply = match flights.next() {
                Some(flight) => self.say(&flight).await,
                None => self.hear().await,
            };
            let verb = command.get(..4).unwrap_or_default();
            let bad = match reply {
                Ok(reply) if reply.is_positive() => continue,
                // It was asked to forget the last mail: whatever it says to that is no word on this one.
                Ok(reply) if command.starts_with("RSET") => self.stuck(verb, &reply),
                Ok(reply) => self.refused(verb, &reply),
                Err(fault) => self.lost(verb, &fault, n == 0),
            };
            let (failed, at) = failure.get_or_insert((bad, stage));
            self.stage = *at;
            // Replies to what is already in flight are read all the same, or the next mail would read them.
            if self.state == State::Broken || !self.offers.pipelining {
                return Err(failed.clone());
            }
        }
        match failure {
            Some((failure, _)) => Err(failure),
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
        self.stage = Stage::Data;
        match self.say("DATA\r\n").await {
            Ok(reply) if reply.code == 354 => {}
            Ok(reply) => return self.refused("DATA", &reply).outcome,
            Err(fault) => return self.lost("DATA", &fault, false).outcome,
        }
        self.stage = Stage::Body;
        // A cut of this future leaves the session broken, not half-told.
        self.state = State::Broken;
        let sent = self.talk.mail(raw, self.limits.data).await;
        self.used = Instant::now();
        let unknown = |error: Reason| HandOver::Unknown { reason: Reason::NoReply { error: error.into() } };
        match sent {
            Sent::Whole(Ok(reply)) if reply.is_positive() => {
                self.state = State::Clean;
                self.sent += 1;
                self.put_off = 0;
                HandOver::Accepted { reply: shown(reply.to_string().as_bytes()) }
            }
            // Neither yes nor no.
            Sent::Whole(Ok(reply)) if reply.code < 400 => unknown(shown(reply.to_string().as_bytes()).into()),
            Sent::Whole(Ok(reply)) => {
                self.state = State::Dirty;
                self.refused("the mail", &reply).outcome
            }
            Sent::Whole(Err(fault)) => unknown(fault.into()),
            // It says that it took what it cannot have: whoever believes that loses a mail, who does not may send it twice.
            Sent::Part(Ok(reply)) if reply.code < 400 => {
                unknown(format!("the server said {reply} before the mail's end").into())
            }
            Sent::Part(Ok(reply)) | Sent::Nothing(Ok(reply)) => {
                let outcome = self.refused("the mail", &reply).outcome;
                self.state = State::Broken;
                outcome
            }
            // The mail's end was not sent, so nobody has taken it.
            Sent::Part(Err(fault)) | Sent::Nothing(Err(fault)) => self.lost("the mail", &fault, false).outcome,
        }
    }

    /// Whether the connection can take another mail.
    pub(super) fn is_good(&self) -> bool {
        self.state != State::Broken && self.put_off < ENOUGH && self.sent < self.limits.messages
    }

    /// For how long nothing was said.
    pub(super) fn idle(&self) -> Duration {
        self.used.elapsed()
    }

    /// What was said last.
    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Asks whether the server still listens.
    pub(super) async fn answers(&mut self) -> bool {
        self.say("NOOP\r\n").await.is_ok_and(|reply| reply.is_positive())
    }

    /// Takes leave, so that the server does not wait.
    pub(super) async fn quit(self) {
        if self.state != State::Broken {
            self.talk.quit(self.limits.command.min(FAREWELL)).await;
        }
    }

    /// The commands for an envelope, or why this server cannot take it.
    fn envelope(&self, envelope: &Envelope<'_>) -> Result<(String, String), Failure> {
        let address = |text: &str| {
            Address::from_str(text).map_err(|error| Failure::refused(format!("`{}`: {error}", shown(text.as_bytes()))))
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

    async fn say(&mut self, commands: &str) -> Result<Reply, Fault> {
        let reply = self.talk.say(commands, self.limits.command).await;
        self.used = Instant::now();
        reply
    }

    async fn hear(&mut self) -> Result<Reply, Fault> {
        self.talk.hear(self.limits.command).await
    }

    /// What a reply means that is no success. One that is no failure either was not what the command asks for.
    fn refused(&mut self, verb: &str, reply: &Reply) -> Failure {
        let code = Some(reply.code);
        if reply.code == 421 || reply.code < 400 {
            self.state = State::Broken;
        }
        // Some relays turn away what comes over a connection that has had its share, others put off what comes over one
        // that ends where something is in trouble.
        self.put_off += match verb {
            "MAIL" if self.sent > 0 => ENOUGH,
            _ => u32::from(reply.code < 500),
        };
        let reason = shown(format!("{verb}: {reply}").as_bytes()).into();
        let outcome = match reply.code {
            500.. => HandOver::Refused { reason, code },
            400.. => HandOver::Retry { reason, code },
            _ => HandOver::Retry {
                reason: format!("{verb}: unexpected reply {}", shown(reply.to_string().as_bytes())).into(),
                code: None,
            },
        };
        Failure { outcome, silent: false }
    }

    /// What it means that the server does not let go of what was before: this connection is of no more use.
    fn stuck(&mut self, verb: &str, reply: &Reply) -> Failure {
        self.state = State::Broken;
        let reason = shown(format!("{verb}: {reply}").as_bytes()).into();
        Failure { outcome: HandOver::Retry { reason, code: None }, silent: true }
    }

    /// What it means that there is no reply.
    fn lost(&mut self, verb: &str, fault: &Fault, first: bool) -> Failure {
        self.state = State::Broken;
        let outcome = HandOver::Retry { reason: format!("{verb}: {fault}").into(), code: None };
        Failure { outcome, silent: first }
    }
}

/// Why the first half of a hand-over failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) outcome: HandOver,
    /// The server said nothing to this mail: an old connection was gone or of no use before it was used.
    pub(super) silent: bool,
}

impl Failure {
    fn refused(reason: impl Into<Reason>) -> Self {
        Self { outcome: HandOver::Refused { reason: reason.into(), code: None }, silent: false }
    }
}

fn positive(reply: Result<Reply, Fault>) -> Result<Reply, String> {
    match reply {
        Ok(reply) if reply.is_positive() => Ok(reply),
        Ok(reply) => Err(reply.to_string()),
        Err(fault) => Err(fault.to_string()),
    }
}

impl Offers {
    async fn ask(talk: &mut Talk, hello: &str, patience: Duration) -> Result<Self, String> {
        let reply = positive(talk.say(&format!("EHLO {hello}\r\n"), patience).await)?;
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
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
                    for name in words {
                        offers.plain |= name == "PLAIN";
                        offers.login |= name == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        Ok(offers)
    }
}

/// AUTH (RFC 4954) with PLAIN, else LOGIN.
async fn log_in(
    talk: &mut Talk,
    offers: &Offers,
    (user, password): (&str, &str),
    patience: Duration,
) -> Result<(), String> {
    let (name, answers) = match (offers.plain, offers.login) {
        (true, _) => ("PLAIN", vec![format!("AUTH PLAIN {}", BASE64.encode(format!("\0{user}\0{password}")))]),
        (_, true) => ("LOGIN", vec!["AUTH LOGIN".to_owned(), BASE64.encode(user), BASE64.encode(password)]),
        _ => return Err("the server takes no password here (neither AUTH PLAIN nor LOGIN)".into()),
    };
    let last = answers.len() - 1;
    for (n, answer) in answers.iter().enumerate() {
        let reply =
            talk.say(&format!("{answer}\r\n"), patience).await.map_err(|fault| format!("AUTH {name}: {fault}"))?;
        match reply.code {
            200..=299 => return Ok(()),
            334 if n < last => {}
            _ => return Err(format!("AUTH {name}: {reply}")),
        }
    }
    Err(format!("AUTH {name}: the server asks without end"))
}

//! Configuration of an SMTP server, read from a URL.

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

/// How to reach an SMTP server.
#[derive(Clone, PartialEq, Eq)]
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
    /// Name given in EHLO; none: the address of this end of the connection.
    pub hello: Option<String>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; 8 if not said otherwise. Few are enough, many are slower.
    pub connections: usize,
    /// Mails on one connection before it is closed; 100 if not said otherwise.
    pub messages: u32,
    /// How long a connection may lie idle; 60 s.
    pub idle: Duration,
    /// Patience for connecting, with TLS and AUTH; 10 s.
    pub connect: Duration,
    /// Patience for the reply to one command; 30 s.
    pub command: Duration,
    /// Patience for sending the mail and for the reply to it; 60 s.
    pub data: Duration,
    /// Whether MAIL and RCPT go in one flight where the server offers PIPELINING (RFC 2920); yes if not said otherwise.
    pub pipelining: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8,
            messages: 100,
            idle: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            command: Duration::from_secs(30),
            data: Duration::from_secs(60),
            pipelining: true,
        }
    }
}

/// Why a transport cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);

fn wrong<T>(message: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(message.into()))
}

impl SmtpConfig {
    /// Reads `smtp://user:password@host:port?tls=required`. Schemes: `smtp` (port 25; STARTTLS where offered, required
    /// where there is a password, none where the host is this machine) and `smtps` (port 465). User and password are
    /// percent-encoded. Options: `tls=required|opportunistic|none`, `ca=<PEM file>`, `hello=<name>`,
    /// `connections=<n>`, `messages=<n>`, `pipelining=on|off`.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (implicit, port) = match scheme {
            "smtp" => (false, 25),
            "smtps" => (true, 465),
            _ => return wrong("a mail transport starts with smtp://, smtps:// or inbox:"),
        };
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
        let (host, port) = host_and_port(place.trim_end_matches('/'), port)?;
        let credentials = login.map(|login| {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            Ok((decode(user)?, decode(password)?))
        });
        let credentials = credentials.transpose()?;
        let tls = match (implicit, is_loopback(&host), &credentials) {
            (true, ..) => Tls::Implicit,
            (_, true, _) => Tls::None,
            (_, _, Some(_)) => Tls::Required,
            _ => Tls::Opportunistic,
        };
        let limits = Limits::default();
        let mut config = Self { host, port, tls, credentials, ca: None, hello: None, limits };
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            config.set(key, &decode(value)?)?;
        }
        if config.tls == Tls::Opportunistic && config.credentials.is_some() {
            return wrong(
                "a password is not sent where encryption is a matter of luck: write tls=required or tls=none",
            );
        }
        Ok(config)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        match (key, value) {
            ("tls", _) if self.tls == Tls::Implicit => return wrong("smtps:// is always encrypted; leave tls= out"),
            ("tls", "none") => self.tls = Tls::None,
            ("tls", "opportunistic") => self.tls = Tls::Opportunistic,
            ("tls", "required") => self.tls = Tls::Required,
            ("tls", _) => {
                return wrong("tls is one of required, opportunistic and none; certificates are always verified");
            }
            ("ca", path) => self.ca = Some(path.into()),
            ("hello", name) if is_host(name) => self.hello = Some(name.to_owned()),
            ("hello", _) => return wrong("hello is the name of this machine, such as mail.example.test"),
            ("connections", n) => self.limits.connections = number(key, n, 1_000)?,
            ("messages", n) => self.limits.messages = number(key, n, 1_000_000)? as u32,
            ("pipelining", "on" | "off") => self.limits.pipelining = value == "on",
            _ => {
                return wrong(format!(
                    "the option {key} is not known; there are tls, ca, hello, connections, messages and pipelining"
                ));
            }
        }
        Ok(())
    }
}

/// Without the password.
impl fmt::Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("user", &self.credentials.as_ref().map(|(user, _)| user))
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn number(key: &str, text: &str, most: usize) -> Result<usize, ConfigError> {
    match text.parse() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        _ => wrong(format!("{key} is a number from 1 to {most}")),
    }
}

fn host_and_port(place: &str, default: u16) -> Result<(String, u16), ConfigError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return wrong("the address of the mail server has no closing ]"),
        },
        None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    if !is_host(host) && host.parse::<IpAddr>().is_err() {
        return wrong(format!("`{host}` is no name of a mail server"));
    }
    match port.map(str::parse) {
        None => Ok((host.to_owned(), default)),
        Some(Ok(port)) if port > 0 => Ok((host.to_owned(), port)),
        Some(_) => wrong("the port of the mail server is a number from 1 to 65535"),
    }
}

fn is_host(name: &str) -> bool {
    let plain =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    name.len() <= 253 && name.trim_end_matches('.').split('.').all(plain)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Percent-decoding (RFC 3986, section 2.1).
fn decode(text: &str) -> Result<String, ConfigError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None if first == b'%' => return wrong("a % in a URL is written %25"),
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => Ok(text),
        _ => wrong("the mail URL has control characters in it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls() {
        let plain = SmtpConfig::parse("smtp://relay.example.test").unwrap();
        assert_eq!((plain.host.as_str(), plain.port, plain.tls), ("relay.example.test", 25, Tls::Opportunistic));
        assert_eq!(plain.limits, Limits::default());
        let local = SmtpConfig::parse("smtp://127.0.0.1:2525/?connections=2&messages=5&pipelining=off").unwrap();
        assert_eq!((local.port, local.tls, local.limits.connections, local.limits.messages), (2525, Tls::None, 2, 5));
        assert!(!local.limits.pipelining);
        let login = SmtpConfig::parse("smtp://ada%40x:p%3aw:d@host:587?hello=me.test&ca=/tmp/ca.pem").unwrap();
        assert_eq!(login.credentials, Some(("ada@x".into(), "p:w:d".into())));
        assert_eq!((login.tls, login.hello.as_deref()), (Tls::Required, Some("me.test")));
        assert!(!format!("{login:?}").contains("p:w"));
        assert_eq!(SmtpConfig::parse("smtps://[::1]").unwrap().tls, Tls::Implicit);
        assert_eq!(SmtpConfig::parse("smtp://u:p@host?tls=none").unwrap().tls, Tls::None);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (url, word) in [
            ("", "smtp://"),
            ("http://x", "smtp://"),
            ("smtp://", "no name"),
            ("smtp://host:0", "port"),
            ("smtp://host:x", "port"),
            ("smtp://ho st", "no name"),
            ("smtp://[::1", "]"),
            ("smtp://host?tls=insecure", "verified"),
            ("smtps://host?tls=none", "always"),
            ("smtp://u:p@host?tls=opportunistic", "password"),
            ("smtp://u:%0d%0a@host", "control"),
            ("smtp://u:%zz@host", "%25"),
            ("smtp://host?connections=0", "connections"),
            ("smtp://host?hello=a%20b", "hello"),
            ("smtp://host?speed=1", "speed"),
        ] {
            let error = SmtpConfig::parse(url).unwrap_err().to_string();
            assert!(error.contains(word), "{url}: {error}");
        }
    }
}

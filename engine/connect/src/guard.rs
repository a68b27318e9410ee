//! Decides what may be called. Every URL that a person or a program names passes it before anything is sent.
//!
//! A server that calls any URL opens its network to strangers (server-side request forgery). So URLs are read strictly:
//! what two readers could understand differently is refused, not corrected. A name proves nothing, because its owner
//! chooses its addresses. So `Client` asks [`Guard::judge`] about each address that it connects to.

mod address;
mod name;
mod network;
mod refusal;

use std::{
    fmt::{self, Write as _},
    net::IpAddr,
};

use url::{Host, Position, Url};

use self::name::Name;
pub use self::{
    address::Kind,
    network::{Network, NetworkError},
    refusal::Refusal,
};

/// The longest URL, in bytes: nobody's endpoint needs more, and it stands in tables and logs.
pub const MAX_URL: usize = 2_048;

/// Ports from 1024 on that are other protocols': what is sent there could be read as their commands. Those that
/// browsers refuse for the same reason (<https://fetch.spec.whatwg.org/#port-blocking>), and databases and queues, which
/// take commands by the line.
const OTHER_PROTOCOLS: [u16; 31] = [
    1433, 1521, 1719, 1720, 1723, 2049, 2181, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 6000, 6379,
    6432, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 9092, 10080, 11211, 27017,
];

/// What may be called. The default lets `https` to public addresses through, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// Whether `http://` is let through, too; not by default. Everything on the way can read it.
    pub http: bool,
    /// Whether this machine is let through (`127.0.0.0/8`, `::1`, `localhost`); not by default. For development: whatever
    /// listens on this machine can be called then.
    pub loopback: bool,
    /// Networks that are let through although they are not of the public internet; none by default. Where there is one,
    /// internal names are asked for. Never opens this machine, metadata of clouds, addresses of many machines at once and
    /// tunnels, whatever stands here.
    pub networks: Vec<Network>,
}

/// A URL that may be called, by its looks: the addresses of a name are judged when they are known.
///
/// It may hold a secret, so it is shown by [`Target::place`] only.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    port: u16,
}

impl Guard {
    /// Reads a URL as <https://url.spec.whatwg.org> says, and refuses what is not to be called, or not to be written so.
    pub fn target(&self, text: &str) -> Result<Target, Refusal> {
        let host = raw_host(text)?;
        let url = Url::parse(text).map_err(Refusal::Unreadable)?;
        if url.scheme() == "http" && !self.http {
            return Err(Refusal::Clear);
        }
        // The parser agrees that there is none.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::User);
        }
        match url.host().ok_or(Refusal::Host)? {
            Host::Domain(name) => self.check_name(name)?,
            Host::Ipv4(address) => {
                self.judge(address.into())?;
                if host != address.to_string() {
                    return Err(Refusal::Spelling { address: address.into() });
                }
            }
            // Brackets leave no doubt, and each of the usual ways to write it is in use.
            Host::Ipv6(address) => drop(self.judge(address.into())?),
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !matches!(port, 80 | 443 | 1024..) || OTHER_PROTOCOLS.contains(&port) {
            return Err(Refusal::Port { port });
        }
        Ok(Target { url, port })
    }

    /// Whether a connection may go to this address, and to which one it goes then: an IPv4 address that is written in
    /// IPv6 (`::ffff:1.2.3.4`) comes back as what it is. To be asked about what a resolver says, right before connecting
    /// to what is given back here.
    pub fn judge(&self, address: IpAddr) -> Result<IpAddr, Refusal> {
        let (address, kind) = address::kind(address);
        let Some(kind) = kind else { return Ok(address) };
        let named = || self.networks.iter().any(|network| network.contains(address));
        let open = match kind {
            _ if address::is_disguised(address) => false,
            Kind::Loopback => self.loopback,
            kind => kind.is_nameable() && named(),
        };
        if open { Ok(address) } else { Err(Refusal::Address { address, kind }) }
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let dotless = name.strip_suffix('.').unwrap_or(name);
        name::check_labels(dotless)?;
        let owned = || dotless.to_owned();
        match name::sort(dotless) {
            Name::Metadata => return Err(Refusal::Metadata { name: owned() }),
            Name::Localhost if !self.loopback => return Err(Refusal::Localhost { name: owned() }),
            Name::Internal if self.networks.is_empty() => return Err(Refusal::Internal { name: owned() }),
            Name::Public | Name::Localhost | Name::Internal => {}
        }
        if dotless == name { Ok(()) } else { Err(Refusal::Dot) }
    }
}

/// The host as it is written, in brackets or not; refuses what one reader would take for a host and another would not.
fn raw_host(text: &str) -> Result<&str, Refusal> {
    if text.len() > MAX_URL {
        return Err(Refusal::TooLong);
    }
    if text.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace()) {
        return Err(Refusal::Characters);
    }
    let (scheme, rest) = text.split_once("://").ok_or(Refusal::Scheme)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(Refusal::Scheme);
    }
    if rest.contains('#') {
        return Err(Refusal::Fragment);
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Refusal::User);
    }
    if authority.contains('%') {
        return Err(Refusal::Percent);
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    };
    if host.is_empty() { Err(Refusal::Host) } else { Ok(host) }
}

impl Target {
    /// Host and port, as in `example.com:443`: what may be shown.
    pub fn place(&self) -> String {
        format!("{}:{}", self.url.host_str().unwrap_or_default(), self.port)
    }

    /// The host: a name in lower case and in A-labels, or an address.
    pub fn host(&self) -> Host<&str> {
        // There is one, or it were no target.
        self.url.host().unwrap_or(Host::Domain(""))
    }

    /// The port, whether it was written or not.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is `https`.
    pub fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// What a request says after `Host:`. The port is in it where it is not the usual one.
    pub fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// Path and query as a request names them (RFC 3986): ASCII, beginning with a slash. What the standard of URLs leaves
    /// as it is and that of requests does not know, is encoded.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for c in self.url[Position::BeforePath..Position::AfterQuery].chars() {
            if c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=:@/?".contains(c) {
                path.push(c);
            } else {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // A text takes whatever is written.
                    let _ = write!(path, "%{byte:02X}");
                }
            }
        }
        path
    }

    /// The whole URL in its normal form. It may hold a secret: for tables, not for logs.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.place()).finish()
    }
}

#[cfg(test)]
mod tests;

//! Sends calls to other people's servers. Each call looks its host up once, judges every address, and connects to a
//! judged address. There is no second look-up, so a name that changes its address in between gains nothing.
//!
//! Redirects are answers and are not followed. Proxies of the environment are not used, because a proxy looks names up
//! itself. No connection is used twice: a kept one was judged by earlier rules, and calls of one kind go to many hosts.

mod budget;
mod exchange;
mod net;
mod trust;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use url::Host;

use self::net::{Net, Stream, System};
use crate::{Answered, Call, Failed, Fault, Guard, Refusal, Target};

/// Addresses of one host that are tried; more only cost time.
const MAX_ADDRESSES: usize = 4;
/// The longest words of an error, in characters: one about a certificate lists all of the names that are in it.
const MAX_WORDS: usize = 300;

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Patience for finding the name, connecting and encrypting, over all addresses; 10 s.
    pub connect: Duration,
    /// Patience for the whole call; 20 s, of the 15 to 30 s that Standard Webhooks asks for.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), whole: Duration::from_secs(20) }
    }
}

/// Why there can be no client: encryption cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("encryption cannot be set up: {0}")]
pub struct ClientError(String);

/// Sends calls. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    guard: Guard,
    limits: Limits,
    net: Box<dyn Net>,
    tls: TlsConnector,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("guard", &self.0.guard).field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that calls what the guard lets through. Reads the machine's certificate authorities, the first time.
    pub fn new(guard: Guard, limits: Limits) -> Result<Self, ClientError> {
        let tls = trust::connector(trust::authorities().clone())?;
        Ok(Self(Arc::new(Inner { guard, limits, net: Box::new(System::default()), tls })))
    }

    /// Sends it once. To be called in a runtime of tokio; dropped, it closes the connection.
    pub async fn send(&self, call: &Call) -> Result<Answered, Failed> {
        let started = Instant::now();
        let done = self.0.attempt(call, started).await;
        let took = started.elapsed();
        done.map(|answer| Answered { took, ..answer }).map_err(|fault| Failed { fault, took })
    }
}

impl Inner {
    async fn attempt(&self, call: &Call, started: Instant) -> Result<Answered, Fault> {
        let target = self.guard.target(&call.url)?;
        let request = exchange::request(&target, call)?;
        let end = started + self.limits.whole;
        let within = self.limits.connect.min(self.limits.whole);
        let connected = timeout_at(started + within, self.connect(&target, started + within)).await;
        let stream = connected.map_err(|_| Fault::NoConnection { place: target.place(), within })??;
        let answer = exchange::run(stream, request, call.at, end).await;
        answer.map_err(|ended| ended.of(target.place(), self.limits.whole))
    }

    /// A connection to an address that the guard lets through, encrypted where the URL says so.
    async fn connect(&self, target: &Target, end: Instant) -> Result<Box<dyn Stream>, Fault> {
        let addresses = self.addresses(target).await?;
        let mut error = String::new();
        for (at, address) in addresses.iter().enumerate() {
            // What does not answer leaves the others their share of the time, and encryption one.
            let share = end.saturating_duration_since(Instant::now()) / (addresses.len() - at + 1) as u32;
            match timeout(share, self.net.dial(SocketAddr::new(*address, target.port()))).await {
                Ok(Ok(stream)) if target.is_encrypted() => {
                    let name = server_name(target)?;
                    let encrypted = self.tls.connect(name, stream).await;
                    let failed = |error: std::io::Error| Fault::Tls { place: target.place(), error: words(&error) };
                    return Ok(Box::new(encrypted.map_err(failed)?));
                }
                Ok(Ok(stream)) => return Ok(Box::new(stream)),
                Ok(Err(failed)) => error = words(&failed),
                Err(_) => error = format!("no word from {address}"),
            }
        }
        Err(Fault::Connect { place: target.place(), error })
    }

    /// The addresses of the host that may be called. What may not is passed over: a host may have both, and the other kind
    /// is never tried.
    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, Fault> {
        let found = match target.host() {
            Host::Ipv4(address) => vec![address.into()],
            Host::Ipv6(address) => vec![address.into()],
            Host::Domain(name) => {
                let failed = |error: std::io::Error| Fault::Name { place: target.place(), error: words(&error) };
                self.net.resolve(name).await.map_err(failed)?
            }
        };
        let mut allowed = Vec::new();
        let mut refused: Option<Refusal> = None;
        for address in found {
            match self.guard.judge(address) {
                Ok(address) => allowed.push(address),
                Err(refusal) => drop(refused.get_or_insert(refusal)),
            }
        }
        allowed.truncate(MAX_ADDRESSES);
        match refused {
            _ if !allowed.is_empty() => Ok(allowed),
            Some(refusal) => Err(refusal.into()),
            None => Err(Fault::Name { place: target.place(), error: "it has no address".into() }),
        }
    }
}

fn server_name(target: &Target) -> Result<ServerName<'static>, Fault> {
    match target.host() {
        Host::Ipv4(address) => Ok(ServerName::from(IpAddr::from(address))),
        Host::Ipv6(address) => Ok(ServerName::from(IpAddr::from(address))),
        Host::Domain(name) => ServerName::try_from(name.to_owned())
            .map_err(|error| Fault::Tls { place: target.place(), error: words(&error) }),
    }
}

/// What an error says, on one line and not too long: a part of it may be the server's.
fn words(error: &dyn std::error::Error) -> String {
    let line = error.to_string().replace(char::is_control, " ");
    match line.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;

//! The public address of the installation. The links in its mails begin with it, so all nodes must agree. It is kept in
//! the database, where any node may put it. The other nodes follow while they run.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use mail::Transport;
use runner::Topic;
use store::Store;

use crate::{
    App,
    config::{Config, ConfigError, Role},
    hello,
};

/// Its name in the database.
pub(crate) const NAME: &str = "public_url";
/// How often a node asks what the others have said, should it not have heard of it.
const EVERY: Duration = Duration::from_secs(10);

/// Why there is no address that links can begin with.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// None was given, or what was given is none.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database, which may know it.
    #[error("database: {0}")]
    Store(#[from] store::Error),
}

/// Refuses a relay without an address before anything is made or migrated: see [`of`].
pub(crate) async fn demand(config: &Config) -> Result<(), AddressError> {
    let relay = config.mail.smtp.is_some() || config.mail.smtp_marketing.is_some();
    if !relay || config.http.public_url.is_some() || !config.work.has(Role::Dispatcher) {
        return Ok(());
    }
    let found = store::look(&config.place.direct_url()).await?;
    match found.is_some_and(|found| found.said.contains_key(NAME)) {
        true => Ok(()),
        false => Err(unsaid().into()),
    }
}

fn unsaid() -> ConfigError {
    ConfigError(
        "mail goes to a relay, and nobody has said under which address this installation is reached, which the links in \
         mails begin with: give --public-url https://HOST once, here or at any other node of this database"
            .into(),
    )
}

/// What the options say, else what the database knows.
pub(crate) async fn known(config: &Config, store: &Store) -> Result<Option<String>, AddressError> {
    let Some(given) = &config.http.public_url else { return Ok(store.installation(NAME).await?) };
    let given = given.trim().trim_end_matches('/');
    if hello::host(given).is_none() {
        let why = format!(
            "public_url: \"{given}\" is no address that links in mails can begin with; write http:// or https:// and a \
             host, such as https://mail.example.org"
        );
        return Err(ConfigError(why).into());
    }
    Ok(Some(given.to_owned()))
}

/// Keeps what the options say.
pub(crate) async fn keep(config: &Config, known: &str, store: &Store) -> store::Result<()> {
    let kept = store.installation(NAME).await?;
    if config.http.public_url.is_none() || kept.as_deref() == Some(known) {
        return Ok(());
    }
    if let Some(kept) = kept {
        tracing::warn!(%kept, given = %known, "the installation is reached under another address now; its other nodes follow");
    }
    store.set_installation(NAME, known).await
}

/// Follows what other nodes say, until it is dropped: mails written afterwards call back under the new address.
pub(crate) async fn follow(app: App) {
    let mut said = app.wake.listen(Topic::Installation);
    if app.config.http.public_url.is_some() {
        // The others may have heard of another one.
        app.wake.wake(Topic::Installation);
    }
    loop {
        tokio::select! {
            () = said.woken() => {}
            () = app.clock.sleep_past(app.clock.passed() + EVERY) => {}
        }
        match app.store.installation(NAME).await {
            Ok(Some(kept)) => turn(&app, &kept),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "which address the other nodes know could not be asked"),
        }
    }
}

fn turn(app: &App, kept: &str) {
    let before = app.links.public_url();
    if *before == *kept {
        return;
    }
    app.links.move_to(kept);
    match contradiction(app.config.http.public_url.as_deref(), Some(kept)) {
        Some(given) => tracing::warn!(
            %kept,
            %given,
            "another node was started with another public URL than this one, and links in mails begin with the one that was \
             said last: give all nodes the same"
        ),
        None => tracing::info!(%kept, %before, "the installation is reached under another address now"),
    }
}

/// What the options of a node say, where the nodes go by something else.
pub(crate) fn contradiction<'a>(given: Option<&'a str>, kept: Option<&str>) -> Option<&'a str> {
    let given = given?.trim().trim_end_matches('/');
    (kept? != given).then_some(given)
}

/// The address, or why this node must not start: mails that leave the house with links to nowhere are not called back.
pub(crate) fn of<'a>(
    config: &Config,
    known: Option<String>,
    ways: impl Iterator<Item = &'a Transport>,
    listens: SocketAddr,
) -> Result<String, ConfigError> {
    let relays: Vec<_> = ways.filter_map(Transport::server).filter(|_| config.work.has(Role::Dispatcher)).collect();
    match known {
        Some(url) => {
            if let Some(relay) = relays.iter().find(|relay| leads_nowhere(&url, relay)) {
                tracing::warn!(
                    %url,
                    %relay,
                    "links in mails lead readers to their own machine or nowhere: give --public-url the address under \
                     which they reach this installation"
                );
            }
            Ok(url)
        }
        None if !relays.is_empty() => Err(unsaid()),
        None => Ok(reachable(listens)),
    }
}

/// Whether mail leaves this machine, and what its links begin with does not.
fn leads_nowhere(url: &str, relay: &str) -> bool {
    let server = relay.rsplit_once(':').map_or(relay, |(host, _)| host).trim_matches(['[', ']']);
    hello::host(url).is_some_and(is_local) && !is_local(server)
}

/// Whether a host is a name for this machine, or for a house of its own.
pub(crate) fn is_local(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => host == "localhost" || host.ends_with(".localhost") || !host.contains('.'),
    }
}

/// Where a browser on this machine finds a server that listens there.
fn reachable(addr: SocketAddr) -> String {
    match addr.ip().is_unspecified() {
        true => format!("http://localhost:{}", addr.port()),
        false => format!("http://{addr}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_that_leave_have_links_that_lead_back() {
        for local in ["localhost", "127.0.0.1", "::1", "0.0.0.0", "shop", "a.localhost"] {
            assert!(is_local(local), "{local}");
        }
        assert!(!is_local("shop.example.test") && !is_local("192.0.2.1"));
        for (url, relay, nowhere) in [
            ("http://localhost:8080", "relay.example.test:587", true),
            ("http://[::1]:8080", "192.0.2.1:25", true),
            ("http://localhost:8080", "127.0.0.1:1025", false),
            ("http://localhost:8080", "mailpit:1025", false),
            ("https://mail.example.test", "relay.example.test:587", false),
        ] {
            assert_eq!(leads_nowhere(url, relay), nowhere, "{url} {relay}");
        }
    }
}

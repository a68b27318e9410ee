//! Under which address the installation is reached: the links in its mails begin with it, so all nodes must agree. It is
//! kept in the database, where any node may put it.

use std::net::SocketAddr;

use mail::Transport;
use store::Store;

use crate::{
    config::{Config, ConfigError, Role},
    hello,
    serve::StartError,
};

/// Its name in the database.
const NAME: &str = "public_url";

/// What the options say, else what the database knows. What the options say is kept.
pub(crate) async fn known(config: &Config, store: &Store) -> Result<Option<String>, StartError> {
    let kept = store.installation(NAME).await?;
    let Some(given) = &config.http.public_url else { return Ok(kept) };
    let given = given.trim().trim_end_matches('/');
    if hello::host(given).is_none() {
        let why = format!(
            "public_url: \"{given}\" is no address that links in mails can begin with; write http:// or https:// and a \
             host, such as https://mail.example.org"
        );
        return Err(ConfigError(why).into());
    }
    if kept.as_deref() != Some(given) {
        if let Some(kept) = kept {
            tracing::warn!(%kept, %given, "the installation is reached under another address; start its other nodes again");
        }
        store.set_installation(NAME, given).await?;
    }
    Ok(Some(given.to_owned()))
}

/// The address, or why this node must not start: mails that leave the house with links to nowhere are not called back.
pub(crate) fn of<'a>(
    config: &Config,
    known: Option<String>,
    mut ways: impl Iterator<Item = &'a Transport>,
    listens: SocketAddr,
) -> Result<String, ConfigError> {
    let leaves = config.work.has(Role::Dispatcher) && ways.any(|way| !way.is_inbox());
    match known {
        Some(url) => Ok(url),
        None if leaves => Err(ConfigError(
            "mail goes to a relay, and nobody has said under which address this installation is reached, which the links \
             in mails begin with: give --public-url https://HOST once, here or at any other node of this database"
                .into(),
        )),
        None => Ok(reachable(listens)),
    }
}

/// Where a browser on this machine finds a server that listens there.
fn reachable(addr: SocketAddr) -> String {
    match addr.ip().is_unspecified() {
        true => format!("http://localhost:{}", addr.port()),
        false => format!("http://{addr}"),
    }
}

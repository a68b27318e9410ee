//! Sealed secrets that this node cannot open.

use std::time::Duration;

use store::{Store, look};
use tokio::time::timeout;

use super::{Finding, ok, problem};
use crate::{
    config::Config,
    folder::{self, LINKS},
    seal::Seals,
};

const WHAT: &str = "sealed secrets";
/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nothing where there is no database that can be read, or nothing in it is sealed.
pub(super) async fn look_at(config: &Config) -> Option<Finding> {
    let given = config.http.seal_key.as_deref();
    let seals = match given {
        // Without a database in the folder there is no key to be drawn either, and nothing is made here.
        None => match std::fs::read_to_string(config.place.folder().join("seal-key")) {
            Ok(text) => Seals::parse(&text),
            Err(_) => Ok(Seals::default()),
        },
        Some(text) => Seals::parse(text),
    };
    let remedy = "Give the key with which it was sealed as seal_key, after those that seal now, with a comma.";
    let seals = match seals {
        Ok(seals) => seals,
        Err(error) => return Some(problem(WHAT, error.to_string(), "Make one with: openssl rand -hex 32")),
    };
    let found = timeout(PATIENCE, look(&config.place.direct_url())).await.ok()?.ok()??;
    if found.done == 0 || found.expect_complete().is_err() {
        return None;
    }
    let read = async {
        let store = Store::examine(&config.place.database.options(config.place.database_url())).ok()?;
        let kept = store.kept_secret(LINKS.row).await;
        store.close().await;
        kept.ok()?
    };
    let kept = timeout(PATIENCE, read).await.ok()??;
    if !Seals::is_sealed(&kept) {
        return None;
    }
    Some(match folder::opened(kept, &seals) {
        Ok(_) => ok(WHAT, "all can be opened"),
        Err(error) => problem(WHAT, format!("the secret that signs links: {error}"), remedy),
    })
}

//! Contacts that were made of one address in two spellings.

use std::time::Duration;

use serde::Serialize;
use store::{Contact, Store, look};
use tokio::time::timeout;

use super::{Finding, note, ok};
use crate::{access::HOME, config::Config};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most pairs that are told.
const MOST: usize = 20;
const WHAT: &str = "contacts";

/// Two contacts that are one person, as far as the address tells.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    one: One,
    other: One,
}

#[derive(Debug, Serialize)]
struct One {
    id: uuid::Uuid,
    email: String,
}

/// Nothing where there is no database, or none that this build can read; who looks at it says so.
pub(super) async fn look_at(config: &Config) -> Option<Finding> {
    let found = timeout(PATIENCE, look(&config.place.direct_url())).await.ok()?.ok()??;
    if found.done == 0 || found.expect_complete().is_err() {
        return None;
    }
    let read = async {
        let store = Store::examine(&config.place.database.options(config.place.database_url()))?;
        let told = store.contacts_with_two_spellings(HOME, MOST).await;
        store.close().await;
        told
    };
    let remedy = "See the finding on the database, and ask again.";
    Some(match timeout(PATIENCE, read).await {
        Ok(Ok((pairs, _))) if pairs.is_empty() => ok(WHAT, "no address is there in two spellings"),
        Ok(Ok((pairs, more))) => told(&pairs, more),
        Ok(Err(error)) => note(WHAT, format!("they cannot be read: {error}"), remedy),
        Err(_) => note(WHAT, format!("they were not read within {} s", PATIENCE.as_secs()), remedy),
    })
}

fn told(pairs: &[(Contact, Contact)], more: usize) -> Finding {
    let all = pairs.len() + more;
    let seen = match all {
        1 => "one address is there twice, in two spellings of its domain".to_owned(),
        all => format!("{all} addresses are there twice, in two spellings of their domain"),
    };
    let remedy = "Such contacts stay two, each with its own history. Where that matters, send events with the external id \
                  of the one that is to go on.";
    let one = |contact: &Contact| One { id: contact.id.uuid(), email: contact.email.clone().unwrap_or_default() };
    let pairs = pairs.iter().map(|(this, other)| Pair { one: one(this), other: one(other) }).collect();
    Finding { pairs, more, ..note(WHAT, seen, remedy) }
}

impl Pair {
    pub(super) fn line(&self) -> String {
        let Self { one, other } = self;
        format!("{} ({}) and {} ({})", one.email, one.id, other.email, other.id)
    }
}

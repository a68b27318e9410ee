//! The one-time link of the first start. Its holder makes the first user.
//!
//! Its digest is in the database for a day or until a link is used, so any node accepts it. Every start prints a
//! further link while there is no account. The first account uses all of them up.

use chrono::TimeDelta;
use runner::Clock;
use store::Store;

use super::{HOME, secret};

/// How long a link is good.
const LIFE: TimeDelta = TimeDelta::hours(24);

/// Draws a token and keeps its digest; nothing where there is a user.
pub async fn draw(store: &Store, clock: &Clock) -> store::Result<Option<String>> {
    let workspace = HOME;
    if !store.users(workspace).await?.is_empty() {
        return Ok(None);
    }
    let (token, now) = (secret::draw(), clock.now());
    store.create_setup_link(workspace, &secret::digest(&token), now, now + LIFE).await?;
    Ok(Some(token))
}

//! The one-time link of the first start: whoever holds it makes the first user.
//!
//! It lives in this process's memory, as a digest, for a day or until it is used. A restart prints a new one as long
//! as nobody has an account; on many nodes `stafette users create` does the same without a link.

use std::sync::Mutex;

use chrono::TimeDelta;
use program::Time;

use super::secret;

/// How long a link is good.
const LIFE: TimeDelta = TimeDelta::hours(24);

/// The link that is good now, if any.
#[derive(Debug, Default)]
pub struct SetupLink(Mutex<Option<(store::Digest, Time)>>);

impl SetupLink {
    /// Draws a token; the one before is good no more.
    pub fn draw(&self, now: Time) -> String {
        let token = secret::draw();
        *self.lock() = Some((secret::digest(&token), now + LIFE));
        token
    }

    /// Whether this is the token; it is used up then.
    pub fn take(&self, token: &str, now: Time) -> bool {
        let mut link = self.lock();
        let good =
            link.as_ref().is_some_and(|(digest, end)| now < *end && secret::same(digest, &secret::digest(token)));
        if good {
            *link = None;
        }
        good
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(store::Digest, Time)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_good_once_and_for_a_day() {
        let (link, now) = (SetupLink::default(), chrono::DateTime::UNIX_EPOCH);
        let token = link.draw(now);
        assert!(!link.take("0", now) && !link.take(&token, now + LIFE));
        assert!(link.take(&token, now) && !link.take(&token, now));
    }
}

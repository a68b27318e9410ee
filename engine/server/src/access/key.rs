//! API keys as text: `stf_live_<id>_<secret>`. The id finds the key in lists and logs; the secret is shown once.

use program::KeyId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::secret;

/// How every key begins, so that scanners find one that leaked.
pub const PREFIX: &str = "stf_live_";

/// What a key may do. People who are signed in may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, Serialize, Deserialize)]
pub enum Scope {
    /// Report events.
    #[value(name = "events:write")]
    #[serde(rename = "events:write")]
    EventsWrite,
    /// Read everything but keys.
    #[value(name = "read")]
    #[serde(rename = "read")]
    Read,
    /// Everything, the other scopes included.
    #[value(name = "admin")]
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EventsWrite, Self::Read, Self::Admin];

    /// Its name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventsWrite => "events:write",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The text of a key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    /// Which key.
    pub id: KeyId,
    secret: String,
}

impl KeyText {
    /// A new secret for this id.
    pub fn draw(id: KeyId) -> Self {
        Self { id, secret: secret::draw() }
    }

    /// Reads a key; `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let well_formed = id.len() == 32 && secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = KeyId(Uuid::try_parse(id).ok()?);
        well_formed.then(|| Self { id, secret: secret.into() })
    }

    /// What the database keeps.
    pub fn digest(&self) -> store::Digest {
        secret::digest(&self.secret)
    }

    /// The whole key, to be shown once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.id.uuid().simple(), self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        let key = KeyText::draw(KeyId(Uuid::from_u128(7)));
        assert!(KeyText::parse(&key.reveal()) == Some(key.clone()));
        for bad in ["", "stf_live_", "stf_live_1_2", &key.reveal()[1..], &format!("{}0", key.reveal())] {
            assert!(KeyText::parse(bad).is_none(), "{bad}");
        }
    }
}

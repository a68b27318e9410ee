//! Typed identifiers: uuids for rows, short names for what people write in files.
//!
//! Nothing here draws an id: ids are arguments (`runner::Clock` is their source).

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

macro_rules! typed_uuids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The bare uuid, as databases and the wire carry it.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

typed_uuids! {
    /// One call of somebody's server.
    CallId,
    /// A person that mail can reach.
    ContactId,
    /// One thing that happened.
    EventId,
    /// An API key.
    KeyId,
    /// One mail to one contact.
    MessageId,
    /// A program, over all its versions.
    ProgramId,
    /// A mail stream, over all its versions.
    StreamId,
    /// One contact's place in one program version.
    TokenId,
    /// Somebody who may sign in.
    UserId,
    /// One immutable version of a program or of a stream.
    VersionId,
    /// A tenant: every row belongs to one.
    WorkspaceId,
}

impl WorkspaceId {
    /// The one workspace that exists until an installation makes more.
    pub const DEFAULT: Self = Self(Uuid::from_u128(1));

    /// The workspace of a test run, from a fresh id: a UUID of version 8, so that it can be told from the others
    /// wherever it is seen.
    pub const fn test_run(fresh: Uuid) -> Self {
        Self(Uuid::from_u128(fresh.as_u128() & !(0xf << 76) | 8 << 76))
    }

    /// Whether what happens in it is a test.
    pub const fn is_test_run(self) -> bool {
        self.0.get_version_num() == 8
    }
}

/// A name that breaks its rule; the text says the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} \"{given}\" is not allowed: {rule}")]
pub struct NameError {
    what: &'static str,
    given: String,
    rule: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $what:literal, $valid:path, $rule:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the rule and keeps the name.
            pub fn new(name: &str) -> Result<Self, NameError> {
                if $valid(name) {
                    Ok(Self(name.into()))
                } else {
                    let given = name.chars().take(80).collect();
                    Err(NameError { what: $what, given, rule: $rule })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    )*};
}

names! {
    /// A node within its program.
    NodeId: "node id", is_slug, "1 to 64 of a-z, 0-9, - and _, starting with a letter or digit";
    /// A program within its workspace; also its folder's name.
    ProgramName: "program name", is_slug, "1 to 64 of a-z, 0-9, - and _, starting with a letter or digit";
    /// A mail stream within its workspace; also its file's name.
    StreamName: "stream name", is_slug, "1 to 64 of a-z, 0-9, - and _, starting with a letter or digit";
    /// What happened, such as `order.placed`.
    EventType: "event type", is_event_type, "1 to 128 printable characters, no blank at either end";
}

fn is_slug(name: &str) -> bool {
    let tail = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(tail)
}

fn is_event_type(name: &str) -> bool {
    (1..=128).contains(&name.chars().count()) && name.trim() == name && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_rule() {
        for good in ["a", "order-follow-up", "7_days"] {
            assert!(NodeId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "Order", "a b", "ä", &"x".repeat(65)] {
            assert!(NodeId::new(bad).is_err(), "{bad}");
        }
        assert!(EventType::new("Order Completed").is_ok());
        for bad in ["", " a", "a\r\nb", &"x".repeat(129)] {
            assert!(EventType::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn workspaces_of_test_runs_are_told_from_others() {
        let fresh = Uuid::from_u128(0x0190_0000_0000_7abc_8def_0123_4567_89ab);
        let run = WorkspaceId::test_run(fresh);
        assert_eq!(run.to_string(), "01900000-0000-8abc-8def-0123456789ab");
        assert_eq!([run, WorkspaceId::DEFAULT, fresh.into()].map(WorkspaceId::is_test_run), [true, false, false]);
    }
}

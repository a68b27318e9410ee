//! The number of proxies in front: a number, or `true` for one, as in former builds.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};

/// The number of trusted proxies; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Proxies(u8);

/// The most proxies: more than anybody has in a row.
const MOST: u8 = 16;
/// The allowed values.
const EXPECTED: &str = "a number of proxies from 0 to 16, or true or false";

impl Proxies {
    /// How many.
    pub fn count(self) -> usize {
        self.0.into()
    }
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(Self(1)),
            "false" => Ok(Self(0)),
            _ => text.parse().ok().filter(|n| *n <= MOST).map(Self).ok_or_else(|| format!("expected {EXPECTED}")),
        }
    }
}

impl<'de> Deserialize<'de> for Proxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Said;

        impl Visitor<'_> for Said {
            type Value = Proxies;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<Proxies, E> {
                Ok(Proxies(yes.into()))
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<Proxies, E> {
                let count = u8::try_from(n).ok().filter(|n| *n <= MOST);
                count.map(Proxies).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(n), &self))
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<Proxies, E> {
                let count = u64::try_from(n).map_err(|_| E::invalid_value(Unexpected::Signed(n), &self))?;
                self.visit_u64(count)
            }
        }

        deserializer.deserialize_any(Said)
    }
}

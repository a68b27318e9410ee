//! When each attribute of a contact was stated. Pure.

use std::collections::BTreeMap;

use program::Time;

use crate::{Error, Result};

/// The time of each statement, by attribute; those that it does not name are of one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// In milliseconds since 1970.
    others: i64,
    named: BTreeMap<String, i64>,
}

/// What the opt-in goes by among the attributes; an event's `opt_in` is none.
pub(crate) const OPT_IN: &str = "opt_in";
/// Under which the time of the others is written.
const OTHERS: &str = "";

impl Said {
    /// All of one time.
    pub(crate) fn at(time: Time) -> Self {
        Self { others: time.timestamp_millis(), named: BTreeMap::new() }
    }

    /// As it was written; before it was, all that is known was said when the contact changed last.
    pub(crate) fn read(text: Option<&str>, updated_at: Time) -> Result<Self, serde_json::Error> {
        let Some(text) = text else { return Ok(Self::at(updated_at)) };
        let mut named: BTreeMap<String, i64> = serde_json::from_str(text)?;
        Ok(Self { others: named.remove(OTHERS).unwrap_or(i64::MIN), named })
    }

    pub(crate) fn write(&self) -> Result<String> {
        let all =
            std::iter::once((OTHERS, self.others)).chain(self.named.iter().map(|(name, at)| (name.as_str(), *at)));
        let all: BTreeMap<&str, i64> = all.collect();
        serde_json::to_string(&all).map_err(|error| Error::Invalid { field: "said_at", why: error.to_string() })
    }

    /// When the word about this one was said.
    pub(crate) fn of(&self, name: &str) -> i64 {
        self.named.get(name).copied().unwrap_or(self.others)
    }

    pub(crate) fn say(&mut self, name: &str, at: i64) {
        if at == self.others {
            self.named.remove(name);
        } else {
            self.named.insert(name.to_owned(), at);
        }
    }

    /// Says that there is no such thing any more, so nothing that was said before brings it back.
    pub(crate) fn remove(&mut self, name: &str, at: i64) {
        self.named.insert(name.to_owned(), at);
    }

    /// Whether something of its own was said about this one.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    /// Written shorter where all that is known was said at one time, as by a caller that says all each time. What was
    /// removed is not known, and keeps its time.
    pub(crate) fn settle<'a>(&mut self, known: impl Iterator<Item = &'a str> + Clone) {
        let mut times = known.clone().map(|name| self.of(name));
        let Some(first) = times.next() else { return };
        if times.all(|time| time == first) {
            known.for_each(|name| {
                self.named.remove(name);
            });
            self.others = first;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap();
        let mut said = Said::at(at(5));
        said.say("tier", 7_000);
        said.say("city", 5_000);
        assert_eq!(said.write().unwrap(), r#"{"":5000,"tier":7000}"#);
        assert_eq!(Said::read(Some(&said.write().unwrap()), at(9)).unwrap(), said);
        assert_eq!((said.of("tier"), said.of(OPT_IN)), (7_000, 5_000));
        said.settle(["tier", "city"].into_iter());
        assert_eq!(said.of("city"), 5_000);
        said.say("city", 7_000);
        said.settle(["tier", "city"].into_iter());
        assert_eq!(said.write().unwrap(), r#"{"":7000}"#);
        assert_eq!(Said::read(None, at(9)).unwrap(), Said::at(at(9)));
        said.remove("gone", 7_000);
        said.settle(["tier", "city"].into_iter());
        assert_eq!(said.write().unwrap(), r#"{"":7000,"gone":7000}"#);
        assert!(said.names("gone") && !said.names("tier"));
    }
}

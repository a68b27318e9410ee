//! The parts of a sentence. Each is written in words and read back.

use std::{borrow::Cow, fmt};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{CountFact, EventType, Hours, Kinds, LocalTime, NodeId, Period, StreamName, ValueKind, Weekdays};

/// A date and time by the clocks of a place. The zone is its name only, so that who reads it need not know them all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// What the clocks show.
    pub time: LocalTime,
    /// Where they hang.
    pub zone: Cow<'static, str>,
}

/// A part of the week by the clocks of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// On which days.
    pub days: Weekdays,
    /// From when to when.
    pub hours: Hours,
    /// Where the clocks hang.
    pub zone: Cow<'static, str>,
}

/// How often a contact had an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub fact: CountFact,
    /// How often it was there.
    pub times: u64,
}

/// Some names of more, as they stand between commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The names.
    pub shown: String,
    /// How many there are beside them.
    pub more: usize,
}

/// What to say about a name that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// The one that was most likely meant.
    Meant(String),
    /// Those that there are.
    Known(Names),
}

impl Names {
    /// At most so many of these.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        Self { shown: names[..names.len().min(most)].join(BETWEEN), more: names.len().saturating_sub(most) }
    }
}

/// What can stand in a blank.
pub(crate) trait Part: Sized {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn read(text: &str) -> Option<Self>;
}

/// A part on its way into a sentence.
pub(crate) struct Written<'a, T>(pub(crate) &'a T);

impl<T: Part> fmt::Display for Written<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

macro_rules! as_they_are {
    ($($type:ty),*) => {$(
        impl Part for $type {
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

as_they_are!(u8, u32, u64, usize, Hours, NaiveDate, NodeId, StreamName, String);

impl Part for Names {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)?;
        if self.more > 0 { write!(f, " and {} more", self.more) } else { Ok(()) }
    }

    fn read(text: &str) -> Option<Self> {
        let more = text.strip_suffix(" more").and_then(|text| text.rsplit_once(" and "));
        let more = more.and_then(|(shown, more)| Some((shown, more.parse().ok()?)));
        let (shown, more) = more.unwrap_or((text, 0));
        Some(Self { shown: shown.to_owned(), more })
    }
}

impl Part for Suggestion {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meant(name) => write!(f, "did you mean \"{name}\"?"),
            Self::Known(names) => write!(f, "known are {}.", Written(names)),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("did you mean \"") {
            Some(name) => Some(Self::Meant(name.strip_suffix("\"?")?.to_owned())),
            None => Names::read(text.strip_prefix("known are ")?.strip_suffix('.')?).map(Self::Known),
        }
    }
}

impl Part for Kinds {
    /// `a text`, `a list, or an object`.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list().next().is_none() {
            return f.write_str(NO_KIND);
        }
        for (at, kind) in self.list().enumerate() {
            f.write_str(if at > 0 { OR } else { "" })?;
            f.write_str(kind_words(kind))?;
        }
        Ok(())
    }

    fn read(text: &str) -> Option<Self> {
        if text == NO_KIND {
            return Some([].into_iter().collect());
        }
        let kind = |words| ValueKind::ALL.into_iter().find(|kind| kind_words(*kind) == words);
        text.split(OR).map(kind).collect()
    }
}

/// What null and bytes are called.
const NO_KIND: &str = "nothing";
const OR: &str = ", or ";

fn kind_words(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::String => "a text",
        ValueKind::Number => "a number",
        ValueKind::Bool => "a yes or no",
        ValueKind::List => "a list",
        ValueKind::Object => "an object",
    }
}

impl Part for EventType {
    /// In quotes where it could be taken for more than a name.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.as_str();
        let plain = !name.starts_with('"') && !name.contains(',');
        if plain { f.write_str(name) } else { write!(f, "{}", serde_json::Value::from(name)) }
    }

    fn read(text: &str) -> Option<Self> {
        let quoted = || Self::new(&serde_json::from_str::<String>(text).ok()?).ok();
        if text.starts_with('"') { quoted() } else { Self::new(text).ok() }
    }
}

impl Part for Period {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }

    fn read(text: &str) -> Option<Self> {
        Self::from_words(text)
    }
}

impl Part for At {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.time.words(), self.zone)
    }

    fn read(text: &str) -> Option<Self> {
        let (time, zone) = text.rsplit_once(' ')?;
        let time = time.replace(' ', "T").parse().ok()?;
        Some(Self { time, zone: zone.to_owned().into() })
    }
}

impl Part for Window {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days.is_all() {
            f.write_str(EVERY_DAY)?;
        } else {
            join(f, self.days.words(), |f, day| f.write_str(day))?;
        }
        write!(f, " {} {}", self.hours, self.zone)
    }

    fn read(text: &str) -> Option<Self> {
        let (text, zone) = text.rsplit_once(' ')?;
        let (days, hours) = text.rsplit_once(' ')?;
        let days = match days {
            EVERY_DAY => Weekdays::ALL,
            days => Weekdays::from_words(days.split(BETWEEN)).ok()?,
        };
        Some(Self { days, hours: hours.parse().ok()?, zone: zone.to_owned().into() })
    }
}

impl Part for Count {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fact: CountFact { event, within }, times } = self;
        write!(f, "{} {times} {} in {}", Written(event), times_word(*times), Written(within))
    }

    fn read(text: &str) -> Option<Self> {
        let (text, within) = text.rsplit_once(" in ")?;
        let (text, _) = text.rsplit_once(' ')?;
        let (event, times) = text.rsplit_once(' ')?;
        let fact = CountFact { event: Part::read(event)?, within: Part::read(within)? };
        Some(Self { fact, times: times.parse().ok()? })
    }
}

impl Part for Vec<Count> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(f, self.iter(), |f, count| count.write(f))
    }

    fn read(text: &str) -> Option<Self> {
        let mut counts = Self::new();
        let mut rest = text;
        loop {
            // Within quotes nothing ends.
            let name = quoted(rest);
            let end = rest.get(name..)?.find(BETWEEN).map_or(rest.len(), |at| name + at);
            counts.push(Count::read(rest.get(..end)?)?);
            match rest.get(end..)?.strip_prefix(BETWEEN) {
                Some(more) => rest = more,
                None => return Some(counts),
            }
        }
    }
}

/// What stands between the items of a list.
const BETWEEN: &str = ", ";
const EVERY_DAY: &str = "every day";

fn times_word(times: u64) -> &'static str {
    if times == 1 { "time" } else { "times" }
}

/// The length of the quoted name that a text begins with.
fn quoted(text: &str) -> usize {
    let mut names = serde_json::Deserializer::from_str(text).into_iter::<String>();
    names.next().and_then(Result::ok).map_or(0, |_| names.byte_offset())
}

fn join<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.enumerate() {
        if at > 0 {
            f.write_str(BETWEEN)?;
        }
        write(f, item)?;
    }
    Ok(())
}

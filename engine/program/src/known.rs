//! What an installation knows beside the program. The checker compares names with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{EventType, Program, ProgramName, Stream, StreamClass, StreamName};

/// What is known. A map that is empty says that nothing is known yet, so nothing is reported about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// The mail streams.
    pub streams: BTreeMap<StreamName, KnownStream>,
    /// The events that were seen.
    pub events: BTreeMap<EventType, KnownEvent>,
    /// The attributes that contacts have.
    pub attributes: BTreeMap<String, KnownField>,
    /// The other live programs.
    pub programs: Vec<KnownProgram>,
}

/// A mail stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownStream {
    /// Who may be written to.
    pub class: StreamClass,
    /// Shown to people.
    pub title: String,
    /// Marketing words in its texts, see [`Stream::promotional_words`].
    #[serde(default)]
    pub promotional: Vec<String>,
}

/// A type of event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KnownEvent {
    /// How many were looked at.
    pub seen: u64,
    /// Whether a contract refuses what is not as `fields` says.
    #[serde(default)]
    pub refuses: bool,
    /// The fields of their payloads, by path: `total`, `customer.name`, `lines[]`, `lines[].sku`.
    #[serde(default)]
    pub fields: BTreeMap<String, KnownField>,
}

/// A field of payloads, or an attribute of contacts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KnownField {
    /// How many of those looked at have it.
    pub seen: u64,
    /// `string`, `number`, `bool`, `list` or `object`.
    pub kind: String,
    /// What else it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// A few of its values.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// Another live program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownProgram {
    /// Its name.
    pub name: ProgramName,
    /// Shown to people.
    pub title: String,
    /// The events that start it.
    pub entries: Vec<EventType>,
    /// The events that it brings about.
    pub emits: Vec<EventType>,
}

impl From<&Program> for KnownProgram {
    fn from(program: &Program) -> Self {
        let entries: BTreeSet<_> = program.entry_events().cloned().collect();
        Self {
            name: program.name.clone(),
            title: program.title.clone(),
            entries: entries.into_iter().collect(),
            emits: program.emits().into_iter().collect(),
        }
    }
}

impl From<&Stream> for KnownStream {
    fn from(stream: &Stream) -> Self {
        Self { class: stream.class, title: stream.title.clone(), promotional: stream.promotional_words() }
    }
}

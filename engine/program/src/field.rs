//! Fields of a node's form: what the inspector shows and the checker checks.

use serde::Serialize;

use crate::Scope;

/// One field of a node kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Field {
    /// Key in the file.
    pub name: &'static str,
    /// Label in English; the web app translates by kind and name.
    pub label: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Which widget, with its limits.
    pub input: Input,
    /// Whether it may be left out.
    pub required: bool,
}

impl Field {
    /// By whose clocks a kind goes; the same for all of them.
    pub(crate) const ZONE: Self = Self {
        name: "zone",
        label: "Time zone",
        help: "By whose clocks, such as Europe/Berlin.",
        input: Input::Zone,
        required: false,
    };
}

/// Which widget a field needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// One line of text.
    Text {
        /// Longest text, in characters.
        max: usize,
    },
    /// A condition (CEL).
    Expression {
        /// What it may look at.
        scope: Scope,
    },
    /// A length of time.
    Period,
    /// An external event.
    Event,
    /// A mail stream.
    Stream,
    /// One of a few words.
    Choice {
        /// The words, as files write them.
        options: &'static [&'static str],
        /// Whether a length of time will do as well.
        or_period: bool,
    },
    /// Changes of the contact's attributes.
    Changes {
        /// Most of them.
        most: usize,
    },
    /// A date and a time.
    DateTime,
    /// Days of the week.
    Weekdays,
    /// A part of the day.
    Hours,
    /// A time zone.
    Zone,
    /// Whole percentages that add up to 100, one for each way out.
    Weights {
        /// Fewest ways.
        min: usize,
        /// Most ways.
        max: usize,
    },
    /// A whole number.
    Number {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
}

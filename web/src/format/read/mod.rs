//! PURE: what people type into a field, read in their language, and written so that it reads back alike.
//!
//! Each kind of field is a pair: `length` reads, `show_length` writes. What has two readings is refused with both of them
//! to choose from; what has none is refused with what was probably meant. Nothing is ever guessed.

mod clock;
mod date;
mod length;
mod number;
#[cfg(test)]
mod tests;
pub mod value;

pub use clock::{clock, show_clock};
#[cfg(test)]
use date::{date, show_date};
pub use date::{date_time, show_date_time};
#[cfg(target_arch = "wasm32")]
pub use length::UNITS;
pub use length::{length, show_length};
pub use number::{Decimal, number, percent, show_number};

use crate::i18n::Language;

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing is there.
    Empty,
    /// It says nothing of the kind.
    Unknown,
    /// It says two things.
    Two,
    /// It is too much, too little, or below nothing.
    Range,
    /// A length of nothing.
    Zero,
    /// A unit that is not always as long, such as a month.
    Uneven,
    /// A date without its year.
    NoYear,
    /// A date without a time.
    NoTime,
}

/// A text that is not read, with what one click puts in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Why.
    pub why: Why,
    /// Texts that read without a doubt.
    pub offers: Vec<String>,
}

impl Unread {
    /// Without anything to offer.
    fn new(why: Why) -> Self {
        Self { why, offers: Vec::new() }
    }

    /// With these.
    fn offering(why: Why, offers: impl IntoIterator<Item = String>) -> Self {
        Self { why, offers: offers.into_iter().collect() }
    }

    /// The same with each offer within a larger text.
    fn within(self, whole: impl Fn(&str) -> String) -> Self {
        Self { why: self.why, offers: self.offers.iter().map(|offer| whole(offer)).collect() }
    }
}

/// Small numbers as words of the three languages.
fn spelled(word: &str) -> Option<u8> {
    const WORDS: [(u8, &str); 12] = [
        (1, "one a an ein eine einen einem einer un une"),
        (2, "two zwei deux"),
        (3, "three drei trois"),
        (4, "four vier quatre"),
        (5, "five fünf cinq"),
        (6, "six sechs"),
        (7, "seven sieben sept"),
        (8, "eight acht huit"),
        (9, "nine neun neuf"),
        (10, "ten zehn dix"),
        (11, "eleven elf onze"),
        (12, "twelve zwölf douze"),
    ];
    WORDS.iter().find(|(_, words)| words.split(' ').any(|known| known == word)).map(|(n, _)| *n)
}

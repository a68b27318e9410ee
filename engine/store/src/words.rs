//! The words by which the database stores closed lists. Each word stands beside its list.

use program::{Phase, StreamClass};

/// A closed list whose items have one word each.
pub(crate) trait Word: Copy + PartialEq + Sized + 'static {
    const WORDS: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(item, _)| *item == self).map_or("", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(item, _)| *item)
    }
}

/// Says how the items of a list are spelt.
macro_rules! words {
    ($($type:ident: $($item:ident $word:literal),*;)*) => {$(
        impl $crate::words::Word for $type {
            const WORDS: &'static [(Self, &'static str)] = &[$((Self::$item, $word)),*];
        }
    )*};
}
pub(crate) use words;

words! {
    Phase: Arrived "arrived", Due "due";
    StreamClass: Operational "operational", Marketing "marketing";
}

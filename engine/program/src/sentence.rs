//! Sentences that are written and read back, so that who speaks another language can say them in that one.

mod part;

use std::fmt::{self, Write as _};

pub use part::{At, Count, Names, Suggestion, Window};
pub(crate) use part::{Part, Written};

/// An enum with one sentence for each of its values, and the code that writes and reads it. If a text matches two
/// sentences, the first one wins: list sentences that end in free text before those that begin with it.
macro_rules! sentences {
    ($(#[$about:meta])* $Sentence:ident: $($(#[$doc:meta])* $name:ident $({ $($part:ident: $type:ty),* })? = $sentence:literal;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $Sentence {
            $(
                $(#[$doc])*
                #[doc = concat!("\n\n> ", $sentence)]
                $name $({ $(#[doc = concat!("`{", stringify!($part), "}` of the sentence.")] $part: $type),* })?,
            )*
            /// Anything else, said as it is: a name, an error, a mail server's reply. One that reads like a sentence of
            /// ours is taken for it.
            Text(String),
        }

        impl $Sentence {
            fn read(text: &str) -> Option<Self> {
                $(
                    if let Some([$($($part),*)?]) = $crate::sentence::blanks($sentence, text)
                        $($(&& let Some($part) = $crate::sentence::Part::read($part))*)?
                    {
                        let read = Self::$name $({ $($part),* })?;
                        // As we write it, or it is somebody else's.
                        if read.to_string() == text {
                            return Some(read);
                        }
                    }
                )*
                None
            }
        }

        impl std::fmt::Display for $Sentence {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$name $({ $($part),* })? => {
                        $($(let $part = $crate::sentence::Written($part);)*)?
                        write!(f, $sentence)
                    })*
                    Self::Text(text) => f.write_str(text),
                }
            }
        }

        impl From<&str> for $Sentence {
            fn from(text: &str) -> Self {
                Self::read(text).unwrap_or_else(|| Self::Text(text.into()))
            }
        }

        impl From<$Sentence> for String {
            fn from(sentence: $Sentence) -> Self {
                match sentence {
                    $Sentence::Text(text) => text,
                    sentence => $crate::sentence::written(&sentence),
                }
            }
        }

        #[cfg(test)]
        #[test]
        fn what_is_written_is_read_back() {
            for sentence in tests::samples() {
                let text = sentence.to_string();
                assert_eq!($Sentence::from(text.as_str()), sentence, "{text}");
                assert_eq!(String::from(sentence), text);
            }
        }

        #[cfg(test)]
        #[test]
        fn every_sentence_is_tried() {
            let name = |sentence: &$Sentence| {
                let debug = format!("{sentence:?}");
                debug.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
            };
            let tried: std::collections::BTreeSet<String> = tests::samples().iter().map(name).collect();
            let all = [$(stringify!($name)),*].into_iter().chain(["Text"]).map(str::to_owned).collect();
            assert_eq!(tried, all);
        }
    };
}
pub(crate) use sentences;

/// A sentence in one allocation: few are longer.
pub(crate) fn written(sentence: &impl fmt::Display) -> String {
    let mut text = String::with_capacity(64);
    // A text takes whatever is written.
    let _ = write!(text, "{sentence}");
    text
}

/// What a text has in place of a sentence's blanks; none if it is another sentence.
pub(crate) fn blanks<'a, const N: usize>(sentence: &str, text: &'a str) -> Option<[&'a str; N]> {
    // Every other piece is the name of a blank.
    let mut fixed = sentence.split(['{', '}']).step_by(2);
    let mut rest = text.strip_prefix(fixed.next()?)?;
    let mut found = [""; N];
    for (at, blank) in found.iter_mut().enumerate() {
        let after = fixed.next()?;
        let last = at + 1 == N;
        (*blank, rest) = if last { (rest.strip_suffix(after)?, "") } else { rest.split_once(after)? };
    }
    rest.is_empty().then_some(found)
}

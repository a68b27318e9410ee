//! Sentences that are written and read back, so that the web app can say them in another language.

mod part;

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer, ser::SerializeMap};

pub use part::{At, Count, Names, Suggestion, Window};
pub(crate) use part::{Part, Written};

/// An enum with one sentence for each of its values, and the code that writes and reads it. If a text matches two
/// sentences, the first one wins: list sentences that end in free text before those that begin with it.
macro_rules! sentences {
    (tagged $($all:tt)*) => {
        $crate::sentence::sentences! { said $($all)* }
        $crate::sentence::tagged! { $($all)* }
    };
    (said $(#[$about:meta])* $Sentence:ident: $($(#[$doc:meta])* $name:ident $({ $($part:ident: $type:ty),* })? = $sentence:literal;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
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
            /// What a sentence says. One that is none of these is [`Self::Text`].
            pub fn read(text: &str) -> Self {
                $(
                    if let Some([$($($part),*)?]) = $crate::sentence::blanks($sentence, text)
                        $($(&& let Some($part) = $crate::sentence::Part::read($part))*)?
                    {
                        let read = Self::$name $({ $($part),* })?;
                        // As we write it, or it is somebody else's.
                        if read.to_string() == text {
                            return read;
                        }
                    }
                )*
                Self::Text(text.into())
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

        #[cfg(test)]
        #[test]
        fn what_is_written_is_read_back() {
            for sentence in tests::samples() {
                let text = sentence.to_string();
                assert_eq!($Sentence::read(&text), sentence, "{text}");
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
    ($(#[$about:meta])* $Sentence:ident: $($all:tt)*) => {
        $crate::sentence::sentences! { said $(#[$about])* $Sentence: $($all)* }

        impl From<$Sentence> for String {
            fn from(sentence: $Sentence) -> Self {
                match sentence {
                    $Sentence::Text(text) => text,
                    sentence => sentence.to_string(),
                }
            }
        }
    };
}
pub(crate) use sentences;

/// The same sentences as names and parts.
macro_rules! tagged {
    ($(#[$about:meta])* $Sentence:ident: $($(#[$doc:meta])* $name:ident $({ $($part:ident: $type:ty),* })? = $sentence:literal;)*) => {
        impl $crate::sentence::Tagged for $Sentence {
            fn put<M: serde::ser::SerializeMap>(&self, map: &mut M, tag: &'static str) -> Result<(), M::Error> {
                match self {
                    $(Self::$name $({ $($part),* })? => {
                        map.serialize_entry(tag, &$crate::sentence::Snake(stringify!($name)))?;
                        $($(map.serialize_entry(stringify!($part), $part)?;)*)?
                    })*
                    Self::Text(text) => {
                        map.serialize_entry(tag, "text")?;
                        map.serialize_entry("text", text)?;
                    }
                }
                Ok(())
            }

            fn take(tag: &str, parts: &mut serde_json::Map<String, serde_json::Value>) -> Option<Self> {
                use serde::Deserialize as _;
                $(
                    if $crate::sentence::Snake(stringify!($name)).is(tag) {
                        $($(let $part = parts.remove(stringify!($part))?;)*)?
                        return Some(Self::$name $({ $($part: <$type>::deserialize($part).ok()?),* })?);
                    }
                )*
                match parts.remove("text")? {
                    serde_json::Value::String(text) if tag == "text" => Some(Self::Text(text)),
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use tagged;

/// A sentence as its name and its parts, for those who do not read English.
pub(crate) trait Tagged: Sized {
    /// Its name under `tag`, then each part under its own name.
    fn put<M: SerializeMap>(&self, map: &mut M, tag: &'static str) -> Result<(), M::Error>;

    /// The other way. None if this build has no such sentence, or it has other parts.
    fn take(tag: &str, parts: &mut serde_json::Map<String, serde_json::Value>) -> Option<Self>;
}

/// `NotAgain`, written `not_again`.
pub(crate) struct Snake(pub(crate) &'static str);

impl Snake {
    fn letters(&self) -> impl Iterator<Item = char> {
        let below = |(at, letter): (usize, char)| {
            let gap = (at > 0 && letter.is_ascii_uppercase()).then_some('_');
            gap.into_iter().chain([letter.to_ascii_lowercase()])
        };
        self.0.chars().enumerate().flat_map(below)
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.letters().eq(text.chars())
    }
}

impl fmt::Display for Snake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters().try_for_each(|letter| f.write_char(letter))
    }
}

impl Serialize for Snake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
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

//! Checks JSON more strictly than the parser. A repeated key is refused, because the last one would win and the first
//! would be lost silently. A very long number is refused, because it is kept as it is written and read again by all code
//! that calculates. Keys with a special meaning for the parser are refused.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashSet,
    fmt,
};

use program::file::in_words;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Up to so many keys are compared one by one; a set would cost more.
const FEW: usize = 12;

/// The longest number, in characters.
pub const MAX_NUMBER: usize = 100;

/// How the parser hands out numbers that it keeps as they are written: as an object with this key.
const NUMBER: &str = "$serde_json::private::Number";
/// What keys begin with that the parser takes for more than keys.
const RESERVED: &str = "$serde_json::private::";

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An object has a key twice.
    Repeated,
    /// A number has more than [`MAX_NUMBER`] characters.
    LongNumber,
    /// A key of the parser's own.
    Reserved,
}

impl Fault {
    /// Its code, and what to do.
    pub fn words(self) -> (&'static str, String) {
        match self {
            Self::Repeated => ("duplicate_key", "this key comes twice in one object; leave one out".into()),
            Self::LongNumber => {
                let detail = format!("this number has more than {MAX_NUMBER} characters; send it as a text, in quotes");
                ("number_too_long", detail)
            }
            Self::Reserved => ("reserved_key", "this key is reserved; give it another name".into()),
        }
    }
}

/// What a reader says of a value that does not fit. Where it stood is told by the path; the line is that of a text that
/// nobody has before them.
pub fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    in_words(match text.rfind(" at line ") {
        Some(at) if error.line() > 0 => &text[..at],
        _ => &text,
    })
}

/// The first fault and its path, such as `data.lines[1].sku`. None also for what is no JSON: that is for the reader to
/// say.
pub fn fault(json: &[u8]) -> Option<(String, Fault)> {
    let (trail, found) = (RefCell::new(Vec::new()), Cell::new(None));
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let walked = Look { trail: &trail, found: &found }.deserialize(&mut deserializer);
    let mut trail = trail.into_inner();
    let found = found.get().filter(|_| walked.is_err())?;
    trail.reverse();
    let mut path = String::new();
    for part in trail {
        if !path.is_empty() && !part.starts_with('[') {
            path.push('.');
        }
        path.push_str(&part);
    }
    Some((path, found))
}

/// Looks at one value, whatever it is. The parser bounds how deep it goes.
#[derive(Clone, Copy)]
struct Look<'t> {
    /// From the fault up to the root; empty as long as none was found.
    trail: &'t RefCell<Vec<String>>,
    found: &'t Cell<Option<Fault>>,
}

impl Look<'_> {
    /// Notes on the way up where it was.
    fn on_the_way<E>(self, part: impl FnOnce() -> String) -> impl FnOnce(E) -> E {
        move |error| {
            if self.found.get().is_some() {
                self.trail.borrow_mut().push(part());
            }
            error
        }
    }

    fn fail<E: serde::de::Error>(self, fault: Fault) -> E {
        self.found.set(Some(fault));
        E::custom("not taken")
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! plain {
    ($($name:ident: $type:ty),*) => {$(
        fn $name<E>(self, _: $type) -> Result<(), E> {
            Ok(())
        }
    )*};
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut at = 0;
        while items.next_element_seed(self).map_err(self.on_the_way(|| format!("[{at}]")))?.is_some() {
            at += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut few, mut many): (Vec<Cow<'de, str>>, HashSet<Cow<'de, str>>) = Default::default();
        while let Some(Key(key)) = map.next_key()? {
            if key == NUMBER && few.is_empty() {
                map.next_value_seed(NumberText(self))?;
                continue;
            }
            let fault = match () {
                () if few.contains(&key) || many.contains(&key) => Some(Fault::Repeated),
                () if key.starts_with(RESERVED) => Some(Fault::Reserved),
                () => None,
            };
            if let Some(fault) = fault {
                map.next_value::<IgnoredAny>()?;
                self.trail.borrow_mut().push(key.into_owned());
                return Err(self.fail(fault));
            }
            let name = &key;
            map.next_value_seed(self).map_err(self.on_the_way(|| name.clone().into_owned()))?;
            if few.len() < FEW {
                few.push(key);
            } else {
                many.insert(key);
            }
        }
        Ok(())
    }
}

/// The text of a number. The parser gives it away; what it only lends stands in quotes in the body.
struct NumberText<'t>(Look<'t>);

impl<'de> DeserializeSeed<'de> for NumberText<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for NumberText<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<(), E> {
        if text.len() > MAX_NUMBER { Err(self.0.fail(Fault::LongNumber)) } else { Ok(()) }
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.0.trail.borrow_mut().push(NUMBER.into());
        Err(self.0.fail(Fault::Reserved))
    }
}

/// A key, as it stands in the text where it has no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_key() {
        let many: Vec<_> = (0..40).map(|n| format!("\"k{n}\":{n}")).collect();
        let many = format!("{{{},\"k39\":0}}", many.join(","));
        for (json, expected) in [
            ("{}", None),
            ("[1, 2.5, -3, true, null, \"a\", 99999999999999999999]", None),
            ("{\"a\":1,\"b\":{\"a\":1}}", None),
            ("{\"a\":1,\"a\":1}", Some("a")),
            ("{\"a\":1,\"\\u0061\":1}", Some("a")),
            ("{\"data\":{\"lines\":[{}, {\"sku\":1,\"sku\":2}]}}", Some("data.lines[1].sku")),
            ("[{\"a\":1}, {\"a\":{\"b\":1,\"b\":1}}]", Some("[1].a.b")),
            (&many, Some("k39")),
            // No JSON at all is not for here to say.
            ("{\"a\":1,", None),
            ("{\"a\":1,\"a\":", None),
        ] {
            let expected = expected.map(|path| (path.to_owned(), Fault::Repeated));
            assert_eq!(fault(json.as_bytes()), expected, "{json}");
        }
        assert_eq!(fault("[".repeat(100_000).as_bytes()), None);
    }

    #[test]
    fn numbers_are_bounded_and_keys_of_the_parser_are_none() {
        let long = |length: usize| "9".repeat(length);
        for (json, expected) in [
            (format!("{{\"a\":{}}}", long(100)), None),
            ("[1e999999999, -0, 1.00, 1E+400]".into(), None),
            (format!("{{\"a\":{}}}", long(101)), Some(("a", Fault::LongNumber))),
            (format!("{{\"a\":[0, -0.{}]}}", long(98)), Some(("a[1]", Fault::LongNumber))),
            (format!("{{\"a\":{{\"b\":1e{}}}}}", long(100_000)), Some(("a.b", Fault::LongNumber))),
            (long(100_000), Some(("", Fault::LongNumber))),
            (format!("{{\"a\":{{\"{NUMBER}\":\"1\"}}}}"), Some(("a.$serde_json::private::Number", Fault::Reserved))),
            (
                "{\"\\u0024serde_json::private::RawValue\":\"[]\"}".into(),
                Some(("$serde_json::private::RawValue", Fault::Reserved)),
            ),
        ] {
            let expected = expected.map(|(path, fault)| (path.to_owned(), fault));
            assert_eq!(fault(json.as_bytes()), expected, "{}", &json[..json.len().min(80)]);
        }
    }
}

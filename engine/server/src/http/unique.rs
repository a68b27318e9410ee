//! JSON whose objects have each key once. The parser lets the last one win, and what a person meant by the first would
//! be gone without a word.

use std::{borrow::Cow, cell::RefCell, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Up to so many keys are compared one by one; a set would cost more.
const FEW: usize = 12;

/// The path of the first key that an object has twice, such as `data.lines[1].sku`. None also for what is no JSON: that
/// is for the reader to say.
pub fn repeated(json: &[u8]) -> Option<String> {
    let trail = RefCell::new(Vec::new());
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let walked = Look { trail: &trail }.deserialize(&mut deserializer);
    let mut trail = trail.into_inner();
    if walked.is_ok() || trail.is_empty() {
        return None;
    }
    trail.reverse();
    let mut path = String::new();
    for part in trail {
        if !path.is_empty() && !part.starts_with('[') {
            path.push('.');
        }
        path.push_str(&part);
    }
    Some(path)
}

/// Looks at one value, whatever it is. The parser bounds how deep it goes.
#[derive(Clone, Copy)]
struct Look<'t> {
    /// From the repeated key up to the root; empty as long as none was found.
    trail: &'t RefCell<Vec<String>>,
}

impl Look<'_> {
    /// Notes on the way up where it was.
    fn on_the_way<E>(self, part: impl FnOnce() -> String) -> impl FnOnce(E) -> E {
        move |error| {
            let mut trail = self.trail.borrow_mut();
            if !trail.is_empty() {
                trail.push(part());
            }
            error
        }
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
            if few.contains(&key) || many.contains(&key) {
                map.next_value::<IgnoredAny>()?;
                self.trail.borrow_mut().push(key.into_owned());
                return Err(A::Error::custom("a key comes twice"));
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
            assert_eq!(repeated(json.as_bytes()).as_deref(), expected, "{json}");
        }
        assert_eq!(repeated("[".repeat(100_000).as_bytes()), None);
    }
}

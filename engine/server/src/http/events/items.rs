//! A request with events: one object, or an array whose items are read one by one.
//!
//! A body that is no JSON is refused as a whole, with line, column and the item that broke off. An item that is JSON
//! but no event is refused alone.

use std::{cell::Cell, fmt};

use serde::{
    Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::http::error::{ApiError, ApiResult};

/// The most events in one request.
pub const MAX_ITEMS: usize = 1_000;

/// The items of a request, as text.
pub struct Items<'a> {
    /// In the order of the request.
    pub items: Vec<&'a RawValue>,
    /// Whether it was an array.
    pub array: bool,
}

/// Splits a body into items.
pub fn split(body: &[u8]) -> ApiResult<Items<'_>> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        let item = serde_json::from_slice(body).map_err(|error| ApiError::Json(error.to_string()))?;
        return Ok(Items { items: vec![item], array: false });
    }
    let seen = Cell::new(0);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = deserializer.deserialize_seq(Array(&seen)).and_then(|items| deserializer.end().map(|()| items));
    match parsed {
        Ok(items) if items.len() > MAX_ITEMS => {
            Err(ApiError::TooLarge(format!("One request takes at most {MAX_ITEMS} events. Send the rest in another.")))
        }
        Ok(items) if items.is_empty() => {
            Err(ApiError::invalid("", "empty", "the array is empty; send 1 to 1,000 events"))
        }
        Ok(items) => Ok(Items { items, array: true }),
        Err(error) => {
            let at = seen.get();
            Err(ApiError::Json(format!("item [{at}]: {error}. The whole request was refused; nothing was stored.")))
        }
    }
}

/// Collects items and counts them, so that an error can say which one it was.
struct Array<'c>(&'c Cell<usize>);

impl<'a> Visitor<'a> for Array<'_> {
    type Value = Vec<&'a RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            // Beyond the limit they are only counted: the request is refused anyway.
            if all.len() <= MAX_ITEMS {
                all.push(item);
            }
            self.0.set(self.0.get() + 1);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_and_names_the_broken_item() {
        let many = format!("[{}]", vec!["{}"; 1_001].join(","));
        for (body, expected) in [
            ("{\"a\":1}", Ok((1, false))),
            (" [1, {\"a\":2}]", Ok((2, true))),
            ("", Err("EOF")),
            ("{", Err("line 1 column 1")),
            ("{} x", Err("trailing")),
            ("[]", Err("empty")),
            ("[{}, {}, {\"a\" 1}]", Err("item [2]: expected `:` at line 1 column 15")),
            ("[{}, {}] x", Err("trailing")),
            (&many, Err("at most 1000")),
        ] {
            let got = split(body.as_bytes()).map(|items| (items.items.len(), items.array));
            match (got, expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{body}"),
                (Err(got), Err(expected)) => {
                    let got = format!("{got:?}");
                    assert!(got.contains(expected), "{body}: {got}");
                }
                (got, expected) => panic!("{body}: {got:?}, not {expected:?}"),
            }
        }
    }
}

//! Reads files that people write: YAML (JSON is its subset) becomes typed values, or an error with its place.

use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, SafelyIndex};
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::brief;

/// The largest file read, in bytes.
pub const MAX_FILE: usize = 1 << 20;

/// How deep lists and maps may nest. The reader goes down by recursion, and no file of ours nests deeper than ten.
const MAX_DEPTH: usize = 32;
/// Values of one file, those that aliases stand for among them.
const MAX_VALUES: usize = 250_000;

/// Why a file cannot be read: where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileError {
    /// Line, from 1; 0 where it is not known.
    pub line: usize,
    /// Column, from 1; 0 where it is not known.
    pub column: usize,
    /// Path of keys, such as `nodes.pause.duration`.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl FileError {
    /// An error at a field, with the place that the field has in the text.
    pub fn at(text: &str, field: &str, message: impl Into<String>) -> Self {
        let (line, column) = locate(text, field).unwrap_or_default();
        Self { line, column, field: brief::name(field), message: brief::message(message) }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, column {}: ", self.line, self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for FileError {}

/// Written and read as one text: what `Display` says and `FromStr` takes.
macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
pub(crate) use as_text;

/// An error at a path of keys within a value, before it is known where that is in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathError {
    pub(crate) path: String,
    pub(crate) message: String,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// The untyped value of a file.
pub(crate) fn parse_value(text: &str) -> Result<Value, FileError> {
    if text.len() > MAX_FILE {
        let message = format!("the file has {} bytes; at most {MAX_FILE} are read", text.len());
        return Err(FileError { line: 0, column: 0, field: String::new(), message });
    }
    // YAML 1.2 as the format says: `y` and `no` are words, not truth values.
    let budget = serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_VALUES };
    let options = serde_saphyr::options! { strict_booleans: true, budget: budget };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line() as usize, at.column() as usize));
        let message = in_words(&error.without_snippet().to_string());
        FileError { line, column, field: String::new(), message }
    })
}

/// A typed value out of an untyped one, with the path of what does not fit.
pub(crate) fn typed<T: DeserializeOwned>(value: Value, prefix: &str) -> Result<T, PathError> {
    serde_path_to_error::deserialize(&value).map_err(|error| {
        let inner = error.path().to_string();
        let path = match (prefix, inner.as_str()) {
            ("", ".") => String::new(),
            ("", inner) => inner.into(),
            (prefix, ".") => prefix.into(),
            (prefix, inner) => format!("{prefix}.{inner}"),
        };
        // Of a number that is too large or has a fraction the reader says no more than that it is invalid.
        let words = in_words(&error.inner().to_string());
        let message = match found(&value, error.path()) {
            Some(Value::Number(number)) => format!("{number}: {words}"),
            _ => words,
        };
        PathError { path, message }
    })
}

/// What a reader says, in the words of who wrote the text: readers speak of Rust's types and of their own options, and
/// repeat what they read, however long it is.
pub fn in_words(message: &str) -> String {
    brief::message(reworded(message))
}

fn reworded(message: &str) -> String {
    const OPTION: &str = ", set DuplicateKeyPolicy";
    if message.contains("budget breached") {
        return "the file holds more values, or deeper ones, than are read".to_owned();
    }
    let message = message.split(OPTION).next().unwrap_or(message);
    let Some((found, expected)) = message.rsplit_once(", expected ") else { return message.to_owned() };
    let found = match found.strip_prefix("invalid type: ") {
        Some("map") => "invalid type: an object",
        Some("sequence") => "invalid type: a list",
        Some("unit value") => "invalid type: null",
        _ => found,
    };
    let expected = match (expected.split(' ').next().unwrap_or_default(), expected) {
        ("struct" | "enum" | "internally" | "adjacently", _) | (_, "a map" | "map") => "an object",
        ("tuple", _) | (_, "a sequence" | "sequence") => "a list",
        ("u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize", _) => "a whole number",
        ("f32" | "f64", _) => "a number",
        _ => expected,
    };
    format!("{found}, expected {expected}")
}

/// The value at a path.
fn found<'v>(value: &'v Value, path: &serde_path_to_error::Path) -> Option<&'v Value> {
    path.iter().try_fold(value, |here, part| match part {
        Segment::Map { key } => here.get(key),
        Segment::Seq { index } => here.get(*index),
        Segment::Enum { .. } | Segment::Unknown => Some(here),
    })
}

/// Reads a typed value; an error has line, column and field.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, FileError> {
    typed(parse_value(text)?, "").map_err(|error| FileError::at(text, &error.path, error.message))
}

/// Writes a value as YAML. What is written reads back equal.
pub fn to_yaml(value: &impl Serialize) -> String {
    // Types of this crate hold nothing that YAML cannot say, so this cannot fail.
    serde_saphyr::to_string(value).unwrap_or_else(|error| format!("# {error}\n"))
}

/// A value for every format: numbers of JSON name themselves as they were written, which only JSON understands.
pub(crate) struct Plain<'a>(pub(crate) &'a Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => serializer.serialize_u64(number),
                (_, Some(number), _) => serializer.serialize_i64(number),
                (.., Some(number)) => serializer.serialize_f64(number),
                _ => number.serialize(serializer),
            },
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Object(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, Plain(value)))),
            value => value.serialize(serializer),
        }
    }
}

/// Line and column (from 1) of the value at a path of keys; of its nearest parent where it is absent.
pub fn locate(text: &str, path: &str) -> Option<(usize, usize)> {
    let documents = MarkedYaml::load_from_str(text).ok()?;
    let mut here = documents.first()?;
    let mut place = here.span.start;
    for key in path.split('.').filter(|key| !key.is_empty()) {
        let Some(next) = step(here, key) else { break };
        (here, place) = next;
    }
    Some((place.line(), place.col() + 1))
}

/// The value at a key and where the key stands.
fn step<'a>(node: &'a MarkedYaml<'a>, key: &str) -> Option<(&'a MarkedYaml<'a>, saphyr::Marker)> {
    if let Some(map) = node.data.as_mapping() {
        return map
            .iter()
            .find(|(name, _)| name.data.as_str() == Some(key))
            .map(|(name, value)| (value, name.span.start));
    }
    let index: usize = key.trim_matches(['[', ']']).parse().ok()?;
    let item = node.data.get(index)?;
    Some((item, item.span.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_says_speaks_of_no_types_of_ours() {
        for (text, words) in [
            ("1", "1: invalid type: number, expected an object"),
            ("[]", "invalid length 0, expected an object"),
            ("x: {}", "unknown field `x`, expected one of `stafette`"),
            ("a: 1\na: 2", "duplicate mapping key: a"),
        ] {
            let error = parse::<crate::Stream>(text).unwrap_err().message;
            assert!(
                error.starts_with(words) && !error.contains("struct") && !error.contains("Policy"),
                "{text}: {error}"
            );
        }
        let number = typed::<Vec<u8>>(serde_json::json!({}), "").unwrap_err().message;
        assert_eq!(number, "invalid type: an object, expected a list");
        assert_eq!(
            in_words("invalid value: integer `-1`, expected u32"),
            "invalid value: integer `-1`, expected a whole number"
        );
    }
}

//! Values of an evaluation. Data is read in place; only computed values are stored here.

use std::{borrow::Cow, cmp::Ordering, rc::Rc};

use serde_json::{Number, Value as Json};

use super::{
    budget::{Budget, Stop, error, too_large},
    number::Num,
};
use crate::{Object, Reason};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Num(Num),
    /// A number of the data, as it was written.
    Written(&'a Number),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
    /// A list of the data.
    Items(&'a [Json]),
    List(Rc<Vec<Value<'a>>>),
    /// An object of the data.
    Object(&'a Object),
    Map(Rc<Vec<(Value<'a>, Value<'a>)>>),
}

/// A value, or why there is none.
pub(super) type Answer<'a> = Result<Value<'a>, Stop>;

/// The longest text that may be put together.
const MAX_TEXT: usize = 64 << 10;

impl PartialEq for Value<'_> {
    /// For tests of what comes out alone; expressions compare by [`Value::equals`].
    fn eq(&self, other: &Self) -> bool {
        self.equals(other, &Budget::default()) == Ok(true)
    }
}

impl<'a> Value<'a> {
    /// What it is, in a sentence.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a yes or no",
            Self::Num(_) | Self::Written(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Items(_) | Self::List(_) => "a list",
            Self::Object(_) | Self::Map(_) => "an object",
        }
    }

    /// What `type` says: JSON's own names.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) | Self::Written(_) => "number",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Items(_) | Self::List(_) => "array",
            Self::Object(_) | Self::Map(_) => "object",
        }
    }

    pub(super) fn truth(&self) -> Result<bool, Stop> {
        match self {
            Self::Bool(truth) => Ok(*truth),
            other => error(format!("{} is neither yes nor no", other.kind())),
        }
    }

    /// As a number, if it is one; an error if it is one that nobody can calculate with.
    pub(super) fn number(&self) -> Result<Option<Num>, Stop> {
        match self {
            Self::Num(number) => Ok(Some(*number)),
            Self::Written(number) => match number.as_i64() {
                Some(whole) => Ok(Some(Num::from(whole))),
                None => Num::read(number.as_str()).map(Some).ok_or_else(too_large),
            },
            _ => Ok(None),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How many items a macro meets: those of a list, or the keys of an object.
    pub(super) fn items(&self) -> Option<usize> {
        match self {
            Self::Items(items) => Some(items.len()),
            Self::List(items) => Some(items.len()),
            Self::Object(object) => Some(object.len()),
            Self::Map(pairs) => Some(pairs.len()),
            _ => None,
        }
    }

    /// As a list: an object as its keys.
    pub(super) fn listed(self, budget: &Budget) -> Result<Value<'a>, Stop> {
        let keys: Vec<_> = match &self {
            Self::Object(object) => object.keys().map(|key| Value::Text(Cow::Borrowed(key.as_str()))).collect(),
            Self::Map(pairs) => pairs.iter().map(|(key, _)| key.clone()).collect(),
            _ => return Ok(self),
        };
        budget.take(keys.len())?;
        Ok(Value::List(Rc::new(keys)))
    }

    /// As JSON, to be kept. What is copied is taken from the budget.
    pub(super) fn to_json(&self, budget: &Budget) -> Result<Json, Stop> {
        budget.take(1)?;
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Num(number) => Json::Number(Number::from_string_unchecked(number.to_string())),
            Self::Written(number) => Json::Number((*number).clone()),
            Self::Text(text) => {
                budget.take_bytes(text.len())?;
                Json::String(text.to_string())
            }
            Self::Bytes(_) => return error("bytes cannot be kept; string(…) makes a text of them"),
            Self::Items(_) | Self::List(_) => {
                let items = (0..self.items().unwrap_or_default()).filter_map(|at| self.item(at));
                Json::Array(items.map(|item| item.to_json(budget)).collect::<Result<_, _>>()?)
            }
            Self::Object(object) => {
                let field = |(name, value): (&String, &Json)| {
                    budget.take_bytes(name.len())?;
                    Ok((name.clone(), json(value).to_json(budget)?))
                };
                Json::Object(object.iter().map(field).collect::<Result<_, Stop>>()?)
            }
            Self::Map(pairs) => {
                let field = |(name, value): &(Value<'a>, Value<'a>)| match name.text() {
                    Some(name) => Ok((name.to_owned(), value.to_json(budget)?)),
                    None => error("only objects with texts for keys can be kept"),
                };
                Json::Object(pairs.iter().map(field).collect::<Result<_, Stop>>()?)
            }
        })
    }

    /// The item at a place of a list.
    pub(super) fn item(&self, at: usize) -> Option<Value<'a>> {
        match self {
            Self::Items(items) => items.get(at).map(json),
            Self::List(items) => items.get(at).cloned(),
            _ => None,
        }
    }

    /// What an object has under a name.
    pub(super) fn field(&self, name: &str, budget: &Budget) -> Result<Option<Value<'a>>, Stop> {
        match self {
            Self::Object(object) => Ok(object.get(name).map(json)),
            Self::Map(pairs) => {
                budget.take(pairs.len())?;
                Ok(pairs.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value.clone()))
            }
            other => error(format!("{} has no fields, so no \"{name}\"", other.kind())),
        }
    }

    /// What stands at a place of a list, or under a key of an object.
    pub(super) fn at(&self, key: &Value<'a>, budget: &Budget) -> Answer<'a> {
        match (self, key) {
            (Self::Items(_) | Self::List(_), key) => {
                let Some(place) = key.number()? else { return error(format!("a list has no place {}", key.kind())) };
                let found = place.place().and_then(|at| self.item(at));
                found.map_or_else(|| error(format!("the list has no place {place}")), Ok)
            }
            (Self::Object(_), Self::Text(name)) => {
                self.field(name, budget)?.map_or_else(|| error(Reason::NoKey { name: name.to_string() }), Ok)
            }
            (Self::Map(pairs), key) => {
                for (known, value) in pairs.iter() {
                    if known.equals(key, budget)? {
                        return Ok(value.clone());
                    }
                }
                error("No such key")
            }
            (of, key) => error(format!("{} has nothing at {}", of.kind(), key.kind())),
        }
    }

    /// Whether a list has the item, or an object the key.
    pub(super) fn has(&self, item: &Value<'a>, budget: &Budget) -> Result<bool, Stop> {
        if let (Self::Object(object), Some(name)) = (self, item.text()) {
            return Ok(object.contains_key(name));
        }
        let Some(length) = self.items() else { return error(format!("{} has no items to look for", self.kind())) };
        let list = self.clone().listed(budget)?;
        for at in 0..length {
            if let Some(known) = list.item(at)
                && known.equals(item, budget)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Characters of a text, items of a list, keys of an object.
    pub(super) fn size(&self, budget: &Budget) -> Result<usize, Stop> {
        match self {
            Self::Text(text) => {
                budget.take_bytes(text.len())?;
                Ok(text.chars().count())
            }
            Self::Bytes(bytes) => Ok(bytes.len()),
            other => other.items().map_or_else(|| error(format!("{} has no size", other.kind())), Ok),
        }
    }

    /// Values of two kinds are never equal; numbers are one kind.
    pub(super) fn equals(&self, other: &Value<'a>, budget: &Budget) -> Result<bool, Stop> {
        budget.take(1)?;
        match (self, other) {
            (Self::Null, Self::Null) => Ok(true),
            (Self::Bool(a), Self::Bool(b)) => Ok(a == b),
            (Self::Text(a), Self::Text(b)) => {
                budget.take_bytes(a.len().min(b.len()))?;
                Ok(a == b)
            }
            (Self::Bytes(a), Self::Bytes(b)) => Ok(a == b),
            (Self::Items(_) | Self::List(_), Self::Items(_) | Self::List(_)) => self.same_items(other, budget),
            (Self::Object(_) | Self::Map(_), Self::Object(_) | Self::Map(_)) => self.same_fields(other, budget),
            (Self::Num(_) | Self::Written(_), Self::Num(_) | Self::Written(_)) => {
                let (a, b) = (self.number()?, other.number()?);
                Ok(a.zip(b).is_some_and(|(a, b)| a.compare(b) == Ordering::Equal))
            }
            _ => Ok(false),
        }
    }

    fn same_items(&self, other: &Value<'a>, budget: &Budget) -> Result<bool, Stop> {
        let length = self.items();
        if length != other.items() {
            return Ok(false);
        }
        for at in 0..length.unwrap_or_default() {
            match (self.item(at), other.item(at)) {
                (Some(a), Some(b)) if a.equals(&b, budget)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn same_fields(&self, other: &Value<'a>, budget: &Budget) -> Result<bool, Stop> {
        if self.items() != other.items() {
            return Ok(false);
        }
        let keys = self.clone().listed(budget)?;
        for at in 0..self.items().unwrap_or_default() {
            let Some(key) = keys.item(at) else { return Ok(false) };
            let Some(name) = key.text() else { return error("only objects with texts for keys can be compared") };
            match (self.field(name, budget)?, other.field(name, budget)?) {
                (Some(a), Some(b)) if a.equals(&b, budget)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    pub(super) fn order(&self, other: &Value<'a>, budget: &Budget) -> Result<Ordering, Stop> {
        if let (Some(a), Some(b)) = (self.number()?, other.number()?) {
            return Ok(a.compare(b));
        }
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => {
                budget.take_bytes(a.len().min(b.len()))?;
                Ok(a.cmp(b))
            }
            (Self::Bool(a), Self::Bool(b)) => Ok(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Ok(a.cmp(b)),
            _ => error(format!("{} is neither more nor less than {}", self.kind(), other.kind())),
        }
    }

    /// A sum of numbers, or two texts or lists put together.
    pub(super) fn plus(self, other: &Value<'a>, budget: &Budget) -> Answer<'a> {
        if let (Some(a), Some(b)) = (self.number()?, other.number()?) {
            return a.add(b).map(Value::Num).ok_or_else(too_large);
        }
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => {
                let length = a.len() + b.len();
                if length > MAX_TEXT {
                    return error(format!("a text of {length} bytes; at most {MAX_TEXT} are put together"));
                }
                budget.take_bytes(length)?;
                Ok(Value::Text(Cow::Owned(a.into_owned() + b)))
            }
            (a @ (Self::Items(_) | Self::List(_)), b @ (Self::Items(_) | Self::List(_))) => {
                let added = b.items().unwrap_or_default();
                let mut all = match a {
                    Self::List(all) => all,
                    a => Rc::new((0..a.items().unwrap_or_default()).filter_map(|at| a.item(at)).collect()),
                };
                // One that nobody else holds is not copied.
                let copied = if Rc::strong_count(&all) > 1 { all.len() } else { 0 };
                budget.take(copied + added)?;
                Rc::make_mut(&mut all).extend((0..added).filter_map(|at| b.item(at)));
                Ok(Value::List(all))
            }
            (a, b) => error(format!("{} and {} cannot be put together", a.kind(), b.kind())),
        }
    }

    /// In words: a number of the data as it was written.
    pub(super) fn to_text(&self, budget: &Budget) -> Answer<'a> {
        let text = match self {
            Self::Text(text) => {
                budget.take_bytes(text.len())?;
                text.clone()
            }
            Self::Written(number) => {
                budget.take_bytes(number.as_str().len())?;
                Cow::Borrowed(number.as_str())
            }
            Self::Num(number) => Cow::Owned(number.to_string()),
            Self::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes),
            other => return error(format!("{} is no text", other.kind())),
        };
        Ok(Value::Text(text))
    }

    pub(super) fn convert(&self, to: &str) -> Answer<'a> {
        let fails = || error(format!("{} cannot be read as {to}", self.kind()));
        match (to, self) {
            ("bool", Self::Bool(_)) => Ok(self.clone()),
            ("bool", Self::Text(text)) => match &**text {
                "true" | "1" | "t" | "T" | "TRUE" | "True" => Ok(Value::Bool(true)),
                "false" | "0" | "f" | "F" | "FALSE" | "False" => Ok(Value::Bool(false)),
                _ => fails(),
            },
            ("bool", _) => fails(),
            (_, Self::Text(text)) if looks_like_a_number(text) => {
                Self::Num(Num::read(text.trim()).ok_or_else(too_large)?).convert(to)
            }
            _ => match self.number()? {
                None => fails(),
                Some(number) if to == "uint" && number.is_negative() => error("a uint is not negative"),
                Some(number) => Ok(Value::Num(if to == "double" { number } else { number.whole() })),
            },
        }
    }
}

/// What JSON holds as a value, without a copy.
fn json(json: &Json) -> Value<'_> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Written(number),
        Json::String(text) => Value::Text(Cow::Borrowed(text)),
        Json::Array(items) => Value::Items(items),
        Json::Object(object) => Value::Object(object),
    }
}

/// Digits, and what may stand among them; names such as `inf` are none.
fn looks_like_a_number(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 400
        && text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'))
        && text.parse::<f64>().is_ok()
}

//! Numbers of the data. They are printed as they were written, and calculated with as numbers.
//!
//! The engine's own numbers forget their spelling: `100.00` becomes 100.0, and `-0` becomes 0. So a number that the
//! engine would print differently is an object that prints its text. Operators of the engine need its own numbers. So
//! the fence puts [`PLAIN`] after each operand, and filters and tests that calculate ask for it.

use std::{cmp::Ordering, fmt, sync::Arc};

use minijinja::{
    Environment, Error, ErrorKind, State, Value, filters, tests,
    value::{DynObject, Kwargs, Object, ObjectRepr, ValueKind},
};
use serde_json::{Number, Value as Json};

/// The name under which templates find [`plain`]. No name that a person would write.
pub(super) const PLAIN: &str = "_plain";

/// The most items of a list that came about in the template and is looked through for numbers.
const MAX_ITEMS: usize = 10_000;

/// How many digits of what was calculated are certain.
const DIGITS: usize = 15;

/// A number that the engine would print otherwise than it was written.
#[derive(Debug)]
struct Written(String);

impl Object for Written {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// As with all numbers: zero is false, however it is written.
    fn is_true(self: &Arc<Self>) -> bool {
        self.0.bytes().take_while(|c| !matches!(c, b'e' | b'E')).any(|c| matches!(c, b'1'..=b'9'))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(number(&self.0)?.cmp(&number(&other.0)?))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Data as templates see it.
pub(super) fn seen(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => written(number),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(seen).collect(),
        Json::Object(fields) => object(fields),
    }
}

/// An object as templates see it.
pub(super) fn object(fields: &program::Object) -> Value {
    Value::from_pairs(fields.iter().map(|(name, value)| (name.as_str(), seen(value))))
}

fn written(written: &Number) -> Value {
    let text = written.as_str();
    match number(text) {
        Some(value) if printed(&value).is_none_or(|printed| printed == text) && value.to_string() == text => value,
        _ => Value::from_object(Written(text.to_owned())),
    }
}

/// A text as a number of the engine; none where it is larger than 64 bits can say.
fn number(text: &str) -> Option<Value> {
    let whole = || text.parse().map(i64::into).or_else(|_| text.parse().map(i128::into)).ok();
    whole().or_else(|| text.parse().ok().filter(|near: &f64| near.is_finite()).map(Value::from))
}

/// How a number is printed that is no whole one to the engine: without what 64 bits cannot say, so that three times
/// 33.1 is 99.3.
pub(super) fn printed(value: &Value) -> Option<String> {
    if value.kind() != ValueKind::Number || value.is_integer() {
        return None;
    }
    let near = f64::try_from(value.clone()).ok().filter(|near| near.is_finite())?;
    let certain: f64 = format!("{near:.*e}", DIGITS - 1).parse().ok()?;
    // Not -0: nobody calculates that.
    Some((certain + 0.0).to_string())
}

/// The text of a number that prints as it was written.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.downcast_object_ref().map(|written: &Written| written.0.as_str())
}

/// A filter: the value with numbers that the engine can calculate with, at all depths.
pub(super) fn plain(value: &Value) -> Result<Value, Error> {
    if let Some(text) = text(value) {
        return number(text).ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            let detail = format!("the number {shown}… is too large to calculate with");
            Error::new(ErrorKind::InvalidOperation, detail)
        });
    }
    if !holds_written(value) {
        return Ok(value.clone());
    }
    if value.kind() == ValueKind::Map {
        let pairs = value.try_iter()?.map(|key| Ok((key.clone(), plain(&value.get_item(&key)?)?)));
        return Ok(Value::from_pairs(pairs.collect::<Result<Vec<_>, Error>>()?));
    }
    value.try_iter()?.map(|item| plain(&item)).collect::<Result<Vec<_>, _>>().map(Value::from)
}

fn holds_written(value: &Value) -> bool {
    let any = |holds: &dyn Fn(Value) -> bool| value.try_iter().is_ok_and(|mut items| items.any(holds));
    match value.kind() {
        ValueKind::Plain => text(value).is_some(),
        ValueKind::Map => any(&|key| value.get_item(&key).is_ok_and(|item| holds_written(&item))),
        ValueKind::Iterable if value.len().is_none_or(|length| length > MAX_ITEMS) => false,
        ValueKind::Seq | ValueKind::Iterable => any(&|item| holds_written(&item)),
        _ => false,
    }
}

/// Filters and tests that calculate.
pub(super) fn install(env: &mut Environment<'_>) {
    env.add_filter(PLAIN, plain);
    env.add_filter("abs", |value: &Value| filters::abs(plain(value)?));
    env.add_filter("int", |state: &State<'_, '_>, value: &Value, default: Option<Value>, base, kwargs: Kwargs| {
        filters::int(state, &plain(value)?, default, base, kwargs)
    });
    env.add_filter("float", |state: &State<'_, '_>, value: &Value, default: Option<Value>, kwargs: Kwargs| {
        filters::float(state, &plain(value)?, default, kwargs)
    });
    env.add_filter("round", |value: &Value, precision, method: Option<&str>, kwargs: Kwargs| {
        filters::round(plain(value)?, precision, method, kwargs)
    });
    env.add_filter("sum", |state: &State<'_, '_>, values: &Value, attribute: Option<&str>, start, kwargs: Kwargs| {
        filters::sum(state, plain(values)?, attribute, start, kwargs)
    });
    env.add_filter("sort", |state: &State<'_, '_>, value: &Value, kwargs: Kwargs| {
        let (pairs, kwargs) = paired(value, kwargs)?;
        filters::sort(state, pairs, kwargs)?
            .try_iter()?
            .map(|pair| pair.get_item_by_index(1))
            .collect::<Result<Value, _>>()
    });
    env.add_filter("min", |state: &State<'_, '_>, value: &Value, kwargs: Kwargs| {
        let (pairs, kwargs) = paired(value, kwargs)?;
        second(&filters::min(state, pairs, kwargs)?)
    });
    env.add_filter("max", |state: &State<'_, '_>, value: &Value, kwargs: Kwargs| {
        let (pairs, kwargs) = paired(value, kwargs)?;
        second(&filters::max(state, pairs, kwargs)?)
    });
    type Test = fn(&Value) -> bool;
    let kinds: [(&str, Test); 6] = [
        ("odd", |value| tests::is_odd(value.clone())),
        ("even", |value| tests::is_even(value.clone())),
        ("number", Value::is_number),
        ("integer", Value::is_integer),
        ("int", Value::is_integer),
        ("float", |value| value.is_number() && !value.is_integer()),
    ];
    for (name, test) in kinds {
        env.add_test(name, move |value: &Value| plain(value).map(|value| test(&value)));
    }
    type Compare = fn(&Value, &Value) -> bool;
    let comparisons: [(&[&str], Compare); 7] = [
        (&["eq", "equalto", "=="], |a, b| a == b),
        (&["ne", "!="], |a, b| a != b),
        (&["lt", "lessthan", "<"], |a, b| a < b),
        (&["le", "<="], |a, b| a <= b),
        (&["gt", "greaterthan", ">"], |a, b| a > b),
        (&["ge", ">="], |a, b| a >= b),
        (&["divisibleby"], tests::is_divisibleby),
    ];
    for (names, compare) in comparisons {
        for name in names {
            env.add_test(*name, move |a: &Value, b: &Value| Ok::<_, Error>(compare(&plain(a)?, &plain(b)?)));
        }
    }
    env.add_test("in", |state: &State<'_, '_>, a: &Value, b: &Value| tests::is_in(state, &plain(a)?, &plain(b)?));
}

/// Each item as it is calculated with, and as it was written; and how to look at the first of the two.
fn paired(value: &Value, kwargs: Kwargs) -> Result<(Value, Kwargs), Error> {
    let pair = |item: Value| Ok(Value::from(vec![plain(&item)?, item]));
    let pairs = value.try_iter()?.map(pair).collect::<Result<Vec<_>, Error>>()?;
    let by: Option<&str> = kwargs.get("attribute")?;
    let by = by.map_or("0".into(), |by| {
        let keys: Vec<_> = by.split(',').map(|key| format!("0.{}", key.trim())).collect();
        keys.join(",")
    });
    let others = kwargs.args().filter(|name| *name != "attribute").map(|name| Ok((name.to_owned(), kwargs.get(name)?)));
    let mut all = others.collect::<Result<Vec<(String, Value)>, Error>>()?;
    all.push(("attribute".into(), Value::from(by)));
    Ok((Value::from(pairs), all.into_iter().collect()))
}

fn second(pair: &Value) -> Result<Value, Error> {
    if pair.is_undefined() { Ok(Value::UNDEFINED) } else { pair.get_item_by_index(1) }
}

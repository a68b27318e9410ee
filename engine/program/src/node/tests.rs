//! What holds of every kind, whatever it does.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};
use serde_json::json;

use super::*;

/// Reads nothing, and keeps which names a struct knows.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("it was only asked for its names"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        panic!("a config is a struct of plain fields")
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The fields that files may name of a struct: of those that are left out by default, too.
pub(super) fn names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    assert!(T::deserialize(Names(&mut names)).is_err());
    names
}

fn form(kind: &Kind) -> Vec<&'static str> {
    kind.as_kind().fields().iter().map(|field| field.name).collect()
}

/// Something that fits a field, as files have it.
fn sample(input: Input) -> Value {
    match input {
        Input::Text { .. } => json!("a"),
        Input::Expression { .. } => json!("true"),
        Input::Period => json!("3d"),
        Input::Event => json!("user.joined"),
        Input::Stream => json!("welcome"),
        Input::Choice { options, .. } => json!(options[0]),
        Input::Changes { .. } => json!([{ "change": "set", "attribute": "tier", "value": "gold" }]),
        Input::DateTime => json!("2026-12-24T08:00"),
        Input::Weekdays => json!(["mon"]),
        Input::Hours => json!("09:00-17:00"),
        Input::Zone => json!("Europe/Berlin"),
        Input::Weights { .. } => json!([40, 60]),
        Input::Number { min, .. } => json!(min),
    }
}

/// A kind with one more of its fields filled in.
fn with(kind: &Kind, field: &Field) -> Kind {
    let sample = sample(field.input);
    let with = kind.with_field(field.name, sample.clone());
    let with = with.unwrap_or_else(|why| panic!("{}.{}: {why}", kind.tag(), field.name));
    assert_eq!(with.field(field.name), Some(sample), "{}.{}", kind.tag(), field.name);
    with
}

/// A field that the form lacks could be set in files alone, and one that files do not know could not be saved.
#[test]
fn files_and_forms_have_the_same_fields() {
    for (blank, names) in Kind::blanks().iter().zip(Kind::names()) {
        assert_eq!(names, form(blank), "{}: its struct, and what fields() says", blank.tag());
        let filled = blank.as_kind().fields().iter().fold(blank.clone(), |kind, field| with(&kind, field));
        assert_eq!(filled.to_fields().keys().map(String::as_str).collect::<Vec<_>>(), names, "{}", blank.tag());
        for asked in filled.as_kind().exprs() {
            assert!(names.contains(&asked.field), "{} has no {}", blank.tag(), asked.field);
        }
        for problem in blank.as_kind().problems() {
            assert!(problem.field.as_deref().is_some_and(|field| names.contains(&field)), "{problem:?}");
        }
    }
    // The widget and the reference write changes as the sample does.
    let Value::Array(changes) = sample(Input::Changes { most: 1 }) else { panic!("they are a list") };
    let change = changes[0].as_object().unwrap();
    assert_eq!(change.keys().collect::<Vec<_>>(), names::<ContactChange>());
}

/// The checker speaks of these fields by name, wherever their kind tells of them by the contract.
#[test]
fn fields_that_the_contract_tells_have_its_names() {
    fn told(kind: &Kind, field: &str) -> Option<String> {
        let (way, awaits) = (kind.as_kind().way_in(), kind.as_kind().awaits());
        match field {
            "event" => way.and_then(|way| way.event).or_else(|| awaits?.event).map(ToString::to_string),
            "stream" => kind.as_kind().stream().map(ToString::to_string),
            "again" => way?.again.map(|again| again.to_string()),
            "max_age" => way.map(|way| way.max_age).filter(|age| *age != MaxAge::default()).map(|age| age.to_string()),
            "as" => awaits?.name.map(str::to_owned),
            "valid" => kind.as_kind().valid().map(|valid| valid.to_string()),
            _ => None,
        }
    }
    for blank in Kind::blanks() {
        for field in blank.as_kind().fields() {
            let with = with(&blank, field);
            for name in [EVENT.name, STREAM.name, "again", "max_age", "as", "valid"] {
                let expected = if field.name == name { sample(field.input).as_str().map(str::to_owned) } else { None };
                assert_eq!(told(&with, name), expected, "{}.{} and {name}", blank.tag(), field.name);
            }
        }
    }
}

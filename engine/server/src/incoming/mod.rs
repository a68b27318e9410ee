//! Reads one item of a request: JSON text becomes an event that can be stored, or the first error in it.

use api::{Object, events::EventResult};
use chrono::{DateTime, TimeZone, Utc};
use program::{EventType, brief};
use runner::Incoming;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use store::Who;

use self::attachment::File;
use crate::{
    config::Ingest,
    unique::{self, without_place},
};

pub mod attachment;
mod sniff;

pub use self::sniff::danger;

/// The longest id of a client's, in characters.
const MAX_ID: usize = 200;

/// What an installation takes.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Files that run when they are opened, too.
    pub executable: bool,
    /// The most bytes of an event without its files.
    pub most: usize,
}

impl From<&Ingest> for Rules {
    fn from(config: &Ingest) -> Self {
        Self { executable: config.executable_attachments, most: config.max_event() }
    }
}

/// Why an item is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Path of keys within the item.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: brief::name(field), code, detail: brief::message(detail) }
    }
}

impl From<Refusal> for EventResult {
    fn from(refusal: Refusal) -> Self {
        Self::Rejected { code: refusal.code.into(), field: refusal.field, detail: refusal.detail }
    }
}

/// As [`api::events::EventIn`], with the contact's fields still untyped, so that each one's error has its path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item<'a> {
    #[serde(rename = "type")]
    kind: String,
    contact: Object,
    #[serde(default)]
    data: Object,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    occurred_at: Option<DateTime<Utc>>,
    #[serde(default, borrow)]
    attachments: Vec<File<'a>>,
}

/// Reads one item as a server with default options does.
pub fn read(raw: &RawValue) -> Result<Incoming, Refusal> {
    read_with(raw, Rules::from(&Ingest::default()))
}

/// Reads one item.
pub fn read_with(raw: &RawValue, rules: Rules) -> Result<Incoming, Refusal> {
    if let Some((path, fault)) = unique::fault(raw.get().as_bytes()) {
        let (code, detail) = fault.words();
        return Err(Refusal::new(path, code, detail));
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let item: Item = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        Refusal::new(path.trim_matches('.'), "invalid", without_place(&error.into_inner()))
    })?;
    let files: usize = item.attachments.iter().map(File::length).sum();
    rules.fits(raw.get().len().saturating_sub(files))?;
    let event = event_type(&item.kind)?;
    let (who, opt_in, attributes) = contact(item.contact)?;
    Ok(Incoming {
        who,
        attributes,
        opt_in,
        event,
        data: item.data.into(),
        occurred_at: item.occurred_at.map(moment).transpose()?,
        key: item.id.map(|id| check_id("id", id)).transpose()?,
        attachments: attachment::decode(item.attachments, rules.executable)?,
    })
}

/// The type of an event. Those that are stored may have characters that cannot be seen, and are read; new ones may not.
fn event_type(name: &str) -> Result<EventType, Refusal> {
    let event = EventType::new(name).map_err(|error| Refusal::new("type", "event_type", error.to_string()))?;
    let seen = letter::one_line(name, usize::MAX);
    if seen == name {
        return Ok(event);
    }
    let detail = format!("{name:?} has characters that cannot be seen, or that turn the text around; write {seen:?}");
    Err(Refusal::new("type", "event_type", detail))
}

/// Refuses what only Stafette itself reports, from whoever may not do everything: programs take it for what a reader did.
pub fn reported_by(event: Incoming, admin: bool) -> Result<Incoming, Refusal> {
    if admin || !event.event.is_own() {
        return Ok(event);
    }
    let detail = format!(
        "only Stafette itself reports \"{}\"; send yours under another name, or, to bring in a history, with a key that \
         has the scope admin",
        event.event
    );
    Err(Refusal::new("type", "reserved_event_type", detail))
}

impl Rules {
    /// Whether an event of so many bytes, without its files, is taken.
    pub fn fits(self, size: usize) -> Result<(), Refusal> {
        let detail = || format!("the event has {size} bytes without its files; at most {} are taken", self.most);
        if size > self.most { Err(Refusal::new("data", "event_too_large", detail())) } else { Ok(()) }
    }
}

/// Takes apart what the client says of the contact.
fn contact(mut fields: Object) -> Result<(Who, Option<bool>, Object), Refusal> {
    let email = text(&mut fields, "email")?;
    let email = email
        .map(|email| mail::check_address(&email))
        .transpose()
        .map_err(|error| Refusal::new("contact.email", "email", error.to_string()))?;
    let external_id = text(&mut fields, "external_id")?;
    let external_id = external_id.map(|id| check_id("contact.external_id", id)).transpose()?;
    if email.is_none() && external_id.is_none() {
        let detail = "give the contact's email, external_id, or both";
        return Err(Refusal::new("contact", "contact_missing", detail));
    }
    let opt_in = match fields.remove("opt_in") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(value)) => Some(value),
        Some(_) => return Err(Refusal::new("contact.opt_in", "invalid", "write true or false")),
    };
    Ok((Who { email, external_id }, opt_in, fields))
}

fn text(fields: &mut Object, name: &str) -> Result<Option<String>, Refusal> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::new(format!("contact.{name}"), "invalid", "write a text in quotes")),
    }
}

fn check_id(field: &str, id: String) -> Result<String, Refusal> {
    let length = id.chars().count();
    if (1..=MAX_ID).contains(&length) && !id.chars().any(char::is_control) {
        return Ok(id);
    }
    let detail = format!("write 1 to {MAX_ID} characters without control characters; this has {length}");
    Err(Refusal::new(field, "id", detail))
}

/// Times that fit into the database and into a calendar of four digits.
fn moment(time: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
    let (Some(first), Some(last)) = (Utc.timestamp_opt(0, 0).single(), Utc.timestamp_opt(253_402_300_799, 0).single())
    else {
        return Ok(time);
    };
    if (first..=last).contains(&time) {
        return Ok(time);
    }
    Err(Refusal::new("occurred_at", "occurred_at", "write a time between 1970 and 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> (String, &'static str) {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        let refusal = read(&raw).err().unwrap_or_else(|| panic!("{json} was taken"));
        (refusal.field, refusal.code)
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = format!(r#"{{"type":"a","contact":{{"external_id":"{}"}}}}"#, "x".repeat(201));
        let large =
            format!(r#"{{"type":"a","contact":{{"external_id":"x"}},"data":{{"a":"{}"}}}}"#, "x".repeat(1 << 20));
        for (json, field, code) in [
            ("1", "", "invalid"),
            (r#"{"contact":{"email":"a@b.example"}}"#, "", "invalid"),
            (r#"{"type":"","contact":{"external_id":"1"}}"#, "type", "event_type"),
            (r#"{"type":"a\nb","contact":{"external_id":"1"}}"#, "type", "event_type"),
            (r#"{"type":"\u202e","contact":{"external_id":"1"}}"#, "type", "event_type"),
            (r#"{"type":"order\u200b.placed","contact":{"external_id":"1"}}"#, "type", "event_type"),
            (r#"{"type":"order.\ufeffplaced","contact":{"external_id":"1"}}"#, "type", "event_type"),
            (r#"{"type":"a\u2028b","contact":{"external_id":"1"}}"#, "type", "event_type"),
            (r#"{"type":"a","contact":{}}"#, "contact", "contact_missing"),
            (r#"{"type":"a","contact":{"email":5}}"#, "contact.email", "invalid"),
            (r#"{"type":"a","contact":{"external_id":""}}"#, "contact.external_id", "id"),
            (r#"{"type":"a","contact":{"external_id":"a\u0000"}}"#, "contact.external_id", "id"),
            (r#"{"type":"a","contact":{"external_id":"1","opt_in":"yes"}}"#, "contact.opt_in", "invalid"),
            (r#"{"type":"a","contact":{"external_id":"1"},"data":[]}"#, "data", "invalid"),
            (r#"{"type":"a","contact":{"external_id":"1"},"occurred_at":"soon"}"#, "occurred_at", "invalid"),
            (
                r#"{"type":"a","contact":{"external_id":"1"},"occurred_at":"1812-01-01T00:00:00Z"}"#,
                "occurred_at",
                "occurred_at",
            ),
            (r#"{"type":"a","contact":{"external_id":"1"},"typo":1}"#, "typo", "invalid"),
            (&long, "contact.external_id", "id"),
            (&large, "data", "event_too_large"),
        ] {
            assert_eq!(refused(json), (field.to_string(), code), "{}", &json[..json.len().min(120)]);
        }
    }

    /// Joiners that letters and emoji need are no fault.
    #[test]
    fn a_type_may_be_written_in_any_script() {
        for name in ["Bestellung übermittelt", "ขอบคุณ", "می\u{200c}خواهم", "👩\u{200d}💻 joined", "a  b"]
        {
            assert_eq!(event_type(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_else_is_said_of_a_contact_becomes_attributes() {
        let json = r#"{"type":"a","contact":{"external_id":"1","opt_in":true,"first_name":"Ida"},"id":"7"}"#;
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        let event = read(&raw).unwrap();
        assert_eq!((event.opt_in, event.key.as_deref()), (Some(true), Some("7")));
        assert_eq!(event.attributes.keys().collect::<Vec<_>>(), ["first_name"]);
    }
}

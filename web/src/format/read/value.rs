//! PURE: values of conditions and of changes: a number, a text, true or false, or what begins with `=`.
//!
//! A text that would be read as something else stands in quotes, and whatever is no usual value of its field begins with
//! `=`. So each value has a text of its own, and reading that text gives the value again.

use program::{Operand, Path, Root, Subject};
use serde_json::Value;

use super::{
    Language, Unread, Why,
    number::{Decimal, number, show_number},
};

/// What a field holds, as far as anybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Texts.
    Text,
    /// Numbers.
    Number,
    /// True or false.
    Bool,
    /// Nobody knows.
    Anything,
}

impl Holds {
    /// By the kind that was seen.
    pub fn of(kind: &str) -> Self {
        match kind {
            "string" => Self::Text,
            "number" => Self::Number,
            "bool" => Self::Bool,
            _ => Self::Anything,
        }
    }
}

/// Reads what a clause compares with.
pub fn operand(text: &str, holds: Holds, language: Language) -> Operand {
    let unread = || Operand::Missing(text.to_owned());
    let bare = text.trim();
    if bare.is_empty() {
        return Operand::Missing(String::new());
    }
    if let Some(inner) = unquoted(bare) {
        return Operand::Text(inner);
    }
    if let Some(raw) = bare.strip_prefix('=') {
        return raw_operand(raw.trim()).unwrap_or_else(unread);
    }
    match holds {
        Holds::Text => Operand::Text(text.to_owned()),
        Holds::Number => number(bare, language).map_or_else(|_| unread(), |n| Operand::Number(n.as_str().to_owned())),
        Holds::Bool => truth(bare).map_or_else(unread, Operand::Bool),
        Holds::Anything => match (bare, number(bare, language)) {
            ("true" | "false", _) => Operand::Bool(bare == "true"),
            (_, Ok(n)) => Operand::Number(n.as_str().to_owned()),
            (_, Err(refused)) if refused.why == Why::Two => unread(),
            _ => Operand::Text(text.to_owned()),
        },
    }
}

/// Writes it so that it reads back.
pub fn show_operand(of: &Operand, holds: Holds, language: Language) -> String {
    let (usual, sure) = match of {
        Operand::Missing(typed) => return typed.clone(),
        Operand::Length(length) => return length.clone(),
        Operand::Text(text) => (text.clone(), quoted(text)),
        Operand::Number(n) => {
            (Decimal::of(n).map_or_else(|| n.clone(), |n| show_number(&n, language)), format!("={n}"))
        }
        Operand::Bool(yes) => (yes.to_string(), format!("={yes}")),
        Operand::Field(path) => {
            let words = path.words();
            let name = root_words(&path.root);
            // An item as a whole, and an item of an item, have no dot behind the root.
            let gap = if words.is_empty() || words.starts_with('[') { "" } else { "." };
            let text = format!("= {name}{gap}{words}");
            (text.clone(), text)
        }
    };
    if operand(&usual, holds, language) == *of { usual } else { sure }
}

/// Why a value cannot be read, for the line below it.
pub fn why_unread(text: &str, holds: Holds, language: Language) -> Option<Unread> {
    match operand(text, holds, language) {
        Operand::Missing(_) if text.trim().is_empty() => Some(Unread::new(Why::Empty)),
        Operand::Missing(_) if holds == Holds::Bool => {
            Some(Unread::offering(Why::Unknown, ["true".to_owned(), "false".to_owned()]))
        }
        Operand::Missing(_) => Some(number(text, language).err().unwrap_or_else(|| Unread::new(Why::Unknown))),
        _ => None,
    }
}

/// Reads a value that is given to an attribute; none where nothing is typed.
pub fn given(text: &str, language: Language) -> Result<Option<Value>, Unread> {
    let bare = text.trim();
    if bare.is_empty() {
        return Ok(None);
    }
    if let Some(inner) = unquoted(bare) {
        return Ok(Some(inner.into()));
    }
    let json =
        |text: &str| serde_json::from_str::<Value>(text).ok().filter(|value| value.is_number() || value.is_boolean());
    Ok(Some(match number(bare, language) {
        _ if bare.starts_with('=') => text.into(),
        Ok(n) => json(n.as_str()).unwrap_or_else(|| text.into()),
        Err(refused) if refused.why == Why::Two => return Err(refused),
        Err(_) => json(bare).unwrap_or_else(|| text.into()),
    }))
}

/// Writes it so that it reads back.
pub fn show_given(value: &Value, language: Language) -> String {
    match value {
        Value::String(text) if given(text, language) == Ok(Some(text.as_str().into())) => text.clone(),
        Value::String(text) => quoted(text),
        Value::Number(n) => {
            let read = Decimal::of(&n.to_string());
            read.map_or_else(|| n.to_string(), |n| show_number(&n, language))
        }
        other => other.to_string(),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "ja" | "wahr" | "oui" | "vrai" => Some(true),
        "false" | "no" | "nein" | "falsch" | "non" | "faux" => Some(false),
        _ => None,
    }
}

/// What is written behind `=`: a number, true or false, or a field.
fn raw_operand(text: &str) -> Option<Operand> {
    match text {
        "true" | "false" => return Some(Operand::Bool(text == "true")),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            let is_number = serde_json::from_str::<serde_json::Number>(text).is_ok();
            return is_number.then(|| Operand::Number(text.to_owned()));
        }
        _ => {}
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let path = Path::of(root(name)?, rest.strip_prefix('.').unwrap_or(rest));
    let says = !path.steps.is_empty() || matches!(path.root, Root::Item(_));
    (says && !path.is_missing()).then_some(Operand::Field(path))
}

/// The root of this name; what is no subject is an item of a list.
pub fn root(name: &str) -> Option<Root> {
    let subjects = [Subject::Contact, Subject::Event, Subject::Joined, Subject::Incoming];
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match subjects.into_iter().find(|subject| subject.as_str() == name) {
        Some(subject) => Some(Root::Subject(subject)),
        None => is_word.then(|| Root::Item(name.to_owned())),
    }
}

/// Its name.
pub fn root_words(root: &Root) -> &str {
    match root {
        Root::Subject(subject) => subject.as_str(),
        Root::Item(name) => name,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let (mut out, mut chars) = (String::new(), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
    Some(out)
}

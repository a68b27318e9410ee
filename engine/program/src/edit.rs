//! Edits of a contact, and how they are applied. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Budget, Object, Reason, same::same};

/// The most that a contact may hold, in bytes of its attributes as JSON, where nothing else is said.
pub const MAX_CONTACT: usize = 512 << 10;

/// What says who a contact is, or what it agreed to: no step changes it.
pub const RESERVED: [&str; 4] = ["email", "external_id", "opt_in", "test"];

/// One edit of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// What is done.
    pub change: EditKind,
    /// Name of the attribute.
    pub attribute: String,
    /// The value; none if the attribute goes as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// What an edit does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditKind {
    /// The attribute has this value.
    #[default]
    Set,
    /// The attribute is a list, and this is in it, once.
    Add,
    /// The attribute is a list, and this is not in it; without a value there is no such attribute.
    Remove,
}

impl EditKind {
    /// All of them, in the order of a form.
    pub const ALL: [Self; 3] = [Self::Set, Self::Add, Self::Remove];

    /// Its name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for Edit {
    /// `set tier = "gold"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change.as_str(), self.attribute)?;
        self.value.as_ref().map_or(Ok(()), |value| write!(f, " = {value}"))
    }
}

/// Bytes of an attribute as JSON, with what stands around it.
pub fn attribute_bytes(name: &str, value: &Value) -> usize {
    name.len() + 4 + json_bytes(value)
}

/// Bytes of a value as JSON.
pub(crate) fn json_bytes(value: &Value) -> usize {
    /// Counts instead of writing.
    struct Length(usize);

    impl std::io::Write for Length {
        fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
            self.0 += part.len();
            Ok(part.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut length = Length(0);
    // What counts only cannot fail, and JSON has names for keys.
    let _ = serde_json::to_writer(&mut length, value);
    length.0
}

/// Takes all of these edits into what is known of a contact, or none of them. A contact that holds more than `most`
/// bytes may become smaller. What is looked through is taken from the budget, so a program of many edits ends, too.
pub(crate) fn fold(contact: &mut Object, edits: &[Edit], most: usize, budget: &Budget) -> Result<(), Reason> {
    let mut after: Vec<(&str, Option<Value>)> = Vec::with_capacity(edits.len());
    for edit in edits {
        let name = edit.attribute.as_str();
        let at = after.iter().position(|(known, _)| *known == name);
        let before = at.map_or_else(|| contact.get(name), |at| after[at].1.as_ref());
        if !budget.spend(before.map_or(0, json_bytes) + edit.value.as_ref().map_or(0, json_bytes)) {
            return Err(Reason::TooManyEdits { name: name.into() });
        }
        let value = edited(edit, before)?;
        match at {
            Some(at) => after[at].1 = value,
            None => after.push((name, value)),
        }
    }
    let size = |name: &str, value: Option<&Value>| value.map_or(0, |value| attribute_bytes(name, value));
    let less: usize = after.iter().map(|(name, _)| size(name, contact.get(*name))).sum();
    let more: usize = after.iter().map(|(name, value)| size(name, value.as_ref())).sum();
    if more > less {
        let own = |name: &String| !RESERVED.contains(&name.as_str());
        let all = contact.iter().filter(|(name, _)| own(name));
        let holds = 2 + all.map(|(name, value)| attribute_bytes(name, value)).sum::<usize>();
        if !budget.spend(holds) {
            return Err(Reason::TooManyEdits { name: edits[0].attribute.clone() });
        }
        let size = holds + more - less;
        if size > most {
            return Err(Reason::ContactFull { size, most });
        }
    }
    for (name, value) in after {
        match value {
            Some(value) => drop(contact.insert(name.to_owned(), value)),
            None => drop(contact.shift_remove(name)),
        }
    }
    Ok(())
}

/// What an attribute is after an edit.
fn edited(edit: &Edit, before: Option<&Value>) -> Result<Option<Value>, Reason> {
    let list = |before: Option<&Value>| match before {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(_) => Err(Reason::NoList { name: edit.attribute.clone() }),
    };
    Ok(match (edit.change, &edit.value) {
        (EditKind::Set, value) => value.clone(),
        (EditKind::Add, Some(value)) => {
            let mut items = list(before)?;
            if !items.iter().any(|item| same(item, value)) {
                items.push(value.clone());
            }
            Some(items.into())
        }
        (EditKind::Remove, Some(value)) if before.is_some() => {
            let mut items = list(before)?;
            items.retain(|item| !same(item, value));
            Some(items.into())
        }
        (EditKind::Add, None) => before.cloned(),
        (EditKind::Remove, _) => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edit(change: EditKind, attribute: &str, value: Value) -> Edit {
        Edit { change, attribute: attribute.into(), value: Some(value).filter(|value| !value.is_null()) }
    }

    fn folded(contact: Value, edits: &[Edit], most: usize) -> Result<Value, Reason> {
        let mut contact = contact.as_object().unwrap().clone();
        let done = fold(&mut contact, edits, most, &Budget::default());
        done.map(|()| Value::Object(contact))
    }

    #[test]
    fn each_edit_sees_those_before_it() {
        use EditKind::{Add, Remove, Set};
        let edits = [
            edit(Set, "tier", json!("gold")),
            edit(Add, "tags", json!("buyer")),
            edit(Add, "tags", json!("vip")),
            edit(Add, "tags", json!(1.0)),
            edit(Remove, "tags", json!("trial")),
            edit(Remove, "coupon", Value::Null),
            edit(Remove, "nothing", json!("x")),
        ];
        let before = json!({ "coupon": 5, "tags": ["trial", "buyer", 1, "trial"], "tier": "silver" });
        assert_eq!(folded(before, &edits, 999), Ok(json!({ "tags": ["buyer", 1, "vip"], "tier": "gold" })));
        assert_eq!(
            folded(json!({ "tags": "x" }), &[edit(Set, "a", json!(1)), edit(Add, "tags", json!(1))], 999),
            Err(Reason::NoList { name: "tags".into() })
        );
    }

    #[test]
    fn a_contact_grows_up_to_its_bound_and_may_shrink() {
        let set = |n: usize| [edit(EditKind::Set, "note", json!("x".repeat(n)))];
        assert!(folded(json!({ "a": "1234567890" }), &set(70), 100).is_ok());
        assert_eq!(
            folded(json!({ "a": "1234567890" }), &set(80), 100),
            Err(Reason::ContactFull { size: 2 + 17 + 90, most: 100 })
        );
        let full = json!({ "note": "x".repeat(500), "email": "not counted" });
        assert!(folded(full, &set(400), 100).is_ok());
    }

    #[test]
    fn long_lists_are_not_looked_through_for_ever() {
        let list = json!({ "tags": vec!["a tag of some length"; 10_000] });
        let add: Vec<_> = (0..200).map(|n| edit(EditKind::Add, "tags", json!(n))).collect();
        assert_eq!(folded(list, &add, usize::MAX), Err(Reason::TooManyEdits { name: "tags".into() }));
    }
}

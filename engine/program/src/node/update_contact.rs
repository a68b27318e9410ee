//! Update contact: stores what a program learns of the contact. The nodes after it see it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Asked, Family, Gives, NodeKind, Visit};
use crate::{
    Edit, EditKind, Effect, Expr, Field, Finding, Input, Next, Outcome, Port, Problem, RESERVED, Reason, Scope,
    json_bytes,
};

/// The most changes of one node.
const MAX_CHANGES: usize = 20;
/// The longest name of an attribute, in characters.
const MAX_NAME: usize = 60;
/// The largest value, in bytes as JSON. Each value stands in the trace of each contact that comes by.
const MAX_VALUE: usize = 4 << 10;

/// Sets attributes of the contact, adds to its lists, and removes from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateContact {
    /// In this order; each sees what those before it did.
    #[serde(default)]
    pub changes: Vec<ContactChange>,
}

/// One change of one attribute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactChange {
    /// What is done.
    pub change: EditKind,
    /// Name of the attribute.
    pub attribute: String,
    /// The value. To remove without a value removes the attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Given>,
}

/// A value as files have it: itself, or what an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A text, a number, yes or no.
    Value(Value),
    /// A text that begins with `=`.
    Expr(Expr),
}

impl Given {
    /// As it was read.
    fn new(value: Value) -> Self {
        match value.as_str().and_then(|text| text.strip_prefix('=')) {
            Some(source) => Self::Expr(Expr::new(source.trim())),
            None => Self::Value(value),
        }
    }

    fn value(&self, visit: &Visit<'_>) -> Result<Value, Reason> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Expr(expr) => expr.value(visit.facts),
        }
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Expr(expr) => serializer.serialize_str(&format!("= {}", expr.source())),
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::new)
    }
}

impl ContactChange {
    fn problem(&self) -> Option<Problem> {
        let name = || self.attribute.clone();
        let length = self.attribute.chars().count();
        let error = |code, finding| Some(Problem::error(code, finding));
        if !(1..=MAX_NAME).contains(&length) || self.attribute.contains(char::is_control) {
            return error("attribute_name", Finding::AttributeName { most: MAX_NAME, length });
        }
        if RESERVED.contains(&self.attribute.as_str()) {
            return error("attribute_reserved", Finding::AttributeReserved { name: name() });
        }
        match &self.value {
            None if self.change == EditKind::Remove => None,
            None => error("value_missing", Finding::NoValue { name: name() }),
            Some(Given::Value(Value::Array(_) | Value::Object(_) | Value::Null)) => {
                error("value_kind", Finding::ValueKind { name: name() })
            }
            Some(Given::Value(value)) => {
                let size = json_bytes(value);
                let too_large = || Finding::ValueTooLarge { name: name(), size, most: MAX_VALUE };
                (size > MAX_VALUE).then(|| Problem::error("value_too_large", too_large()))
            }
            Some(Given::Expr(expr)) => expr.problem(),
        }
    }

    fn edit(&self, visit: &Visit<'_>) -> Result<Edit, Reason> {
        let value = self.value.as_ref().map(|value| value.value(visit)).transpose()?;
        let size = value.as_ref().map_or(0, json_bytes);
        if size > MAX_VALUE {
            return Err(Reason::ValueTooLarge { name: self.attribute.clone(), size, most: MAX_VALUE });
        }
        Ok(Edit { change: self.change, attribute: self.attribute.clone(), value })
    }
}

impl NodeKind for UpdateContact {
    fn title(&self) -> &'static str {
        "Update contact"
    }

    fn family(&self) -> Family {
        Family::Contact
    }

    fn ports(&self) -> &'static [Port] {
        &[Port::NEXT]
    }

    fn fields(&self) -> &'static [Field] {
        &[Field {
            name: "changes",
            label: "Changes",
            help: "A value that begins with = is an expression, such as = event.total.",
            input: Input::Changes { most: MAX_CHANGES },
            required: true,
        }]
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<_> = self.changes.iter().filter_map(ContactChange::problem).collect();
        match self.changes.len() {
            0 => problems.push(Problem::error("no_changes", Finding::NoChanges)),
            changes if changes > MAX_CHANGES => {
                let finding = Finding::TooManyChanges { changes, most: MAX_CHANGES };
                problems.push(Problem::error("too_many_changes", finding));
            }
            _ => {}
        }
        problems.into_iter().map(|problem| problem.field("changes")).collect()
    }

    fn exprs(&self) -> Vec<Asked<'_>> {
        let given = self.changes.iter().filter_map(|change| change.value.as_ref());
        let exprs = given.filter_map(|given| match given {
            Given::Expr(expr) => Some(expr),
            Given::Value(_) => None,
        });
        exprs.map(|expr| Asked { field: "changes", expr, scope: Scope::Step, gives: Gives::Value }).collect()
    }

    fn edits_contact(&self) -> bool {
        true
    }

    fn step(&self, visit: &Visit<'_>) -> Result<Outcome, Reason> {
        let edits = self.changes.iter().map(|change| change.edit(visit)).collect::<Result<_, _>>()?;
        let effects = vec![Effect::UpdateContact { edits }];
        Ok(Outcome { effects, next: Next::Pass(Port::NEXT), reason: Reason::Changed { names: self.names() } })
    }
}

impl UpdateContact {
    /// The attributes that it changes, each once.
    pub fn names(&self) -> String {
        let mut names: Vec<Cow<'_, str>> = Vec::new();
        for change in &self.changes {
            if !change.attribute.is_empty() && names.iter().all(|name| *name != change.attribute) {
                names.push(change.attribute.as_str().into());
            }
        }
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Facts, Phase};

    fn node(changes: Value) -> UpdateContact {
        serde_json::from_value(json!({ "changes": changes })).unwrap()
    }

    fn step(node: &UpdateContact, facts: &Facts) -> Result<Outcome, Reason> {
        let id = crate::NodeId::new("n").unwrap();
        node.step(&Visit { node: &id, now: chrono::DateTime::UNIX_EPOCH, phase: Phase::Arrived, facts })
    }

    #[test]
    fn values_are_given_or_calculated() {
        let written = json!([
            { "change": "set", "attribute": "tier", "value": "gold" },
            { "change": "set", "attribute": "score", "value": "= event.total * 2" },
            { "change": "set", "attribute": "price", "value": 100.00 },
            { "change": "add", "attribute": "tags", "value": true },
            { "change": "set", "attribute": "skus", "value": "= event.lines.map(line, line.sku)" },
            { "change": "remove", "attribute": "coupon" },
        ]);
        let node = node(written.clone());
        assert_eq!(node.problems(), []);
        assert_eq!(serde_json::to_value(&node).unwrap()["changes"], written);
        let event = json!({ "total": 10.50, "lines": [{ "sku": "a" }, { "sku": "b" }] });
        let facts = Facts { event: event.as_object().unwrap().clone(), ..Facts::default() };
        let outcome = step(&node, &facts).unwrap();
        let [Effect::UpdateContact { edits }] = &outcome.effects[..] else { panic!("{outcome:?}") };
        let told: Vec<_> = edits.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                r#"set tier = "gold""#,
                "set score = 21",
                "set price = 100.0",
                "add tags = true",
                r#"set skus = ["a","b"]"#,
                "remove coupon"
            ]
        );
        assert_eq!(outcome.reason.to_string(), "changed: tier, score, price, tags, skus, coupon");
    }

    #[test]
    fn what_cannot_be_is_found_or_fails() {
        let codes = |changes: Value| -> Vec<_> {
            node(changes).problems().iter().map(|problem| problem.code.clone()).collect()
        };
        let set = |name: &str, value: Value| json!({ "change": "set", "attribute": name, "value": value });
        assert_eq!(codes(json!([])), ["no_changes"]);
        assert_eq!(codes(json!([set("email", "x".into())])), ["attribute_reserved"]);
        assert_eq!(codes(json!([set("", "x".into())])), ["attribute_name"]);
        assert_eq!(codes(json!([{ "change": "add", "attribute": "tags" }])), ["value_missing"]);
        assert_eq!(codes(json!([set("a", json!([1]))])), ["value_kind"]);
        assert_eq!(codes(json!([set("a", "x".repeat(MAX_VALUE).into())])), ["value_too_large"]);
        assert_eq!(codes(json!([set("a", "= evnt.x".into())])), ["expression"]);
        assert_eq!(codes(vec![set("a", 1.into()); MAX_CHANGES + 1].into()), ["too_many_changes"]);

        let large = json!({ "text": "x".repeat(MAX_VALUE) });
        let facts = Facts { event: large.as_object().unwrap().clone(), ..Facts::default() };
        let reason = step(&node(json!([set("a", "= event.text".into())])), &facts).unwrap_err();
        assert_eq!(reason, Reason::ValueTooLarge { name: "a".into(), size: MAX_VALUE + 2, most: MAX_VALUE });
        assert!(step(&node(json!([set("a", "= event.none".into())])), &facts).is_err());
    }
}

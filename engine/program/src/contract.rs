//! Contracts: how the events of a type must look. Pure; ingest asks them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Object, brief,
    same::same,
    shape::{DEPTH, MOST_FIELDS, MOST_PATH, ValueKind},
};

/// The most values that a field may be restricted to, and the longest one in bytes of JSON.
const VALUES: (usize, usize) = (100, 200);
/// The most violations that are told of one event: more say nothing new.
const MOST: usize = 10;
/// The most values that are looked at in one event: some milliseconds. Lists of lists could hold as many as they like. An
/// event with more stands against its contract, because nobody knows whether it keeps to it.
const LOOKS: usize = 20_000;

/// What events of a type have to look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// What becomes of an event that stands against it.
    pub mode: ContractMode,
    /// Whether events may have no other fields than these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Their fields by path: `total`, `customer.name`, `lines[]`, `lines[].sku`.
    pub fields: BTreeMap<String, Rule>,
}

/// What becomes of an event that stands against its contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractMode {
    /// It is taken, and counted.
    #[default]
    Report,
    /// It is refused.
    Refuse,
}

/// What is asked of one field. One that must be there must be there where its object is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of which kind its value is.
    #[serde(rename = "type")]
    pub kind: ValueKind,
    /// Whether it must be there. Null is as if it were not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The values that it may have; none: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// A field that stands against the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where; nowhere, where it is the event as a whole.
    pub path: String,
    /// Which rule, as a word.
    pub code: &'static str,
    /// The rule in words. It repeats nothing of the event but the names of its fields.
    pub reason: String,
    /// Where the field's own name is the sender's, because the contract does not know it: the path with `*` for the name.
    pub above: Option<String>,
}

impl Violation {
    /// The same without a name that is the sender's: that may be somebody's address.
    pub fn nameless(&self) -> Self {
        match &self.above {
            Some(path) => Self { path: path.clone(), reason: unknown(path), above: None, code: self.code },
            None => self.clone(),
        }
    }
}

fn unknown(path: &str) -> String {
    brief::message(format!("\"{path}\" is no field of the contract"))
}

impl Contract {
    /// Why it cannot be one, and at which field.
    pub fn problem(&self) -> Option<(String, String)> {
        if self.fields.len() > MOST_FIELDS {
            return Some((String::new(), format!("{} fields are too many; at most {MOST_FIELDS}", self.fields.len())));
        }
        self.fields.iter().find_map(|(path, rule)| Some((path.clone(), self.wrong(path, rule)?)))
    }

    fn wrong(&self, path: &str, rule: &Rule) -> Option<String> {
        if path.len() > MOST_PATH {
            return Some(format!("a path has at most {MOST_PATH} bytes"));
        }
        let parts: Vec<_> = path.split('.').collect();
        let (names, lists): (Vec<_>, Vec<_>) = parts.iter().map(|part| (bare(part), part.ends_with("[]"))).unzip();
        if parts.len() > DEPTH || names.iter().any(|name| name.is_empty() || name.contains(['[', ']', '\0'])) {
            return Some(format!(
                "a path is at most {DEPTH} names with dots between; [] behind one says that it is a list"
            ));
        }
        if lists.last() != Some(&(rule.kind == ValueKind::List)) {
            return Some("[] stands behind the path of each list, and of nothing else".into());
        }
        for (at, _) in path.match_indices('.') {
            let (above, list) = (&path[..at], path[..at].ends_with("[]"));
            let kind = if list { ValueKind::List } else { ValueKind::Object };
            if self.fields.get(above).is_none_or(|rule| rule.kind != kind) {
                return Some(format!("\"{above}\" must be a field of the contract, and hold what is below it"));
            }
        }
        if rule.values.len() > VALUES.0 {
            return Some(format!("{} values are too many; at most {}", rule.values.len(), VALUES.0));
        }
        let fits = |value: &Value| ValueKind::of(value) == Some(rule.kind) && value.to_string().len() <= VALUES.1;
        let plain = matches!(rule.kind, ValueKind::String | ValueKind::Number | ValueKind::Bool);
        (!(rule.values.is_empty() || plain && rule.values.iter().all(fits))).then(|| {
            format!(
                "values are of the field's type, which is string, number or bool, of at most {} bytes each",
                VALUES.1
            )
        })
    }

    /// What stands against it in an event, in the order of the fields, at most ten.
    pub fn check(&self, data: &Object) -> Vec<Violation> {
        let mut check = Check { contract: self, found: Vec::new(), looks: LOOKS, over: false };
        check.object(data, "", 0);
        if check.over {
            check.say("", "too_large", format!("it is too large to be checked: it holds more than {LOOKS} values"));
        }
        check.found.sort_by(|a: &Violation, b| (&a.path, a.code).cmp(&(&b.path, b.code)));
        check.found.dedup();
        check.found.truncate(MOST);
        check.found
    }
}

fn bare(part: &str) -> &str {
    part.strip_suffix("[]").unwrap_or(part)
}

struct Check<'c> {
    contract: &'c Contract,
    found: Vec<Violation>,
    looks: usize,
    /// There was more to look at.
    over: bool,
}

impl Check<'_> {
    /// Whether there is one look more. More than enough that was found is an end, too.
    fn look(&mut self) -> bool {
        if self.found.len() > MOST * MOST {
            return false;
        }
        match self.looks.checked_sub(1) {
            Some(left) => self.looks = left,
            None => self.over = true,
        }
        !self.over
    }

    /// The object at this path, which ends with a dot.
    fn object(&mut self, object: &Object, prefix: &str, depth: usize) {
        let contract = self.contract;
        // What is asked for at this level.
        let from = contract.fields.range(prefix.to_owned()..);
        for (path, rule) in from.take_while(|(path, _)| path.starts_with(prefix)) {
            let name = bare(&path[prefix.len()..]);
            // Each rule that is only passed over costs, too.
            if !self.look() {
                return;
            }
            if name.contains('.') {
                continue;
            }
            match object.get(name).filter(|value| !value.is_null()) {
                Some(value) => self.value(value, path, rule, depth),
                None if rule.required => self.say(path, "missing", format!("\"{}\" is missing", brief::name(path))),
                None => {}
            }
        }
        // What is below an object of which nothing is asked may be anything.
        let mut below = contract.fields.range(prefix.to_owned()..);
        let asks = prefix.is_empty() || below.next().is_some_and(|(path, _)| path.starts_with(prefix));
        if contract.closed && asks {
            for name in object.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name) {
                if !self.look() {
                    return;
                }
                let path = format!("{prefix}{name}");
                let is_known =
                    contract.fields.contains_key(&path) || contract.fields.contains_key(&format!("{path}[]"));
                if !is_known {
                    let path = brief::name(path);
                    let (reason, above) = (unknown(&path), Some(format!("{prefix}*")));
                    self.found.push(Violation { path, code: "unknown_field", reason, above });
                }
            }
        }
    }

    fn value(&mut self, value: &Value, path: &str, rule: &Rule, depth: usize) {
        if !self.look() {
            return;
        }
        let shown = brief::name(path);
        let kind = ValueKind::of(value);
        if kind != Some(rule.kind) {
            let is = kind.map_or("null", ValueKind::word);
            return self.say(path, "wrong_type", format!("\"{shown}\" is of type {is}, not {}", rule.kind));
        }
        if !rule.values.is_empty() && !rule.values.iter().any(|allowed| same(allowed, value)) {
            let some: Vec<_> = rule.values.iter().take(5).map(Value::to_string).collect();
            let more = if rule.values.len() > some.len() { ", …" } else { "" };
            return self.say(path, "not_allowed", format!("\"{shown}\" is none of {}{more}", some.join(", ")));
        }
        if depth >= DEPTH {
            return;
        }
        let below = format!("{path}.");
        match value {
            Value::Object(object) => self.object(object, &below, depth + 1),
            Value::Array(items) => {
                for item in items {
                    if !self.look() {
                        return;
                    }
                    if let Value::Object(object) = item {
                        self.object(object, &below, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, path: &str, code: &'static str, reason: String) {
        self.found.push(Violation { path: path.to_owned(), code, reason: brief::message(reason), above: None });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contract(value: Value) -> Contract {
        serde_json::from_value(value).unwrap()
    }

    fn found(contract: &Contract, data: Value) -> Vec<String> {
        let found = contract.check(data.as_object().unwrap());
        found.into_iter().map(|it| format!("{} {}: {}", it.path, it.code, it.reason)).collect()
    }

    #[test]
    fn each_rule() {
        let contract = contract(json!({ "mode": "refuse", "closed": true, "fields": {
            "total": { "type": "number", "required": true },
            "currency": { "type": "string", "values": ["EUR", "USD"] },
            "rate": { "type": "number", "values": [1.0] },
            "customer": { "type": "object" },
            "customer.name": { "type": "string", "required": true },
            "lines[]": { "type": "list", "required": true },
            "lines[].sku": { "type": "string", "required": true },
        }}));
        assert_eq!(contract.problem(), None);
        let good = json!({ "total": 1, "currency": "EUR", "rate": 1.00, "lines": [{ "sku": "a" }], "customer": null });
        assert_eq!(found(&contract, good), Vec::<String>::new());
        let bad = json!({ "total": "1", "currency": "Ann", "customer": {}, "lines": [{ "sku": 1 }, {}], "other": 1 });
        assert_eq!(
            found(&contract, bad),
            [
                "currency not_allowed: \"currency\" is none of \"EUR\", \"USD\"",
                "customer.name missing: \"customer.name\" is missing",
                "lines[].sku missing: \"lines[].sku\" is missing",
                "lines[].sku wrong_type: \"lines[].sku\" is of type number, not string",
                "other unknown_field: \"other\" is no field of the contract",
                "total wrong_type: \"total\" is of type string, not number",
            ]
        );
        // A child asks for nothing where its parent may be absent and is.
        assert_eq!(found(&contract, json!({ "total": 1 })), ["lines[] missing: \"lines[]\" is missing"]);
    }

    #[test]
    fn a_name_that_no_contract_knows_can_be_left_out() {
        let contract = contract(json!({ "mode": "refuse", "closed": true, "fields": {
            "lines[]": { "type": "list" }, "lines[].sku": { "type": "string" },
        }}));
        let bad = json!({ "ann.smith@example.test": 1, "lines": [{ "sku": 1, "+49 170 1234567": 2 }] });
        let found = contract.check(bad.as_object().unwrap());
        let told: Vec<_> = found.iter().map(|it| (it.path.as_str(), it.nameless())).collect();
        let nameless: Vec<_> = told.iter().map(|(_, it)| format!("{} {}", it.path, it.reason)).collect();
        assert_eq!(
            told.iter().map(|(path, _)| *path).collect::<Vec<_>>(),
            ["ann.smith@example.test", "lines[].+49 170 1234567", "lines[].sku"]
        );
        assert_eq!(
            nameless,
            [
                "* \"*\" is no field of the contract",
                "lines[].* \"lines[].*\" is no field of the contract",
                "lines[].sku \"lines[].sku\" is of type number, not string",
            ]
        );
    }

    #[test]
    fn what_is_no_contract_is_told_with_its_field() {
        let wrong = |fields: Value| contract(json!({ "mode": "report", "fields": fields })).problem().map(|(at, _)| at);
        assert_eq!(wrong(json!({ "b": { "type": "object" }, "b.c": { "type": "string" } })), None);
        for (path, fields) in [
            ("", json!({ "": { "type": "bool" } })),
            ("a..b", json!({ "a..b": { "type": "bool" } })),
            ("a[]", json!({ "a[]": { "type": "string" } })),
            ("a", json!({ "a": { "type": "list" } })),
            ("a.b", json!({ "a": { "type": "string" }, "a.b": { "type": "string" } })),
            ("b.c", json!({ "a": { "type": "bool" }, "b.c": { "type": "string" } })),
            ("a[].b", json!({ "a[].b": { "type": "string" } })),
            ("a", json!({ "a": { "type": "string", "values": [1] } })),
            ("a", json!({ "a": { "type": "object", "values": [{}] } })),
            ("a", json!({ "a": { "type": "string", "values": ["x".repeat(300)] } })),
            ("a", json!({ "a": { "type": "number", "values": vec![1; VALUES.0 + 1] } })),
            ("a.b.c.d.e.f.g", json!({ "a.b.c.d.e.f.g": { "type": "string" } })),
        ] {
            assert_eq!(wrong(fields).as_deref(), Some(path));
        }
        let many: serde_json::Map<_, _> =
            (0..=MOST_FIELDS).map(|n| (format!("k{n}"), json!({ "type": "bool" }))).collect();
        assert_eq!(wrong(Value::Object(many)).as_deref(), Some(""));
    }

    #[test]
    fn what_an_event_may_cost_has_an_end() {
        let contract = contract(json!({ "mode": "report", "closed": true, "fields": {
            "lines[]": { "type": "list" }, "lines[].sku": { "type": "string" },
        }}));
        let lines = |n: usize| json!({ "lines": (0..n).map(|_| json!({ "sku": "a" })).collect::<Vec<_>>() });
        let mut check = Check { contract: &contract, found: Vec::new(), looks: LOOKS, over: false };
        check.object(lines(100_000).as_object().unwrap(), "", 0);
        assert_eq!((check.looks, check.found.len(), check.over), (0, 0, true));
        // What was not looked at is no reason to let an event pass.
        let over = " too_large: it is too large to be checked: it holds more than 20000 values";
        assert_eq!(found(&contract, lines(100_000)), [over]);
        assert_eq!(found(&contract, lines(1_000)), Vec::<String>::new());
        let many: Object = (0..100_000).map(|n| (format!("k{n}"), json!(1))).collect();
        assert_eq!(contract.check(&many).len(), MOST);
    }
}

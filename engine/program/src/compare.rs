//! Compares two documents of one kind. The place of a difference is a JSON pointer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A place where two documents differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Where, as a JSON pointer (RFC 6901), such as `/nodes/pay/timeout`.
    pub path: String,
    /// As it was; absent where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// As it is; absent where it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// What differs, in the order of the older document; what is new stands behind that. What is a map in both is compared entry
/// by entry, all else as a whole.
pub fn compare(old: &impl Serialize, new: &impl Serialize) -> serde_json::Result<Vec<Difference>> {
    let mut found = Vec::new();
    walk(&serde_json::to_value(old)?, &serde_json::to_value(new)?, String::new(), &mut found);
    Ok(found)
}

fn walk(old: &Value, new: &Value, path: String, found: &mut Vec<Difference>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => entries(old, new, &path, found),
        _ => found.push(Difference { path, from: Some(old.clone()), to: Some(new.clone()) }),
    }
}

fn entries(old: &Map<String, Value>, new: &Map<String, Value>, path: &str, found: &mut Vec<Difference>) {
    for (name, from) in old {
        match new.get(name) {
            Some(to) => walk(from, to, below(path, name), found),
            None => found.push(Difference { path: below(path, name), from: Some(from.clone()), to: None }),
        }
    }
    let added = new.iter().filter(|(name, _)| !old.contains_key(*name));
    found.extend(added.map(|(name, to)| Difference { path: below(path, name), from: None, to: Some(to.clone()) }));
}

/// The pointer to an entry of the map that another one points to.
pub(crate) fn below(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_have_their_place() {
        let old = json!({ "title": "A", "nodes": { "a/b": { "wait": "1d", "list": [1, 2] }, "gone": {} }, "same": { "x": 1 } });
        let new =
            json!({ "title": "B", "nodes": { "a/b": { "wait": "1d", "list": [2, 1] }, "new": 5 }, "same": { "x": 1 } });
        let found = compare(&old, &new).unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.from.clone(), one.to.clone())).collect();
        let expected = [
            ("/title", Some(json!("A")), Some(json!("B"))),
            ("/nodes/a~1b/list", Some(json!([1, 2])), Some(json!([2, 1]))),
            ("/nodes/gone", Some(json!({})), None),
            ("/nodes/new", None, Some(json!(5))),
        ];
        // Maps may have lost their order.
        assert_eq!(told.len(), expected.len());
        for one in &expected {
            assert!(told.contains(one), "{one:?} in {told:?}");
            assert_eq!(old.pointer(one.0).cloned(), one.1);
            assert_eq!(new.pointer(one.0).cloned(), one.2);
        }
        assert_eq!(compare(&old, &old).unwrap(), []);
    }
}

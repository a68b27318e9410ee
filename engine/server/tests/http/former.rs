//! Callers of former builds: what the API took and gave then, it takes and gives now.

use std::{collections::HashSet, fs, path::Path};

use serde_json::Value;

/// Which way a schema goes.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Way {
    /// From the caller: what was taken is taken.
    In,
    /// To the caller: what was given is given.
    Out,
}

/// Two documents, and what of the former one does not hold in the present one.
struct Comparison<'a> {
    then: &'a Value,
    now: &'a Value,
    /// References that are being compared, since schemas hold themselves.
    open: HashSet<(String, String)>,
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn words(value: &Value) -> HashSet<&str> {
    match value {
        Value::String(one) => [one.as_str()].into(),
        all => all.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

/// The alternatives of a schema; itself where there are none.
fn variants(schema: &Value) -> Vec<&Value> {
    let of = ["oneOf", "anyOf", "allOf"].iter().find_map(|key| schema[key].as_array());
    of.map_or_else(|| vec![schema], |all| all.iter().collect())
}

impl Comparison<'_> {
    fn schema(&mut self, way: Way, at: &str, then: &Value, now: &Value) -> Vec<String> {
        let references = (then["$ref"].as_str(), now["$ref"].as_str());
        let (then, now) = (resolve(self.then, then), resolve(self.now, now));
        let pair = match references {
            (Some(then), Some(now)) => (then.to_owned(), now.to_owned()),
            _ => return self.resolved(way, at, then, now),
        };
        if !self.open.insert(pair.clone()) {
            return Vec::new();
        }
        let faults = self.resolved(way, at, then, now);
        self.open.remove(&pair);
        faults
    }

    fn resolved(&mut self, way: Way, at: &str, then: &Value, now: &Value) -> Vec<String> {
        let (before, after) = (variants(then), variants(now));
        if before.len() > 1 || after.len() > 1 {
            let lost = |this: &mut Self, one: &Value| {
                after.iter().map(|other| this.schema(way, at, one, other)).min_by_key(Vec::len).unwrap_or_default()
            };
            return before.into_iter().flat_map(|one| lost(self, one)).collect();
        }
        let mut faults = Vec::new();
        let mut say = |what: String| faults.push(format!("{at}: {what}"));
        let (types, types_now) = (words(&then["type"]), words(&now["type"]));
        let (small, large) = if way == Way::In { (&types, &types_now) } else { (&types_now, &types) };
        if !large.is_empty() && !small.is_subset(large) {
            say(format!("the type was {types:?} and is {types_now:?}"));
        }
        if way == Way::In && !now["enum"].is_null() && !words(&then["enum"]).is_subset(&words(&now["enum"])) {
            say(format!("{} is taken instead of {}", now["enum"], then["enum"]));
        }
        let (needed, needed_now) = (words(&then["required"]), words(&now["required"]));
        let (few, many) = if way == Way::In { (&needed_now, &needed) } else { (&needed, &needed_now) };
        for name in few.difference(many) {
            say(format!("`{name}` is {}", if way == Way::In { "asked for" } else { "not always there" }));
        }
        for (name, schema) in then["properties"].as_object().into_iter().flatten() {
            match now["properties"].get(name) {
                Some(present) => faults.extend(self.schema(way, &format!("{at}.{name}"), schema, present)),
                None => faults.push(format!("{at}: `{name}` is gone")),
            }
        }
        if !then["items"].is_null() {
            faults.extend(self.schema(way, &format!("{at}[]"), &then["items"], &now["items"]));
        }
        faults
    }

    fn operation(&mut self, at: &str, then: &Value, now: &Value) -> Vec<String> {
        let key = |one: &Value| (one["in"].clone(), one["name"].clone());
        let mut faults = Vec::new();
        for before in list(then, "parameters") {
            match list(now, "parameters").iter().find(|one| key(one) == key(before)) {
                Some(one) => {
                    let at = format!("{at} ?{}", before["name"]);
                    faults.extend(self.schema(Way::In, &at, &before["schema"], &one["schema"]));
                }
                None => faults.push(format!("{at}: the parameter {} is gone", before["name"])),
            }
        }
        let fresh = |one: &&Value| list(then, "parameters").iter().all(|before| key(before) != key(one));
        let asked = list(now, "parameters").iter().filter(fresh).filter(|one| one["required"] == true);
        faults.extend(asked.map(|one| format!("{at}: the parameter {} is asked for", one["name"])));
        for (kind, content) in then["requestBody"]["content"].as_object().into_iter().flatten() {
            let present = &now["requestBody"]["content"][kind]["schema"];
            faults.extend(self.schema(Way::In, &format!("{at} in"), &content["schema"], present));
        }
        for (status, answer) in
            then["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'))
        {
            let present = &now["responses"][status];
            if present.is_null() {
                faults.push(format!("{at}: {status} is not answered any more"));
            }
            for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                let present = &present["content"][kind]["schema"];
                faults.extend(self.schema(Way::Out, &format!("{at} {status}"), &content["schema"], present));
            }
        }
        faults
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let at = schema["$ref"].as_str().map(|at| at.trim_start_matches('#'));
    at.map_or(schema, |at| document.pointer(at).unwrap_or_else(|| panic!("{at} leads nowhere")))
}

fn faults(then: &Value, now: &Value) -> Vec<String> {
    let mut comparison = Comparison { then, now, open: HashSet::new() };
    let mut faults = Vec::new();
    for (path, item) in then["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            match now["paths"][path].get(method) {
                Some(present) => faults.extend(comparison.operation(&at, operation, present)),
                None => faults.push(format!("{at} is gone")),
            }
        }
    }
    faults
}

/// The documents of former builds, beside their databases.
fn former() -> Vec<Value> {
    let builds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/upgrade");
    let files = fs::read_dir(builds).unwrap().map(|entry| entry.unwrap().path().join("openapi.json"));
    let read = |path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    files.filter(|path| path.exists()).map(read).collect()
}

#[test]
fn what_callers_of_former_builds_say_and_hear_holds() {
    let now = serde_json::to_value(server::http::document()).unwrap();
    let all = former();
    assert!(!all.is_empty());
    for then in all {
        assert!(then["paths"].as_object().unwrap().len() > 50);
        let faults = faults(&then, &now);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn what_does_not_hold_is_found() {
    let mut now = serde_json::to_value(server::http::document()).unwrap();
    let then = now.clone();
    assert_eq!(faults(&then, &now), [""; 0]);
    let schemas = &mut now["components"]["schemas"];
    schemas["Receipt"]["properties"].as_object_mut().unwrap().remove("accepted");
    schemas["EventIn"]["required"].as_array_mut().unwrap().push("id".into());
    now["paths"]["/api/v1/programs"].as_object_mut().unwrap().remove("post");
    let found = faults(&then, &now);
    for expected in ["`accepted` is gone", "`id` is asked for", "post /api/v1/programs is gone"] {
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:#?}");
    }
}

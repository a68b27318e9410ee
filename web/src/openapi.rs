//! PURE: what a reader wants from an OpenAPI document: operations in groups, with parameters, answers and an example.

use serde_json::{Value, json};

/// Deeper than this, an example says nothing new.
const DEPTH: usize = 6;
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// In lower case.
    pub method: String,
    /// With its `{…}`.
    pub path: String,
    /// One line.
    pub summary: String,
    /// The rest.
    pub description: String,
    /// Of path and query.
    pub parameters: Vec<Parameter>,
    /// Name of the body's schema.
    pub body: Option<String>,
    /// By status.
    pub answers: Vec<Answer>,
    example: Option<Value>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is.
    pub description: String,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: String,
    /// When it is given.
    pub description: String,
    /// Name of its schema.
    pub schema: Option<String>,
}

/// Operations by their first tag, both in the order of the document.
pub fn groups(document: &Value) -> Vec<(String, Vec<Operation>)> {
    let mut groups: Vec<(String, Vec<Operation>)> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            let operation = read(document, path, method, operation);
            match groups.iter_mut().find(|(name, _)| name == tag) {
                Some((_, operations)) => operations.push(operation),
                None => groups.push((tag.to_owned(), vec![operation])),
            }
        }
    }
    groups
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Parameter {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        required: parameter["required"].as_bool().unwrap_or(false),
        description: text(parameter, "description"),
    });
    let answers = operation["responses"].as_object().into_iter().flatten().map(|(status, answer)| Answer {
        status: status.clone(),
        description: text(answer, "description"),
        schema: schema(answer).and_then(name),
    });
    let body = schema(&operation["requestBody"]);
    Operation {
        method: method.to_owned(),
        path: path.to_owned(),
        summary: text(operation, "summary"),
        description: text(operation, "description"),
        parameters: parameters.collect(),
        body: body.and_then(name),
        answers: answers.collect(),
        example: body.map(|schema| example(document, schema, DEPTH)),
    }
}

/// The schema of a body or answer, of whatever media type comes first.
fn schema(value: &Value) -> Option<&Value> {
    value["content"].as_object()?.values().next()?.get("schema")
}

/// The name of a schema, or of what a list has in it.
fn name(schema: &Value) -> Option<String> {
    let reference = schema["$ref"].as_str().or_else(|| schema["items"]["$ref"].as_str());
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    let reference = reference.map(str::to_owned);
    let reference = reference.or_else(|| choices.into_iter().flatten().find_map(name));
    reference.map(|reference| reference.rsplit('/').next().unwrap_or_default().to_owned())
}

/// A value that fits a schema.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if depth == 0 {
        return Value::Null;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return example(document, target, depth - 1);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        let choices = schema[choice].as_array().into_iter().flatten();
        if let Some(first) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return example(document, first, depth - 1);
        }
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match (kind, schema["format"].as_str()) {
        (Some("array"), _) => json!([example(document, &schema["items"], depth - 1)]),
        (Some("boolean"), _) => json!(true),
        (Some("integer" | "number"), _) => json!(1),
        (Some("string"), Some("uuid")) => json!("018f0000-0000-7000-8000-000000000000"),
        (Some("string"), Some("date-time")) => json!("2026-03-01T09:00:00Z"),
        (Some("string"), _) => json!("…"),
        _ => {
            let required =
                |key: &String| schema["required"].as_array().is_some_and(|keys| keys.iter().any(|known| known == key));
            let properties = schema["properties"].as_object().into_iter().flatten().filter(|(key, _)| required(key));
            properties.map(|(key, schema)| (key.clone(), example(document, schema, depth - 1))).collect()
        }
    }
}

impl Operation {
    /// A line for the terminal.
    pub fn curl(&self, origin: &str) -> String {
        let method = if self.method == "get" { String::new() } else { format!("-X {} ", self.method.to_uppercase()) };
        let mut line = format!("curl {method}{origin}{} \\\n  -H 'Authorization: Bearer KEY'", self.path);
        if let Some(body) = &self.example {
            let body = serde_json::to_string_pretty(body).unwrap_or_default().replace('\'', "'\\''");
            line.push_str(&format!(" \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_with_its_example() {
        let document = json!({
            "paths": { "/api/v1/events": { "post": {
                "tags": ["events"], "summary": "Send events",
                "parameters": [{ "name": "dry", "in": "query", "description": "Only check." }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/EventIn" } } } },
                "responses": { "202": { "description": "Taken.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Receipt" } } } } }
            } } },
            "components": { "schemas": { "EventIn": {
                "type": "object", "required": ["type", "contact"],
                "properties": { "type": { "type": "string", "example": "order.placed" }, "contact": { "type": "object" }, "id": { "type": "string" } }
            } } }
        });
        let groups = groups(&document);
        let (tag, operations) = &groups[0];
        assert_eq!((tag.as_str(), operations.len()), ("events", 1));
        let operation = &operations[0];
        assert_eq!(operation.body.as_deref(), Some("EventIn"));
        assert_eq!(operation.answers[0].schema.as_deref(), Some("Receipt"));
        assert_eq!(operation.example, Some(json!({ "type": "order.placed", "contact": {} })));
        assert!(operation.curl("http://x").starts_with("curl -X POST http://x/api/v1/events \\\n"));
    }
}

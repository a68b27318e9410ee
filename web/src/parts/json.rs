//! JSON as people read it: flat objects as a list of names and values, anything deeper as indented text.

use api::Object;
use leptos::prelude::*;
use serde_json::Value;

/// An object: one line a key.
#[component]
pub fn Facts(object: Object) -> impl IntoView {
    let lines: Vec<_> =
        object.into_iter().map(|(key, value)| view! { <dt>{key}</dt> <dd>{fact(&value)}</dd> }).collect();
    view! { <dl class="facts">{lines}</dl> }
}

fn fact(value: &Value) -> AnyView {
    match value {
        Value::String(text) => text.clone().into_any(),
        Value::Object(_) | Value::Array(_) => view! { <Json value=value.clone() /> }.into_any(),
        other => view! { <span class="num">{other.to_string()}</span> }.into_any(),
    }
}

/// Any value as indented text.
#[component]
pub fn Json(value: Value) -> impl IntoView {
    view! { <pre class="json" tabindex="0">{pretty(&value)}</pre> }
}

/// Indented text of a value.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

//! Numbers as people read them, by the browser's own `Intl`: it knows every language and costs no bytes.

use js_sys::{Array, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use super::stay::measured;
use crate::prefs::Texts;

/// `12,408`, `12.408`, `12 408`.
pub fn number(texts: Texts, n: u64) -> String {
    format(texts, n as f64, &[])
}

/// Of 0 to 1: `24 %`.
pub fn percent(texts: Texts, share: f64) -> String {
    format(texts, share, &[("style", "percent")])
}

/// A number with its unit in words: `2 days`.
pub fn unit(texts: Texts, n: u64, unit: &str) -> String {
    format(texts, n as f64, &[("style", "unit"), ("unit", unit), ("unitDisplay", "long")])
}

/// How long somebody stayed, of milliseconds: `1.9 days`.
pub fn stay(texts: Texts, stay: u64) -> String {
    let (n, unit) = measured(stay);
    format(texts, n, &[("style", "unit"), ("unit", unit), ("unitDisplay", "short")])
}

/// A size in the largest unit that leaves at least one: `4.1 kB`.
pub fn bytes(texts: Texts, n: u64) -> String {
    let (value, unit) = match n {
        0..1_000 => (n as f64, "byte"),
        1_000..1_000_000 => (n as f64 / 1e3, "kilobyte"),
        _ => (n as f64 / 1e6, "megabyte"),
    };
    let value = if value < 10.0 { (value * 10.0).round() / 10.0 } else { value.round() };
    format(texts, value, &[("style", "unit"), ("unit", unit), ("unitDisplay", "short")])
}

fn format(texts: Texts, value: f64, options: &[(&str, &str)]) -> String {
    let format = Intl::NumberFormat::new(&locales(texts), &object(options)).format();
    let text = format.call1(&JsValue::NULL, &value.into()).ok().and_then(|text| text.as_string());
    text.unwrap_or_else(|| value.to_string())
}

/// The reader's language in the form that `Intl` takes.
pub(super) fn locales(texts: Texts) -> Array {
    Array::of1(&texts.language().name().into())
}

pub(super) fn object(entries: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (key, value) in entries {
        // Setting a key of a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*key).into(), &(*value).into());
    }
    object
}

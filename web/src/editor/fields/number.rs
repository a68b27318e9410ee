//! A whole number with its limits.

use leptos::prelude::*;
use serde_json::Value;

use super::Slot;

pub(super) fn number(slot: Slot, min: i64, max: i64) -> impl IntoView {
    let set = move |text: String| match text.trim().parse::<i64>() {
        Ok(n) => slot.set(Value::from(n)),
        Err(_) if text.trim().is_empty() && !slot.field.required => slot.set(Value::Null),
        Err(error) => slot.error.set(Some(error.to_string())),
    };
    view! {
        <input
            id=slot.id()
            data-field=slot.field.name
            type="number"
            min=min.to_string()
            max=max.to_string()
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            prop:value=move || slot.text()
            on:input=move |event| set(event_target_value(&event))
        />
    }
}

//! An external event: one that was seen, or a new name.

use leptos::prelude::*;

use super::{
    Slot,
    suggested::{Suggested, suggested},
};

pub(super) fn event(slot: Slot) -> impl IntoView {
    let names = move || slot.editor.known.read().events.keys().map(ToString::to_string).collect();
    let fields = move || {
        let known = slot.editor.known.read();
        let event = known.events.get(slot.text().as_str())?;
        let names: Vec<_> = event.fields.keys().map(|name| view! { <code>{name.clone()}</code> " " }).collect();
        (!names.is_empty()).then_some(view! { <p class="known-fields">{names}</p> })
    };
    view! {
        {suggested(slot, Suggested { max: "128", example: Some("order.placed"), at_once: true, names })}
        {fields}
    }
}

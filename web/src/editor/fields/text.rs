//! One line of text.

use leptos::prelude::*;

use super::Slot;

pub(super) fn text(slot: Slot, max: usize) -> impl IntoView {
    view! {
        <input
            id=slot.id()
            data-field=slot.field.name
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            maxlength=max.to_string()
            prop:value=move || slot.unread("").unwrap_or_else(|| slot.text())
            on:input=move |event| slot.set_text(&event_target_value(&event))
        />
    }
}

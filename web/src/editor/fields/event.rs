//! An external event: one that was seen, or a new name.

use leptos::prelude::*;

use super::Slot;

pub(super) fn event(slot: Slot) -> impl IntoView {
    let list = format!("{}-known", slot.id());
    let options = move || {
        let known = slot.editor.known.read();
        known.events.keys().map(|event| view! { <option value=event.to_string()></option> }).collect::<Vec<_>>()
    };
    let fields = move || {
        let known = slot.editor.known.read();
        let event = known.events.get(slot.text().as_str())?;
        let names: Vec<_> = event.fields.keys().map(|name| view! { <code>{name.clone()}</code> " " }).collect();
        (!names.is_empty()).then_some(view! { <p class="known-fields">{names}</p> })
    };
    view! {
        <input
            id=slot.id()
            data-field=slot.field.name
            list=list.clone()
            maxlength="128"
            autocomplete="off"
            spellcheck="false"
            placeholder="order.placed"
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            prop:value=move || slot.text()
            on:input=move |event| slot.set_text(&event_target_value(&event))
        />
        <datalist id=list>{options}</datalist>
        {fields}
    }
}

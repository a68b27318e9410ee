//! A date and a time, by the clocks of the zone beside it.

use leptos::prelude::*;

use super::Slot;

pub(super) fn date_time(slot: Slot) -> impl IntoView {
    view! {
        <input
            id=slot.id()
            data-field=slot.field.name
            type="datetime-local"
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            prop:value=move || slot.text()
            on:input=move |event| slot.set_text(&event_target_value(&event))
        />
    }
}

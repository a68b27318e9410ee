//! A date and a time, by the clocks of the zone beside it: as people write them, or chosen in the browser's calendar.

use leptos::prelude::*;

use super::{
    Slot,
    entry::{Entry, entry},
};
use crate::i18n::use_i18n;

pub(super) fn date_time(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    view! {
        <div class="with-picker">
            {entry(slot, Entry { example: Some(say!(texts, editor.date_example)), ..Entry::of(slot) })}
            <input
                type="datetime-local"
                class="picker"
                data-field=format!("{}-picker", slot.field.name)
                aria-label=say!(texts, editor.calendar)
                prop:value=move || slot.text()
                on:change=move |event| slot.commit("", &event_target_value(&event))
            />
        </div>
    }
}

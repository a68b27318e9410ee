//! A date and a time, by the clocks of the zone beside it: as people write them, or chosen in the browser's calendar.

use leptos::prelude::*;

use super::{
    Slot,
    entry::{Entry, entry},
};
use crate::{format::read::show_date_time, i18n::use_i18n, parts::say::say};

pub(super) fn date_time(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let example = say(move || show_date_time("2026-12-24T08:00", slot.tongue().language).unwrap_or_default());
    view! {
        <div class="with-picker">
            {entry(slot, Entry { example: Some(example), ..Entry::of(slot) })}
            <input
                type="datetime-local"
                class="picker"
                data-field=format!("{}-picker", slot.field.name)
                aria-label=say!(texts, editor.choose)
                prop:value=move || slot.text()
                on:change=move |event| slot.commit("", &event_target_value(&event))
            />
        </div>
    }
}

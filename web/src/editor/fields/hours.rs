//! A part of the day: from when to when.

use leptos::prelude::*;

use super::Slot;
use crate::i18n::use_i18n;

pub(super) fn hours(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let ends = move || {
        let text = slot.text();
        let (from, to) = text.split_once('-').unwrap_or_default();
        // What files call the end of the day, clocks call its start.
        [from.to_owned(), to.replace("24:00", "00:00")]
    };
    let set = move |at: usize, time: String| {
        let mut ends = untrack(ends);
        // A field that is being cleared says nothing yet.
        if !time.is_empty() {
            ends[at] = time;
            slot.set_text(&ends.join("-"));
        }
    };
    let end = move |at: usize, name: &'static str, label: TextProp| {
        view! {
            <label>
                {move || label.get()}
                <input
                    type="time"
                    data-field=format!("{}-{name}", slot.field.name)
                    aria-invalid=move || slot.invalid()
                    prop:value=move || ends()[at].clone()
                    on:change=move |event| set(at, event_target_value(&event))
                />
            </label>
        }
    };
    view! {
        <div class="two" role="group" aria-labelledby=slot.label() aria-describedby=slot.help()>
            {end(0, "from", say!(texts, editor.from).into())}
            {end(1, "until", say!(texts, editor.until).into())}
        </div>
    }
}

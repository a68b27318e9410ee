//! A part of the day: from when to when.

use leptos::prelude::*;

use super::{
    Slot,
    entry::{Entry, entry},
};
use crate::i18n::use_i18n;

pub(super) fn hours(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let end = move |part: &'static str, label: Signal<String>| {
        view! {
            <label>
                {label}
                {entry(slot, Entry { class: "num-in", ..Entry::part(slot, part, label) })}
            </label>
        }
    };
    view! {
        <div class="two" role="group" aria-labelledby=slot.label() aria-describedby=slot.help()>
            {end("from", say!(texts, editor.from))}
            {end("until", say!(texts, editor.until))}
        </div>
    }
}

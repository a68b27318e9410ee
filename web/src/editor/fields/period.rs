//! A length of time: a number and its unit. The unit is the one that is chosen or typed; it never changes by itself.

use leptos::prelude::*;
use program::Period;

use super::{
    Slot,
    entry::{Entry, entry},
};
use crate::{
    format::read::UNITS,
    i18n::{t_string, use_i18n},
    parts::say::say,
    words,
};

pub(super) fn period(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let unit = Memo::new(move |_| slot.unit(""));
    let option = move |(name, length): (&'static str, u64)| {
        let words =
            move || Period::from_millis(2 * length).map(|period| words::unit_name(texts, period)).unwrap_or_default();
        view! { <option value=name selected=move || unit.get() == name>{say(words)}</option> }
    };
    let options: Vec<_> = UNITS.into_iter().filter(|(name, _)| *name != "ms").map(option).collect();
    let rare = move || (unit.get() == "ms").then(|| view! { <option value="ms" selected=true>"ms"</option> });
    // What is stored stands beside it where it looks otherwise.
    let stored = move || {
        let stored = slot.text();
        let plain = format!("{}{}", slot.shown(""), unit.get());
        let differs = slot.unread("").is_none() && !stored.is_empty() && stored != plain;
        differs.then(|| view! { <p class="small num stored">{t_string!(texts, editor.stored_as, text = stored)}</p> })
    };
    view! {
        <div class="two period">
            {entry(slot, Entry { class: "num-in", ..Entry::of(slot) })}
            <select
                aria-label=say!(texts, editor.unit)
                data-field=format!("{}-unit", slot.field.name)
                on:change=move |event| slot.set_unit("", &event_target_value(&event))
            >
                {options}
                {rare}
            </select>
        </div>
        {stored}
    }
}

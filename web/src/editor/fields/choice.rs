//! One of a few words, or a length of time.

use leptos::prelude::*;
use program::Period;

use super::{Slot, period::period};
use crate::{i18n::use_i18n, parts::say::say, words};

/// The option that asks for a length of time.
const PERIOD: &str = "period";

pub(super) fn choice(slot: Slot, options: &'static [&'static str], or_period: bool) -> impl IntoView {
    let texts = use_i18n();
    let chosen = Memo::new(move |_| {
        let text = slot.text();
        if or_period && text.parse::<Period>().is_ok() { PERIOD.to_owned() } else { text }
    });
    let option = move |name: &'static str| {
        view! {
            <option value=name selected=move || chosen.get() == name>
                {say(move || words::choice(texts, slot.field.name, name))}
            </option>
        }
    };
    let blank = (!slot.field.required).then(|| option(""));
    let listed: Vec<_> = options.iter().copied().map(option).collect();
    let timed = or_period.then(|| option(PERIOD));
    let set = move |name: String| match name.as_str() {
        PERIOD => slot.set_text("30d"),
        name => slot.set_text(name),
    };
    view! {
        <select
            id=slot.id()
            data-field=slot.field.name
            aria-describedby=slot.help()
            on:change=move |event| set(event_target_value(&event))
        >
            {blank}
            {listed}
            {timed}
        </select>
        <Show when=move || chosen.get() == PERIOD>{period(slot)}</Show>
    }
}

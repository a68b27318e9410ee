//! Days of the week: a box for each.

use leptos::prelude::*;
use program::WEEKDAYS;
use serde_json::json;

use super::Slot;
use crate::{format::time::weekday, i18n::use_i18n, parts::say::say};

pub(super) fn weekdays(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let has = move |day: &str| slot.value.read().as_array().is_some_and(|days| days.iter().any(|known| known == day));
    let turn = move |day: &str, on: bool| {
        let keeps = |known: &&&str| if **known == day { on } else { untrack(|| has(known)) };
        let days: Vec<_> = WEEKDAYS.iter().filter(keeps).collect();
        slot.set(json!(days));
    };
    let day = |(at, day): (usize, &'static str)| {
        view! {
            <label class="day">
                <input
                    type="checkbox"
                    data-field=format!("{}-{day}", slot.field.name)
                    prop:checked=move || has(day)
                    on:change=move |event| turn(day, event_target_checked(&event))
                />
                {say(move || weekday(texts, at))}
            </label>
        }
    };
    let days: Vec<_> = WEEKDAYS.into_iter().enumerate().map(day).collect();
    view! {
        <div class="days" role="group" aria-labelledby=slot.label() aria-describedby=slot.help()>
            {days}
        </div>
    }
}

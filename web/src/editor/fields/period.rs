//! A length of time: a number and its unit. What a file writes otherwise (`1d 12h`) stays as it is until it is changed.

use leptos::prelude::*;
use program::Period;
use serde_json::Value;

use super::Slot;
use crate::{i18n::use_i18n, words};

/// Units, as files write them, with their length in milliseconds; longest first.
const UNITS: [(&str, u64); 5] = [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

pub(super) fn period(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let first = untrack(|| parts(&slot.text()));
    let unit = RwSignal::new(first.1);
    let shown = Memo::new(move |_| parts(&slot.text()));
    // Undo, or the code view, may bring another unit.
    Effect::new(move |_| {
        let (amount, next) = shown.get();
        if amount.is_some() {
            unit.set(next);
        }
    });
    let amount = move || {
        let length = UNITS.iter().find(|(name, _)| *name == unit.get()).map_or(1, |(_, length)| *length);
        let millis = slot.text().parse::<Period>().map(Period::millis).ok()?;
        millis.is_multiple_of(length).then_some(millis / length)
    };
    let set = move |amount: String, unit: &str| slot.set(Value::String(format!("{}{unit}", amount.trim())));
    let typed = RwSignal::new(None::<String>);
    let options = move || {
        let option = |(name, length): (&'static str, u64)| {
            let words =
                Period::from_millis(2 * length).map(|period| words::unit_name(texts, period)).unwrap_or_default();
            view! { <option value=name selected=move || unit.get() == name>{words}</option> }
        };
        UNITS.into_iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <div class="two period">
            <input
                id=slot.id()
                data-field=slot.field.name
                type="number"
                min="0"
                step="1"
                aria-describedby=slot.help()
                aria-invalid=move || slot.invalid()
                prop:value=move || amount().map(|n| n.to_string()).unwrap_or_default()
                on:input=move |event| {
                    let amount = event_target_value(&event);
                    typed.set(Some(amount.clone()));
                    set(amount, unit.get_untracked());
                }
            />
            <select
                aria-label=say!(texts, editor.unit)
                data-field=format!("{}-unit", slot.field.name)
                on:change=move |event| {
                    let name = event_target_value(&event);
                    let Some((name, _)) = UNITS.into_iter().find(|(known, _)| *known == name) else { return };
                    let now = typed.get_untracked().or_else(|| untrack(amount).map(|n| n.to_string()));
                    unit.set(name);
                    set(now.unwrap_or_else(|| "1".into()), name);
                }
            >
                {options}
            </select>
        </div>
    }
}

/// Amount and unit, as large as it goes.
fn parts(text: &str) -> (Option<u64>, &'static str) {
    let millis = text.parse::<Period>().map(Period::millis).unwrap_or_default();
    let unit = UNITS.into_iter().find(|(_, length)| millis > 0 && millis.is_multiple_of(*length));
    unit.map_or((None, "d"), |(name, length)| (Some(millis / length), name))
}

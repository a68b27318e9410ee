//! A mail stream: chosen among those that are there, with a look at its mail.

use leptos::prelude::*;
use program::StreamClass;

use super::Slot;
use crate::i18n::{t_string, use_i18n};

pub(super) fn stream(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let options = move || {
        let known = slot.editor.known.read();
        let now = slot.text();
        let listed = known.streams.iter().map(|(name, stream)| {
            let (name, chosen) = (name.to_string(), name.as_str() == now);
            view! { <option value=name.clone() selected=chosen>{format!("{} ({name})", stream.title)}</option> }
        });
        let mut options: Vec<_> = listed.collect();
        // A name that is not there yet stays: the checker says what to do.
        if !now.is_empty() && !known.streams.keys().any(|name| name.as_str() == now) {
            options.push(view! { <option value=now.clone() selected=true>{now.clone()}</option> });
        }
        options
    };
    let class = move || {
        let known = slot.editor.known.read();
        known.streams.get(slot.text().as_str()).map(|stream| match stream.class {
            StreamClass::Operational => t_string!(texts, editor.operational),
            StreamClass::Marketing => t_string!(texts, editor.marketing),
        })
    };
    view! {
        <select
            id=slot.id()
            data-field=slot.field.name
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            on:change=move |event| slot.set_text(&event_target_value(&event))
        >
            <option value="" selected=move || slot.text().is_empty()>{say!(texts, editor.choose)}</option>
            {options}
        </select>
        <p class="small">{class}</p>
    }
}

//! A time zone, found by its city; the reader's own is one click away.

use leptos::prelude::*;
use program::Zone;

use super::Slot;
use crate::{
    i18n::{t_string, use_i18n},
    parts::time,
};

pub(super) fn zone(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let list = format!("{}-known", slot.id());
    let options: Vec<_> = Zone::names().map(|name| view! { <option value=name></option> }).collect();
    let here = time::zone().filter(|here| here.parse::<Zone>().is_ok());
    let here = move || {
        let here = here.clone().filter(|here| *here != slot.text())?;
        let name = t_string!(texts, editor.zone_here, zone = here.clone());
        Some(view! {
            <button type="button" class="small-button" on:click=move |_| slot.set_text(&here)>{name}</button>
        })
    };
    view! {
        <input
            id=slot.id()
            data-field=slot.field.name
            list=list.clone()
            maxlength="64"
            autocomplete="off"
            spellcheck="false"
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            prop:value=move || slot.text()
            on:change=move |event| slot.set_text(&event_target_value(&event))
        />
        <datalist id=list>{options}</datalist>
        {here}
    }
}

//! A time zone, found by its city; the reader's own is one click away.

use leptos::prelude::*;
use program::Zone;

use super::{
    Slot,
    suggested::{Suggested, suggested},
};
use crate::{
    format::time,
    i18n::{t_string, use_i18n},
};

pub(super) fn zone(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let names = || Zone::names().map(str::to_owned).collect();
    let here = time::zone().filter(|here| here.parse::<Zone>().is_ok());
    let here = move || {
        let here = here.clone().filter(|here| *here != slot.text())?;
        let name = t_string!(texts, editor.zone_here, zone = here.clone());
        Some(view! {
            <button type="button" class="small-button" on:click=move |_| slot.set_text(&here)>{name}</button>
        })
    };
    view! {
        {suggested(slot, Suggested { max: "64", example: None, at_once: false, names })}
        {here}
    }
}

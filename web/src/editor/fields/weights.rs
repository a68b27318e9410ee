//! How many of a hundred go each way out.

use leptos::prelude::*;
use program::{Port, node::WAYS};
use serde_json::{Value, json};

use super::{
    Slot,
    entry::{Entry, entry},
};
use crate::{
    format::number::percent,
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    words,
};

pub(super) fn weights(slot: Slot, min: usize, max: usize) -> impl IntoView {
    let texts = use_i18n();
    let weights = Memo::new(move |_| read(&slot.value.read()));
    let remove = move |at: usize| {
        let mut weights = weights.get_untracked();
        if at < weights.len() {
            weights.remove(at);
            slot.set_rows(json!(weights), Some(at));
        }
    };
    let add = move |_| {
        let mut weights = weights.get_untracked();
        weights.push(0);
        slot.set_rows(json!(weights), None);
    };
    let ways = Memo::new(move |_| weights.read().len());
    let (least, full) = (move || ways.get() <= min, move || ways.get() >= max);
    let way = move |at: usize| {
        let port = WAYS.get(at).map(Port::as_str).unwrap_or_default();
        let name = move || words::port(texts, port);
        let label = say(move || t_string!(texts, editor.way_share, way = name()));
        let line = Entry { name: format!("{}-{port}", slot.field.name), ..Entry::part(slot, &at.to_string(), label) };
        let remove = move |_| remove(at);
        view! {
            <li>
                <b aria-hidden="true">{say(name)}</b>
                {entry(slot, Entry { class: "num-in", ..line })}
                <span aria-hidden="true">"%"</span>
                <button
                    type="button"
                    class="icon-only"
                    disabled=least
                    aria-label=say(move || t_string!(texts, editor.way_remove, way = name()))
                    on:click=remove
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </li>
        }
    };
    let sum = move || {
        let sum: u64 = weights.read().iter().sum();
        t_string!(texts, editor.together, n = percent(texts, sum as f64 / 100.0))
    };
    view! {
        <div class="weights" role="group" aria-labelledby=slot.label() aria-describedby=slot.help()>
            <ul>
                <For each=move || 0..ways.get() key=|at| *at children=way />
            </ul>
            <footer>
                <button
                    type="button"
                    class="small-button"
                    data-field=format!("{}-add", slot.field.name)
                    disabled=full
                    on:click=add
                >
                    {say!(texts, editor.way_add)}
                </button>
                <button
                    type="button"
                    class="small-button"
                    data-field=format!("{}-even", slot.field.name)
                    on:click=move |_| slot.set(json!(even(ways.get_untracked())))
                >
                    {say!(texts, editor.even)}
                </button>
                <output class="num quiet">{sum}</output>
            </footer>
        </div>
    }
}

fn read(value: &Value) -> Vec<u64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

/// 100 in as many parts, as equal as whole numbers can be.
fn even(ways: usize) -> Vec<u64> {
    let ways = ways.max(1) as u64;
    (0..ways).map(|at| 100 / ways + u64::from(at < 100 % ways)).collect()
}

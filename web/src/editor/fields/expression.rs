//! A condition: as rows, and as the text that they stand for, with completion.

use leptos::prelude::*;
use program::{Input, Rows, Scope, Unshown};

use super::{Slot, area::area, form::Form, rows::rows};
use crate::{
    format::number::number,
    i18n::{t_string, use_i18n},
    words,
};

pub(super) fn expression(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let read = Memo::new(move |_| Rows::read(&slot.text()));
    // What does not open as rows opens as text; so does what is being typed there.
    let as_text = RwSignal::new(read.read_untracked().is_err());
    let shown = Memo::new(move |_| read.get().unwrap_or_default());
    let missing = Memo::new(move |_| shown.read().missing());
    let form = Form { slot, rows: shown, texts };
    let why = move || match &*read.read() {
        Err(Unshown::Part(part)) => Some(t_string!(texts, clause.rich, part = part.clone())),
        Err(Unshown::Wrong(_)) => Some(t_string!(texts, clause.unread).to_owned()),
        Ok(_) => None,
    };
    // The line of a card tells its condition, but not the filter of a wait.
    let is_told = slot.field.input != (Input::Expression { scope: Scope::Incoming });
    let sentence = move || {
        let program = slot.editor.program.get().0;
        let node = slot.node.with_value(|node| program.nodes.get(node).cloned());
        node.map(|node| words::summary(texts, &node.kind))
    };
    let left = move || match missing.get() {
        0 => None,
        n => Some(t_string!(texts, clause.left, n = number(texts, n as u64))),
    };
    let tab = move |is_text: bool, name: &'static str, label: Signal<String>| {
        view! {
            <button
                type="button"
                role="tab"
                data-tab=name
                aria-selected=move || (as_text.get() == is_text).to_string()
                on:click=move |_| as_text.set(is_text)
            >
                {label}
            </button>
        }
    };
    view! {
        {is_told.then(|| view! { <p class="in-words">{sentence} " " <span class="bad">{left}</span></p> })}
        <div class="card-top">
            <div class="tabs" role="tablist" aria-labelledby=slot.label()>
                {tab(false, "rows", say!(texts, clause.as_rows))}
                {tab(true, "text", say!(texts, clause.as_text))}
            </div>
            {move || (missing.get() > 0).then(|| view! { <span class="chip tone-bad num">{left}</span> })}
        </div>
        <Show when=move || as_text.get() || read.read().is_err()>
            {move || why().map(|why| view! { <p class="small">{why}</p> })}
        </Show>
        <Show when=move || as_text.get()>{area(slot)}</Show>
        <Show when=move || !as_text.get() && read.read().is_ok()>{rows(form)}</Show>
    }
}

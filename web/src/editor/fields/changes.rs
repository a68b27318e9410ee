//! Changes of the contact: what is done, to which attribute, with which value.

use leptos::{ev::MouseEvent, prelude::*};
use program::EditKind;
use serde_json::{Value, json};

use super::{
    Slot,
    entry::{Entry, entry},
};
use crate::{
    i18n::{t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
    },
    prefs::Texts,
};

pub(super) fn changes(slot: Slot, most: usize) -> impl IntoView {
    let texts = use_i18n();
    let rows = Memo::new(move |_| slot.value.read().as_array().cloned().unwrap_or_default());
    let remove = move |at: usize| {
        let mut rows = rows.get_untracked();
        if at < rows.len() {
            rows.remove(at);
            slot.set_rows(rows.into(), Some(at));
        }
    };
    let count = Memo::new(move |_| rows.read().len());
    let text = move |at: usize, part: &'static str| {
        let rows = rows.read();
        rows.get(at).and_then(|row| row.get(part)?.as_str()).unwrap_or_default().to_owned()
    };
    let put = move |at: usize, part: &'static str, value: Value| {
        let mut rows = rows.get_untracked();
        if let Some(row) = rows.get_mut(at).and_then(Value::as_object_mut) {
            row.insert(part.to_owned(), value);
        }
        // What cannot be read in other rows stays.
        slot.put("", rows.into(), "");
    };
    let row = move |at: usize| {
        let kind = move |kind: EditKind| {
            let chosen = move || text(at, "change") == kind.as_str();
            view! { <option value=kind.as_str() selected=chosen>{say(move || words(texts, kind))}</option> }
        };
        let label = say!(texts, change.value);
        view! {
            <li class="clause">
                <select
                    aria-label=say!(texts, change.what)
                    data-field=format!("{}-{at}-change", slot.field.name)
                    on:change=move |event| put(at, "change", event_target_value(&event).into())
                >
                    {EditKind::ALL.into_iter().map(kind).collect::<Vec<_>>()}
                </select>
                <input
                    aria-label=say!(texts, change.attribute)
                    placeholder=say!(texts, change.attribute)
                    data-field=format!("{}-{at}-attribute", slot.field.name)
                    aria-invalid=move || slot.invalid()
                    spellcheck="false"
                    prop:value=move || text(at, "attribute")
                    on:input=move |event| put(at, "attribute", event_target_value(&event).into())
                />
                {entry(slot, Entry { example: Some(label), ..Entry::part(slot, &format!("{at}.value"), label) })}
                <button
                    type="button"
                    class="icon-only"
                    aria-label=say!(texts, change.less)
                    on:click=move |_| remove(at)
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </li>
        }
    };
    let full = move || count.get() >= most;
    let add = move |_: MouseEvent| {
        let mut rows = rows.get_untracked();
        rows.push(json!({ "change": EditKind::Set.as_str(), "attribute": "" }));
        slot.set_rows(rows.into(), None);
    };
    view! {
        <div class="clauses" role="group" aria-labelledby=slot.label() aria-describedby=slot.help()>
            <ul>
                <For each=move || 0..count.get() key=|at| *at children=row />
            </ul>
            <button
                type="button"
                class="small-button"
                data-field=format!("{}-add", slot.field.name)
                disabled=full
                on:click=add
            >
                <Icon glyph=Glyph::Plus />
                {say!(texts, change.more)}
            </button>
        </div>
    }
}

fn words(texts: Texts, kind: EditKind) -> &'static str {
    match kind {
        EditKind::Set => t_string!(texts, change.set),
        EditKind::Add => t_string!(texts, change.add),
        EditKind::Remove => t_string!(texts, change.remove),
    }
}

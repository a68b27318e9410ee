//! Changes of the contact: what is done, to which attribute, with which value.

use leptos::{ev::MouseEvent, prelude::*};
use program::EditKind;
use serde_json::{Value, json};

use super::Slot;
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
    let set = move |change: &dyn Fn(&mut Vec<Value>)| {
        let mut rows = rows.get_untracked();
        change(&mut rows);
        slot.set(rows.into());
    };
    let count = Memo::new(move |_| rows.read().len());
    let text = move |at: usize, part: &'static str| {
        rows.read().get(at).and_then(|row| row.get(part)).map(shown).unwrap_or_default()
    };
    let put = move |at: usize, part: &'static str, value: Option<Value>| {
        set(&|rows| {
            let Some(row) = rows.get_mut(at).and_then(Value::as_object_mut) else { return };
            match value.clone() {
                Some(value) => drop(row.insert(part.to_owned(), value)),
                None => drop(row.shift_remove(part)),
            }
        });
    };
    let row = move |at: usize| {
        let kind = move |kind: EditKind| {
            let chosen = move || text(at, "change") == kind.as_str();
            view! { <option value=kind.as_str() selected=chosen>{say(move || words(texts, kind))}</option> }
        };
        view! {
            <li class="clause">
                <select
                    aria-label=say!(texts, change.what)
                    data-field=format!("{}-{at}-change", slot.field.name)
                    on:change=move |event| put(at, "change", Some(event_target_value(&event).into()))
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
                    on:input=move |event| put(at, "attribute", Some(event_target_value(&event).into()))
                />
                <input
                    aria-label=say!(texts, change.value)
                    placeholder=say!(texts, change.value)
                    data-field=format!("{}-{at}-value", slot.field.name)
                    spellcheck="false"
                    prop:value=move || text(at, "value")
                    on:input=move |event| put(at, "value", typed(&event_target_value(&event)))
                />
                <button
                    type="button"
                    class="icon-only"
                    aria-label=say!(texts, change.less)
                    on:click=move |_| set(&|rows| drop(rows.drain(at..=at)))
                >
                    <Icon glyph=Glyph::Close />
                </button>
            </li>
        }
    };
    let full = move || count.get() >= most;
    let add = move |_: MouseEvent| set(&|rows| rows.push(json!({ "change": EditKind::Set.as_str(), "attribute": "" })));
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

/// A value as it is typed: a text that would be read as something else stands in quotes.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if typed(text) == Some(text.as_str().into()) => text.clone(),
        other => other.to_string(),
    }
}

/// What is typed: a number, true or false, a text in quotes, or the text as it stands.
fn typed(text: &str) -> Option<Value> {
    let read = || serde_json::from_str::<Value>(text.trim()).ok();
    match text {
        "" => None,
        text => Some(
            read()
                .filter(|value| !value.is_array() && !value.is_object() && !value.is_null())
                .unwrap_or_else(|| text.into()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_was_typed() {
        for (text, value) in [
            ("gold", json!("gold")),
            ("5", json!(5)),
            ("true", json!(true)),
            ("\"5\"", json!("5")),
            ("= event.total * 2", json!("= event.total * 2")),
            ("[1]", json!("[1]")),
            ("1.50", serde_json::from_str("1.50").unwrap()),
        ] {
            assert_eq!(typed(text), Some(value.clone()), "{text}");
            assert_eq!(shown(&value), text);
        }
        assert_eq!(typed(""), None);
    }
}

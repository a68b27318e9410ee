//! A line of text that stands for a part of a value. What is stored is shown; while one types, what was typed, as long as
//! it reads as what is stored.

use leptos::prelude::*;

use super::Slot;

/// A line, whatever it stands for.
pub(super) struct Line {
    /// Name of the input in the page.
    pub(super) name: String,
    /// Id of the input, where a label points at it.
    pub(super) id: Option<String>,
    /// What it is called where no label points at it.
    pub(super) label: Option<Signal<String>>,
    /// Shown where nothing is written.
    pub(super) example: Option<Signal<String>>,
    /// Class of the input.
    pub(super) class: &'static str,
    /// Id of a list of suggestions.
    pub(super) list: Option<String>,
    /// Id of what helps.
    pub(super) help: Option<String>,
    /// What is stored, as text.
    pub(super) shown: Signal<String>,
    /// Whether a text says what is stored.
    pub(super) same: Callback<String, bool>,
    /// Takes what is typed.
    pub(super) take: Callback<String>,
    /// Whether it cannot be read.
    pub(super) wrong: Signal<bool>,
}

pub(super) fn line(of: Line) -> impl IntoView {
    let Line { name, id, label, example, class, list, help, shown, same, take, wrong } = of;
    let typed = RwSignal::new(None::<String>);
    let now = Memo::new(move |_| {
        let stored = shown.get();
        typed.get().filter(|typed| same.run(typed.clone())).unwrap_or(stored)
    });
    let wrong = Memo::new(move |_| wrong.get());
    view! {
        <input
            id=id
            class=class
            class:wrong=move || wrong.get()
            data-field=name
            list=list
            autocomplete="off"
            spellcheck="false"
            aria-label=label
            placeholder=example
            aria-describedby=help
            aria-invalid=move || wrong.get().to_string()
            prop:value=move || now.get()
            on:input=move |event| {
                let text = event_target_value(&event);
                typed.set(Some(text.clone()));
                take.run(text);
            }
            on:change=move |_| typed.set(None)
        />
    }
}

/// A line of a field.
pub(super) struct Entry {
    /// The part of the field; empty for the field itself.
    pub(super) part: String,
    /// Name of the input in the page.
    pub(super) name: String,
    /// Id of the input, where the field's label points at it.
    pub(super) id: Option<String>,
    /// What it is called where no label points at it.
    pub(super) label: Option<Signal<String>>,
    /// Shown where nothing is written.
    pub(super) example: Option<Signal<String>>,
    /// Class of the input.
    pub(super) class: &'static str,
}

impl Entry {
    /// The field's one line.
    pub(super) fn of(slot: Slot) -> Self {
        let name = slot.field.name.to_owned();
        Self { part: String::new(), name, id: Some(slot.id()), label: None, example: None, class: "" }
    }

    /// A line of a part.
    pub(super) fn part(slot: Slot, part: &str, label: Signal<String>) -> Self {
        let name = format!("{}-{}", slot.field.name, part.replace('.', "-"));
        Self { part: part.to_owned(), name, id: None, label: Some(label), example: None, class: "" }
    }
}

pub(super) fn entry(slot: Slot, of: Entry) -> impl IntoView {
    let Entry { part, name, id, label, example, class } = of;
    let part = StoredValue::new(part);
    let is_unread = move || part.with_value(|part| slot.unread(part));
    line(Line {
        name,
        id,
        label,
        example,
        class,
        list: None,
        help: Some(slot.help()),
        shown: Signal::derive(move || is_unread().unwrap_or_else(|| part.with_value(|part| slot.shown(part)))),
        same: Callback::new(move |text: String| {
            is_unread().is_none() && part.with_value(|part| slot.reads_as_stored(part, &text))
        }),
        take: Callback::new(move |text: String| part.with_value(|part| slot.commit(part, &text))),
        wrong: Signal::derive(move || is_unread().is_some() || slot.is_wrong()),
    })
}

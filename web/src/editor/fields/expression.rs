//! A condition: as a form where it is simple, and the expression itself, with what it may name one click away.

use leptos::{html, prelude::*};
use program::{Input, Scope};

use super::{
    Slot,
    clauses::{clauses, fields},
};
use crate::{
    i18n::{t_string, use_i18n},
    parts::say::say,
    words,
};

/// Names that are offered; more would be a list, not a help.
const OFFERED: usize = 12;

pub(super) fn expression(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let area = NodeRef::<html::Textarea>::new();
    let add = move |name: String| {
        let Some(area) = area.get_untracked() else { return };
        let text = area.value();
        let at = area.selection_start().ok().flatten().map_or(text.len(), |at| at as usize);
        // The browser counts UTF-16 units; past anything beyond ASCII the name goes to the end.
        let at = if text.is_ascii() { at.min(text.len()) } else { text.len() };
        let text = format!("{}{name}{}", &text[..at], &text[at..]);
        slot.set_text(&text);
        // Focus on an element that is there cannot fail.
        let _ = area.focus();
    };
    let names = Memo::new(move |_| offered(slot));
    let name = move |name: String| {
        let shown = name.clone();
        view! { <button type="button" class="small-button" on:click=move |_| add(name.clone())><code>{shown}</code></button> }
    };
    // The line of a card tells its condition, but not the filter of a wait.
    let is_told = slot.field.input != (Input::Expression { scope: Scope::Incoming });
    let sentence = move || {
        let program = slot.editor.program.get().0;
        let node = slot.node.with_value(|node| program.nodes.get(node).cloned());
        node.map(|node| words::summary(texts, &node.kind))
    };
    view! {
        {clauses(slot)}
        <textarea
            id=slot.id()
            aria-label=say(move || format!("{} ({})", words::field(texts, slot.kind, slot.field), t_string!(texts, clause.as_text)))
            data-field=slot.field.name
            node_ref=area
            class="code"
            rows="3"
            spellcheck="false"
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            prop:value=move || slot.text()
            on:input=move |event| slot.set_text(&event_target_value(&event))
        ></textarea>
        {is_told.then(|| view! { <p class="small">{sentence}</p> })}
        <p class="known-fields">{move || names.get().into_iter().map(name).collect::<Vec<_>>()}</p>
    }
}

/// Fields of the events that start the program, attributes of contacts, a count.
fn offered(slot: Slot) -> Vec<String> {
    let mut names: Vec<String> = fields(slot).into_iter().map(|(path, _)| format!("event.{path}")).collect();
    names.sort();
    names.dedup();
    names.truncate(OFFERED);
    if slot.field.input == (Input::Expression { scope: Scope::Incoming }) {
        names.splice(0..0, incoming(slot));
    }
    if matches!(slot.field.input, Input::Expression { scope } if scope.is_step()) {
        let (known, program) = (slot.editor.known.read(), slot.editor.program.get().0);
        names.extend(known.attributes.keys().take(OFFERED).map(|name| format!("contact.{name}")));
        let first = program.entry_events().next();
        names.extend(first.map(|event| format!("count(\"{event}\", duration(\"720h\")) >= 1")));
    }
    names
}

/// Fields of the event that the node waits for.
fn incoming(slot: Slot) -> Vec<String> {
    let (known, program) = (slot.editor.known.read(), slot.editor.program.get().0);
    let node = slot.node.with_value(|node| program.nodes.get(node));
    let event = node.and_then(|node| node.kind.as_kind().awaits()?.event);
    let fields = event.and_then(|event| known.events.get(event)).into_iter().flat_map(|event| event.fields.keys());
    fields.take(OFFERED).map(|path| format!("incoming.{path}")).collect()
}

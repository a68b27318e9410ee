//! What was seen of what a condition may read.

use leptos::prelude::*;
use program::{Input, KnownField, Scope};

use super::Slot;
use crate::editor::complete::Words;

/// Fields of the events that start the program, by path; those of a list's items have `[]` in it.
pub(super) fn fields(slot: Slot) -> Vec<(String, KnownField)> {
    let known = slot.editor.known.read();
    let program = slot.editor.program.get().0;
    let events = program.entry_events().filter_map(|event| known.events.get(event));
    let fields = events.flat_map(|event| &event.fields);
    fields.map(|(path, field)| (path.clone(), field.clone())).collect()
}

/// Fields of the event that the node waits for.
pub(super) fn incoming(slot: Slot) -> Vec<String> {
    let (known, program) = (slot.editor.known.read(), slot.editor.program.get().0);
    let node = slot.node.with_value(|node| program.nodes.get(node));
    let event = node.and_then(|node| node.kind.as_kind().awaits()?.event);
    event.and_then(|event| known.events.get(event)).into_iter().flat_map(|event| event.fields.keys().cloned()).collect()
}

/// All of it, for completion.
pub(super) fn words(slot: Slot) -> Words {
    let scope = match slot.field.input {
        Input::Expression { scope } => scope,
        _ => Scope::Event,
    };
    let mut words = Words::default();
    let mut add = |name: String, field: Option<&KnownField>| {
        let note = field.map(|field| {
            let examples = field.examples.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
            if examples.is_empty() { field.kind.clone() } else { format!("{}: {examples}", field.kind) }
        });
        if let Some(field) = field.filter(|field| !field.examples.is_empty()) {
            words.values.push((name.clone(), field.examples.clone()));
        }
        words.fields.push((name, note.unwrap_or_default()));
    };
    if scope == Scope::Incoming {
        incoming(slot)
            .into_iter()
            .filter(|path| !path.contains('['))
            .for_each(|path| add(format!("incoming.{path}"), None));
    }
    for (path, field) in fields(slot) {
        let path = path.trim_end_matches("[]");
        if !path.contains('[') {
            add(format!("event.{path}"), Some(&field));
        }
    }
    let known = slot.editor.known.read();
    if scope.is_step() {
        known.attributes.iter().for_each(|(name, field)| add(format!("contact.{name}"), Some(field)));
        for name in ["email", "opt_in", "external_id"] {
            add(format!("contact.{name}"), None);
        }
    }
    words.events = if scope.is_step() { known.events.keys().map(ToString::to_string).collect() } else { Vec::new() };
    words.fields.sort();
    words.fields.dedup_by(|a, b| a.0 == b.0);
    words
}

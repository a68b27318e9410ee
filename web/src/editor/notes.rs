//! Sticky notes: written by people for people, beside the card to which they are pinned.

use leptos::prelude::*;
use program::Note;

use super::{place::Point, stage::Stage};
use crate::{
    i18n::use_i18n,
    parts::icon::{Glyph, Icon},
};

/// All notes.
#[component]
pub fn Notes() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let count = Memo::new(move |_| editor.program.read().0.notes.len());
    let note = move |at: usize| {
        let note = Memo::new(move |_| editor.program.read().0.notes.get(at).cloned());
        let place = Memo::new(move |_| {
            let Some(note) = note.get() else { return Point::default() };
            let graph = editor.graph.get().0;
            let card = note.node.and_then(|node| graph.find(node.as_str())).map(|at| graph.layout.cards[at]);
            let base = card.unwrap_or_default();
            Point { x: base.x + f64::from(note.at.x), y: base.y + f64::from(note.at.y) }
        });
        let write = move |text: String| {
            if let Some(note) = note.get_untracked() {
                let _ = editor.run(|draft| draft.set_note(at, Some(Note { text, ..note })));
            }
        };
        view! {
            <div
                class="note"
                data-note=at.to_string()
                style:left=move || format!("{}px", place.get().x)
                style:top=move || format!("{}px", place.get().y)
                on:pointerdown=|event| event.stop_propagation()
                on:keydown=|event| event.stop_propagation()
            >
                <textarea
                    aria-label=say!(texts, editor.note_text)
                    rows="3"
                    maxlength="500"
                    prop:value=move || note.get().map(|note| note.text).unwrap_or_default()
                    on:input=move |event| write(event_target_value(&event))
                    on:blur=move |_| editor.change(super::draft::Draft::settle)
                ></textarea>
                <button class="icon-only" aria-label=say!(texts, editor.note_remove) on:click=move |_| editor.run(|draft| draft.set_note(at, None)).unwrap_or_default()>
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
        }
    };
    view! { <For each=move || 0..count.get() key=|at| *at children=note /> }
}

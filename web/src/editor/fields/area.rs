//! The text of a condition. What may stand at the caret is offered below it; a choice takes the place of what is written
//! there, or selected, and undo takes it back in one step.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{Slot, known::words};
use crate::{
    editor::{
        complete::{Offers, bytes, offers, put, units},
        draft::Draft,
    },
    i18n::{t_string, use_i18n},
    parts::say::say,
    words as named,
};

/// Names that are offered below; more would be a list, not a help.
const OFFERED: usize = 12;

pub(super) fn area(slot: Slot) -> impl IntoView {
    let texts = use_i18n();
    let area = NodeRef::<html::Textarea>::new();
    let known = Memo::new(move |_| words(slot));
    let open = RwSignal::new(Offers::default());
    let chosen = RwSignal::new(0_usize);
    // The text, and what is selected in it, in bytes.
    let now = move || {
        let area = area.get_untracked()?;
        let text = area.value();
        let place = |at: Result<Option<u32>, _>| at.ok().flatten().map_or(text.len(), |at| bytes(&text, at));
        let (from, to) = (place(area.selection_start()), place(area.selection_end()));
        Some((text, from, to))
    };
    let look = move || {
        let Some((text, from, to)) = now() else { return };
        chosen.set(0);
        open.set(if from == to { offers(&text, to, &known.read_untracked()) } else { Offers::default() });
    };
    let close = move || open.set(Offers::default());
    let insert = move |from: Option<usize>, choice: &str| {
        let Some((text, start, end)) = now() else { return };
        let (text, caret) = put(&text, from.unwrap_or(start), end, choice);
        // A step of undo by itself.
        slot.editor.change(Draft::settle);
        slot.set_text(&text);
        slot.editor.change(Draft::settle);
        if let Some(area) = area.get_untracked() {
            area.set_value(&text);
            let caret = units(&text, caret);
            // Neither can fail on an element that is there.
            let _ = area.focus();
            let _ = area.set_selection_range(caret, caret);
        }
        close();
    };
    let take = move |at: usize| {
        let Offers { from, list } = open.get_untracked();
        if let Some((choice, _)) = list.get(at) {
            insert(Some(from), choice);
        }
    };
    let keys = move |event: KeyboardEvent| {
        let count = open.read_untracked().list.len();
        match event.key().as_str() {
            " " if event.ctrl_key() => look(),
            _ if count == 0 => return,
            "ArrowDown" => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" | "Tab" => take(chosen.get_untracked()),
            "Escape" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let option = move |(at, (choice, note)): (usize, (String, String))| {
        view! {
            <button
                type="button"
                role="option"
                tabindex="-1"
                aria-selected=move || (chosen.get() == at).to_string()
                on:mousedown=move |event| {
                    event.prevent_default();
                    take(at);
                }
            >
                <code>{choice}</code>
                <small>{note}</small>
            </button>
        }
    };
    let menu = move || {
        let list = open.get().list;
        (!list.is_empty()).then(|| {
            view! { <div class="menu complete" role="listbox" id=format!("{}-offers", slot.id())>{list.into_iter().enumerate().map(option).collect::<Vec<_>>()}</div> }
        })
    };
    let name = move |name: String| {
        let shown = name.clone();
        view! { <button type="button" class="small-button" on:click=move |_| insert(None, &name)><code>{shown}</code></button> }
    };
    let names = Memo::new(move |_| {
        let fields = known.read().fields.iter().take(OFFERED).map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let event =
            slot.editor.program.get().0.entry_events().next().filter(|_| !known.read().events.is_empty()).cloned();
        let count = event.map(|event| format!("count(\"{event}\", duration(\"30d\")) >= 1"));
        fields.into_iter().chain(count).collect::<Vec<_>>()
    });
    view! {
        <div class="code-box">
            <textarea
                id=slot.id()
                aria-label=say(move || format!("{} ({})", named::field(texts, slot.kind, slot.field), t_string!(texts, clause.as_text)))
                data-field=slot.field.name
                node_ref=area
                class="code"
                rows="5"
                spellcheck="false"
                aria-describedby=slot.help()
                aria-autocomplete="list"
                aria-invalid=move || slot.invalid()
                prop:value=move || slot.text()
                on:input=move |event| {
                    slot.set_text(&event_target_value(&event));
                    look();
                }
                on:keydown=keys
                on:blur=move |_| close()
            ></textarea>
            {menu}
        </div>
        <p class="known-fields">{move || names.get().into_iter().map(name).collect::<Vec<_>>()}</p>
    }
}

//! One line of text with suggestions.

use leptos::prelude::*;

use super::Slot;

/// What is suggested, and when what is typed is taken.
pub(super) struct Suggested<F> {
    /// Most characters.
    pub(super) max: &'static str,
    /// Shown where nothing is written.
    pub(super) example: Option<&'static str>,
    /// Whether each stroke is taken, not only the text that was left.
    pub(super) at_once: bool,
    /// What may be chosen.
    pub(super) names: F,
}

pub(super) fn suggested(slot: Slot, of: Suggested<impl Fn() -> Vec<String> + Send + Sync + 'static>) -> impl IntoView {
    let Suggested { max, example, at_once, names } = of;
    let list = format!("{}-known", slot.id());
    let options = move || names().into_iter().map(|name| view! { <option value=name></option> }).collect::<Vec<_>>();
    let take = move |event, now: bool| {
        if now == at_once {
            slot.set_text(&event_target_value(&event));
        }
    };
    view! {
        <input
            id=slot.id()
            data-field=slot.field.name
            list=list.clone()
            maxlength=max
            autocomplete="off"
            spellcheck="false"
            placeholder=example
            aria-describedby=slot.help()
            aria-invalid=move || slot.invalid()
            prop:value=move || slot.unread("").unwrap_or_else(|| slot.text())
            on:input=move |event| take(event, true)
            on:change=move |event| take(event, false)
        />
        <datalist id=list>{options}</datalist>
    }
}

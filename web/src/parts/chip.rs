//! Chips: a state in a word and a colour.

use leptos::prelude::*;

use crate::words::StateWords;

/// A state. Colour is never alone: the words are always there.
#[component]
pub fn Chip(#[prop(into)] state: Signal<StateWords>) -> impl IntoView {
    view! {
        <span class=move || format!("chip tone-{}", state.read().0)>
            <span class="dot" aria-hidden="true"></span>
            {move || state.get().1}
        </span>
    }
}

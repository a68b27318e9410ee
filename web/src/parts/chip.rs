//! Chips: a state in a word and a colour.

use leptos::prelude::*;

use crate::{
    i18n::{t_string, use_i18n},
    live::Connection,
    words::StateWords,
};

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

/// Whether news come in.
#[component]
pub fn LiveChip(#[prop(into)] connection: Signal<Connection>) -> impl IntoView {
    let texts = use_i18n();
    let state = move || match connection.get() {
        Connection::Connecting => ("quiet", t_string!(texts, program.feed_connecting).to_owned()),
        Connection::Open => ("good", t_string!(texts, program.feed_open).to_owned()),
        Connection::Lost => ("warn", t_string!(texts, program.feed_lost).to_owned()),
    };
    view! {
        <span role="status" aria-live="polite">
            <Chip state=Signal::derive(state) />
        </span>
    }
}

//! A state in one plain sentence, with the figures behind it.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// A sentence with its reason, and what can be done about it.
#[component]
pub fn StatusLine(
    /// `good`, `warn`, `bad` or `quiet`.
    #[prop(into)]
    tone: Signal<&'static str>,
    /// The sentence.
    #[prop(into)]
    lead: Signal<String>,
    /// Why, or what it means; nothing where empty.
    #[prop(into)]
    why: Signal<String>,
    /// Buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let glyph = move || if tone.get() == "good" { Glyph::Check } else { Glyph::Halt };
    view! {
        <div class=move || format!("status tone-{}", tone.get()) role="status">
            {move || view! { <Icon glyph=glyph() /> }}
            <p><b>{lead}</b></p>
            <Show when=move || !why.read().is_empty()>
                <p class="why">{why}</p>
            </Show>
            {children.map(|children| view! { <div class="do">{children()}</div> })}
        </div>
    }
}

/// A figure, in a list with the class `tiles`.
#[component]
pub fn Tile(
    /// What it is.
    #[prop(into)]
    name: Signal<String>,
    /// Whether it is as it should not be.
    #[prop(optional, into)]
    warn: Signal<bool>,
    /// The figure.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="tile" class:warn=warn>
            <dt>{name}</dt>
            <dd class="value num">{children()}</dd>
        </div>
    }
}

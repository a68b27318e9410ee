//! Dialogs: the browser's own `<dialog>`, which keeps the focus inside and closes on Escape.

use leptos::{html, prelude::*};

use super::icon::{Glyph, Icon};
use crate::i18n::use_i18n;

/// A dialog. What is in it is made anew each time it opens.
#[component]
pub fn Dialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it stands at the side, and the page behind it stays in use.
    #[prop(optional)]
    beside: bool,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let texts = use_i18n();
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match open.get() {
            true if beside && !dialog.open() => dialog.show(),
            // Opening fails only where it is open already.
            true if !dialog.open() => drop(dialog.show_modal()),
            false if dialog.open() => dialog.close(),
            _ => {}
        }
    });
    // The browser closes only what it opened before everything else.
    let close_on_escape = move |event: leptos::ev::KeyboardEvent| {
        if beside && event.key() == "Escape" {
            event.prevent_default();
            open.set(false);
        }
    };
    view! {
        <dialog
            node_ref=node
            class:beside=beside
            on:close=move |_| open.set(false)
            on:keydown=close_on_escape
            aria-label=move || title.get()
        >
            <Show when=move || open.get()>
                <header>
                    <h2>{move || title.get()}</h2>
                    <button class="icon-only" aria-label=say!(texts, common.close) on:click=move |_| open.set(false)>
                        <Icon glyph=Glyph::Close />
                    </button>
                </header>
                <div class="dialog-body">{children()}</div>
            </Show>
        </dialog>
    }
}

/// A dialog that asks before something is done.
#[component]
pub fn Confirm(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    text: Signal<String>,
    /// The button that does it.
    #[prop(into)]
    act: Signal<String>,
    /// Does it.
    #[prop(into)]
    on_act: Callback<()>,
    /// Whether it takes something away.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    let texts = use_i18n();
    let run = move |_| {
        open.set(false);
        on_act.run(());
    };
    view! {
        <Dialog open=open title=title>
            <p class="dialog-text">{move || text.get()}</p>
            <footer>
                <button on:click=move |_| open.set(false)>{say!(texts, common.cancel)}</button>
                <button class=if danger { "danger" } else { "primary" } on:click=run>
                    {move || act.get()}
                </button>
            </footer>
        </Dialog>
    }
}

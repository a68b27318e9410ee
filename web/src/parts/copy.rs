//! Text to be copied: shown whole, with a button that copies it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::{
    icon::{Glyph, Icon},
    toast::Toasts,
};
use crate::i18n::{t_string, use_i18n};

/// A text in a box with a copy button.
#[component]
pub fn CopyBox(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! {
        <div class="copy-box">
            <pre tabindex="0">{move || text.get()}</pre>
            <CopyButton text=text />
        </div>
    }
}

/// The button alone.
#[component]
pub fn CopyButton(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let done = RwSignal::new(false);
    let copy = move |_| {
        let clipboard = window().navigator().clipboard();
        // Absent where the page came without encryption from another machine.
        let promise = (!clipboard.is_undefined()).then(|| clipboard.write_text(&text.get_untracked()));
        spawn_local(async move {
            let copied = match promise {
                Some(promise) => JsFuture::from(promise).await.is_ok(),
                None => false,
            };
            if copied {
                let _ = done.try_set(true);
                let calm = move || {
                    let _ = done.try_set(false);
                };
                set_timeout(calm, std::time::Duration::from_secs(2));
            } else {
                toasts.refuse(|| t_string!(texts, common.copy_failed));
            }
        });
    };
    let glyph = move || if done.get() { Glyph::Check } else { Glyph::Copy };
    let words = move || if done.get() { t_string!(texts, common.copied) } else { t_string!(texts, common.copy) };
    view! {
        <button class="small-button" on:click=copy type="button">
            {move || view! { <Icon glyph=glyph() /> }}
            <span aria-live="polite">{words}</span>
        </button>
    }
}

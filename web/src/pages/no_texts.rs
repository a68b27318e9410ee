//! In place of all pages while there are no texts for them.

use leptos::prelude::*;

use crate::{
    i18n::english,
    parts::icon::{Glyph, Icon},
};

/// The texts could not be loaded. What is said here is compiled in, in English.
#[component]
pub fn NoTextsPage(retry: Callback<()>) -> impl IntoView {
    view! {
        <main class="alone" lang="en">
            <div class="problem" role="alert">
                <Icon glyph=Glyph::Halt />
                <div>
                    <strong>{english!(error.not_loaded)}</strong>
                    <p>{english!(error.not_loaded_detail)}</p>
                    <button on:click=move |_| retry.run(())>{english!(common.retry)}</button>
                </div>
            </div>
        </main>
    }
}

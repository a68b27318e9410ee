//! The code view: the program as its file, beside everything else. Text that cannot be read gets an error with its
//! place, and stays until it can be read or is let go.

use leptos::prelude::*;
use program::FileError;

use super::{draft::Draft, stage::Stage};
use crate::{
    i18n::{t_string, use_i18n},
    parts::copy::CopyButton,
};

/// The text, and the canvas follows; the canvas, and the text follows.
#[component]
pub fn Code() -> impl IntoView {
    let texts = use_i18n();
    let stage = Stage::here();
    let editor = stage.editor;
    let file = Memo::new(move |_| editor.program.get().0.to_yaml());
    // What is being typed stands until it can be read.
    let typed = RwSignal::new(editor.unread.get_untracked().map(|unread| unread.text));
    let error: RwSignal<Option<FileError>> =
        RwSignal::new(typed.get_untracked().and_then(|text| editor.read(&text).err()));
    let shown = move || typed.get().unwrap_or_else(|| file.get());
    let type_in = move |text: String| {
        error.set(editor.type_in(&text).err());
        typed.set(Some(text));
    };
    let forget = move |_| {
        editor.forget_text();
        error.set(None);
        typed.set(None);
    };
    let leave = move |_| {
        if error.read_untracked().is_none() {
            typed.set(None);
        }
        editor.change(Draft::settle);
    };
    let wrong = move || {
        error.get().map(|error| {
            view! {
                <p class="code-error" role="alert">
                    <b class="num">{t_string!(texts, editor.line, n = error.line.to_string())}</b>
                    " "
                    <code>{error.field}</code>
                    " "
                    {t_string!(texts, editor.unreadable)}
                    " "
                    // The words of whoever reads the file.
                    <q lang="en">{error.message}</q>
                    " "
                    <button class="link" data-act="forget-text" on:click=forget>{say!(texts, editor.forget_text)}</button>
                </p>
            }
        })
    };
    view! {
        <div class="code-view">
            <header>
                <span class="small">"program.yaml"</span>
                <CopyButton text=Signal::derive(shown) />
            </header>
            <textarea
                class="code"
                aria-label=say!(texts, editor.view_code)
                aria-invalid=move || error.read().is_some().to_string()
                spellcheck="false"
                prop:value=shown
                on:input=move |event| type_in(event_target_value(&event))
                on:blur=leave
            ></textarea>
            {wrong}
        </div>
    }
}

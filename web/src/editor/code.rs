//! The code view: the program as its file, beside everything else. Text that cannot be read gets an error with its
//! place.

use leptos::prelude::*;
use program::{FileError, Program};

use super::{
    draft::{Deed, Draft},
    stage::Stage,
};
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
    let typed = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<FileError>);
    let shown = move || typed.get().unwrap_or_else(|| file.get());
    let type_in = move |text: String| {
        match Program::parse(&text) {
            Ok(program) if program.name != editor.program.get_untracked().0.name => {
                let message = untrack(|| t_string!(texts, editor.name_stays)).to_owned();
                error.set(Some(FileError::at(&text, "name", message)));
            }
            Ok(program) => {
                error.set(None);
                editor.change(|draft| draft.replace(Deed::Code { left: false }, program));
            }
            Err(why) => error.set(Some(why)),
        }
        typed.set(Some(text));
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
                    {error.message}
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

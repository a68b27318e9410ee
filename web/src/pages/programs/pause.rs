//! The button that pauses a program, or lets it go on, after a question.

use api::programs::ProgramState;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    address::fill,
    client,
    i18n::{t_string, use_i18n},
    parts::{
        dialog::Confirm,
        icon::{Glyph, Icon},
        number::number,
        toast::Toasts,
    },
};

/// The button with its dialog.
#[component]
pub fn PauseButton(program: String, state: RwSignal<ProgramState>, inside: u64) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let open = RwSignal::new(false);
    // All three go on by the same request.
    let held = |state| matches!(state, ProgramState::Paused | ProgramState::Finishing | ProgramState::Stopped);
    let paused = move || held(state.get());
    let run = move |()| {
        let (path, next) = match state.get_untracked() {
            state if held(state) => (api::path::PROGRAM_RESUME, ProgramState::Live),
            _ => (api::path::PROGRAM_PAUSE, ProgramState::Paused),
        };
        let path = fill(path, &[&program]);
        spawn_local(async move {
            match client::command(&path, &serde_json::json!({})).await {
                Ok(()) => {
                    state.set(next);
                    toasts.say(|| match next {
                        ProgramState::Paused => t_string!(texts, program.paused_toast),
                        _ => t_string!(texts, program.resumed_toast),
                    });
                }
                Err(problem) => toasts.problem(texts, &problem),
            }
        });
    };
    let text = move || match paused() {
        true => t_string!(texts, program.resume_text).to_owned(),
        false => t_string!(texts, program.pause_text, n = number(texts, inside)),
    };
    let choose = move |resume: &'static str, pause: &'static str| if paused() { resume } else { pause }.to_owned();
    let title = move || choose(t_string!(texts, program.resume_title), t_string!(texts, program.pause_title));
    let act = move || choose(t_string!(texts, program.resume_do), t_string!(texts, program.pause_do));
    let words = move || choose(t_string!(texts, program.resume), t_string!(texts, program.pause));
    let glyph = move || if paused() { Glyph::Play } else { Glyph::Pause };
    view! {
        <button on:click=move |_| open.set(true)>
            {move || view! { <Icon glyph=glyph() /> }}
            <span class="wide">{words}</span>
        </button>
        <Confirm
            open=open
            title=Signal::derive(title)
            text=Signal::derive(text)
            act=Signal::derive(act)
            on_act=Callback::new(run)
        />
    }
}

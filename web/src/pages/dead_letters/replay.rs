//! Retries what failed: as it was, or with the current versions. What cannot change says why.

use api::messages::{Left, Replay, Replayed};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{
    client,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{dialog::Dialog, say::say, toast::Toasts},
};

/// Two choices, each with what it means.
#[component]
pub fn ReplayDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What is to be tried again.
    ids: Signal<Vec<Uuid>>,
    /// How many of these failed by what is not current any more, where that is known.
    newer: Signal<Option<u64>>,
    /// Told once anything is tried again.
    on_done: Callback<()>,
) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let left = RwSignal::new(Vec::<Left>::new());
    let busy = RwSignal::new(false);
    Effect::new(move |_| {
        if open.get() {
            left.set(Vec::new());
        }
    });
    let replay = move |current| {
        let body = Replay { ids: ids.get_untracked(), current };
        busy.set(true);
        spawn_local(async move {
            let done = client::post::<Replayed>(api::path::DEAD_LETTERS_REPLAY, &body).await;
            let _ = busy.try_set(false);
            match done {
                Ok(done) => {
                    let any = done.changed > 0;
                    toasts.say(|| t_string!(texts, dead.replayed, n = number(texts, done.changed)));
                    // What stays as it is has to be read first.
                    let _ = open.try_set(!done.left.is_empty());
                    let _ = left.try_set(done.left);
                    if any {
                        on_done.run(());
                    }
                }
                Err(problem) => toasts.problem(texts, &problem),
            }
        });
    };
    let newer = say(move || match newer.get() {
        None => String::new(),
        Some(0) => t_string!(texts, dead.newer_none).to_owned(),
        Some(n) => t_string!(texts, dead.newer, n = n),
    });
    let reasons = move || {
        let line = |one: Left| view! { <li><span>{one.detail}</span></li> };
        left.get().into_iter().map(line).collect::<Vec<_>>()
    };
    view! {
        <Dialog open=open title=say!(texts, dead.replay_title)>
            <Show
                when=move || left.read().is_empty()
                fallback=move || view! {
                    <p class="dialog-text">{say!(texts, dead.left)}</p>
                    <ul class="rows" data-left="true">{reasons}</ul>
                    <footer><button on:click=move |_| open.set(false)>{say!(texts, common.close)}</button></footer>
                }
            >
                <p class="dialog-text">
                    {say(move || t_string!(texts, dead.replay_text, n = number(texts, ids.read().len() as u64)))}
                </p>
                <div class="two">
                    <div class="option">
                        <p>{say!(texts, dead.as_was_text)}</p>
                        <button data-replay="as-was" disabled=busy on:click=move |_| replay(false)>{say!(texts, dead.as_was)}</button>
                    </div>
                    <div class="option">
                        <p>{say!(texts, dead.current_text)} " " <span class="quiet">{newer}</span></p>
                        <button data-replay="current" disabled=busy on:click=move |_| replay(true)>{say!(texts, dead.current)}</button>
                    </div>
                </div>
            </Show>
        </Dialog>
    }
}

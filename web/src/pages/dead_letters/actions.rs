//! What can be done with the chosen dead letters. Mails of unknown outcome are decided, all others tried again.

use std::collections::HashSet;

use api::{
    Changed,
    messages::{DeadLetter, DeadLetterKind, Resolution, Resolve},
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use super::replay::ReplayDialog;
use crate::{
    client,
    format::number::number,
    i18n::{t_string, use_i18n},
    parts::{dialog::Dialog, list::List, say::say, toast::Toasts},
};

/// The bar above the list.
#[component]
pub(super) fn Actions(list: List<DeadLetter>, chosen: RwSignal<HashSet<Uuid>>) -> impl IntoView {
    let texts = use_i18n();
    let (replaying, resolving) = (RwSignal::new(false), RwSignal::new(false));
    let of = move |unknown: bool| {
        let fits = |letter: &&DeadLetter| (letter.kind == DeadLetterKind::UnknownOutcome) == unknown;
        let chosen = chosen.read();
        list.items.with(|items| {
            let letters = items.iter().flatten().filter(fits).map(|letter| letter.id);
            letters.filter(|id| chosen.contains(id)).collect::<Vec<Uuid>>()
        })
    };
    let to_replay = Memo::new(move |_| of(false));
    let to_resolve = Memo::new(move |_| of(true));
    let any = move || list.items.with(|items| items.as_ref().is_some_and(|items| !items.is_empty()));
    let all = move || list.items.with(|items| items.iter().flatten().all(|letter| chosen.read().contains(&letter.id)));
    let toggle_all = move |_| {
        let whole = all();
        chosen.update(|chosen| {
            chosen.clear();
            if !whole {
                chosen.extend(list.items.get_untracked().into_iter().flatten().map(|letter| letter.id));
            }
        });
    };
    let newer = Signal::derive(move || {
        let (ids, is_newer) = (to_replay.read(), |letter: &&DeadLetter| letter.newer);
        let n = list
            .items
            .with(|items| items.iter().flatten().filter(is_newer).filter(|letter| ids.contains(&letter.id)).count());
        Some(n as u64)
    });
    view! {
        <Show when=any>
            <div class="filters">
                <label class="check">
                    <input type="checkbox" prop:checked=all on:change=toggle_all />
                    {say!(texts, dead.select_all)}
                </label>
                <span class="small num" aria-live="polite">
                    {say(move || t_string!(texts, dead.selected, n = chosen.read().len() as u64))}
                </span>
                <div class="actions">
                <button disabled=move || to_resolve.read().is_empty() on:click=move |_| resolving.set(true)>
                    {say!(texts, dead.resolve)}
                </button>
                <button class="primary" disabled=move || to_replay.read().is_empty() on:click=move |_| replaying.set(true)>
                    {say!(texts, dead.replay)}
                </button>
                </div>
            </div>
        </Show>
        <ReplayDialog open=replaying ids=to_replay.into() newer=newer on_done=Callback::new(move |()| list.again()) />
        <ResolveDialog open=resolving ids=to_resolve list=list />
    }
}

/// Two choices, each with what it means.
#[component]
fn ResolveDialog(open: RwSignal<bool>, ids: Memo<Vec<Uuid>>, list: List<DeadLetter>) -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let resolve = move |resolution| {
        let body = Resolve { ids: ids.get_untracked(), resolution };
        open.set(false);
        spawn_local(async move {
            match client::post::<Changed>(api::path::MESSAGES_RESOLVE, &body).await {
                Ok(done) => toasts.say(|| t_string!(texts, dead.resolved, n = number(texts, done.changed))),
                Err(problem) => toasts.problem(texts, &problem),
            }
            list.again();
        });
    };
    let lead = move || t_string!(texts, dead.resolve_text, n = number(texts, ids.read().len() as u64));
    view! {
        <Dialog open=open title=say!(texts, dead.resolve_title)>
            <p class="dialog-text">{lead}</p>
            <div class="two">
                <div class="option">
                    <p>{say!(texts, dead.resend_text)}</p>
                    <button on:click=move |_| resolve(Resolution::Resend)>{say!(texts, dead.resend)}</button>
                </div>
                <div class="option">
                    <p>{say!(texts, dead.skip_text)}</p>
                    <button on:click=move |_| resolve(Resolution::Skip)>{say!(texts, dead.skip)}</button>
                </div>
            </div>
        </Dialog>
    }
}

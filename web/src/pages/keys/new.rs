//! A new key: what it is for and what it may do; then its text, shown once.

use api::{
    access::{CreatedKey, KeySummary, NewKey},
    problem::ProblemDetails,
};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};

use super::scope_words;
use crate::{
    client,
    i18n::{t_string, use_i18n},
    parts::{copy::CopyBox, dialog::Dialog, list::List, notice::ProblemBox},
};

/// Days until a key ends; none for never.
const ENDS: [Option<u64>; 4] = [None, Some(30), Some(90), Some(365)];

/// The dialog.
#[component]
pub(super) fn NewKeyDialog(open: RwSignal<bool>, list: List<KeySummary>) -> impl IntoView {
    let texts = use_i18n();
    let made = RwSignal::new(None::<String>);
    // The text of the last key must not be there when the dialog opens again.
    Effect::new(move |_| {
        if !open.get() {
            made.set(None);
        }
    });
    let title = move || match made.read().is_some() {
        true => t_string!(texts, access.once_title),
        false => t_string!(texts, access.new),
    };
    view! {
        <Dialog open=open title=Signal::derive(move || title().trim_end_matches('…').trim_end().to_owned())>
            {move || match made.get() {
                None => view! { <Form open=open made=made list=list /> }.into_any(),
                Some(key) => view! {
                    <p class="dialog-text">{say!(texts, access.once)}</p>
                    <CopyBox text=key />
                    <footer>
                        <button class="primary" on:click=move |_| open.set(false)>{say!(texts, access.copied_it)}</button>
                    </footer>
                }
                .into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>, made: RwSignal<Option<String>>, list: List<KeySummary>) -> impl IntoView {
    let texts = use_i18n();
    let name = RwSignal::new(String::new());
    let scopes =
        [("events:write", true), ("read", false), ("admin", false)].map(|(scope, on)| (scope, RwSignal::new(on)));
    let ends = RwSignal::new("0".to_owned());
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let any_scope = move || scopes.iter().any(|(_, on)| on.get());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let days: i64 = ends.get_untracked().parse().unwrap_or(0);
        let now = chrono::DateTime::from_timestamp_millis(js_sys::Date::now() as i64);
        let key = NewKey {
            name: name.get_untracked().trim().to_owned(),
            scopes: scopes.iter().filter(|(_, on)| on.get_untracked()).map(|(scope, _)| (*scope).to_owned()).collect(),
            expires_at: now.filter(|_| days > 0).map(|now| now + chrono::TimeDelta::days(days)),
        };
        busy.set(true);
        spawn_local(async move {
            match client::post::<CreatedKey>(api::path::KEYS, &key).await {
                Ok(created) => {
                    made.set(Some(created.key));
                    list.again();
                }
                Err(refused) => {
                    let _ = problem.try_set(Some(*refused));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    let boxes = scopes.map(|(scope, on)| {
        view! {
            <label class="check">
                <input type="checkbox" bind:checked=on />
                <span>{move || scope_words(texts, scope)} " " <code class="token">{scope}</code></span>
            </label>
        }
    });
    let options = ENDS.map(|days| {
        let label = move || match days {
            None => t_string!(texts, access.ends_never).to_owned(),
            Some(days) => t_string!(texts, access.ends_in, n = days),
        };
        view! { <option value=days.unwrap_or(0).to_string()>{label}</option> }
    });
    view! {
        <form on:submit=submit>
            {move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })}
            <label>
                {say!(texts, access.name)}
                <input required maxlength="100" bind:value=name autofocus />
                <span class="help">{say!(texts, access.name_help)}</span>
            </label>
            <fieldset>
                <legend>{say!(texts, access.scopes)}</legend>
                {boxes}
            </fieldset>
            <label>
                {say!(texts, access.expires)}
                <select bind:value=ends>{options}</select>
            </label>
            <footer>
                <button type="button" on:click=move |_| open.set(false)>{say!(texts, common.cancel)}</button>
                <button class="primary" disabled=move || busy.get() || !any_scope()>{say!(texts, access.create)}</button>
            </footer>
        </form>
    }
}

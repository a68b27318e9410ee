//! /setup?token=…: the first user, by the link that the server prints at its first start.

use api::{access::Setup, problem::ProblemDetails};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::{
    client,
    i18n::{t_string, use_i18n},
    parts::notice::ProblemBox,
    session::Me,
    shell::{Choices, Logo},
};

/// Shown while there is no user: where the link is to be found.
#[component]
pub fn NeedsSetupPage() -> impl IntoView {
    let texts = use_i18n();
    view! {
        <main class="alone">
            <section class="card">
                <p class="logo"><Logo /> "Stafette"</p>
                <h1>{say!(texts, setup.needed)}</h1>
                <p class="lead">{say!(texts, setup.needed_lead)}</p>
                <p>{say!(texts, setup.needed_look)}</p>
                <pre>{example()}</pre>
            </section>
            <Choices />
        </main>
    }
}

/// How the link looks.
fn example() -> String {
    format!("{}/setup?token=…", location().origin().unwrap_or_default())
}

/// The link leads here.
#[component]
pub fn SetupPage() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    let token = use_query_map().read_untracked().get("token").unwrap_or_default();
    let complete = !token.is_empty();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let go = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let setup = Setup {
            token: token.clone(),
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        let go = go.clone();
        busy.set(true);
        spawn_local(async move {
            match client::enter(api::path::SETUP, &setup, client::LINK_OVER).await {
                Ok(()) => {
                    go("/programs", leptos_router::NavigateOptions { replace: true, ..Default::default() });
                    me.load();
                }
                Err(refused) => {
                    problem.set(Some(*refused));
                    busy.set(false);
                }
            }
        });
    };
    let done = move || me.session().is_some_and(|session| !session.needs_setup);
    let shown = RwSignal::new(false);
    let fields = complete.then(|| {
        view! {
            <label>
                {say!(texts, login.email)}
                <input type="email" autocomplete="username" required bind:value=email autofocus />
            </label>
            <label>
                {say!(texts, login.password)}
                <input
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete="new-password"
                    minlength="12"
                    maxlength="200"
                    required
                    bind:value=password
                    aria-describedby="password-help"
                />
                <span class="help" id="password-help">{say!(texts, setup.password_help)}</span>
            </label>
            <label class="check">
                <input type="checkbox" bind:checked=shown />
                {say!(texts, setup.show)}
            </label>
            <button class="primary" disabled=busy>{say!(texts, setup.submit)}</button>
        }
    });
    view! {
        <main class="alone">
            <form class="card" on:submit=submit>
                <p class="logo"><Logo /> "Stafette"</p>
                <h1>{move || if complete { t_string!(texts, setup.title) } else { t_string!(texts, setup.no_token) }}</h1>
                <p class="lead">
                    {move || if complete { t_string!(texts, setup.lead) } else { t_string!(texts, setup.no_token_detail) }}
                </p>
                <Show when=done>
                    <p>{say!(texts, setup.done)} " " <a href="/login">{say!(texts, login.title)}</a></p>
                </Show>
                {move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })}
                {if complete { fields.into_any() } else { view! { <pre>{example()}</pre> }.into_any() }}
            </form>
            <Choices />
        </main>
    }
}

//! /login: shown in place of any page while nobody is signed in, so that the page is there afterwards.

use api::{access::SignIn, problem::ProblemDetails};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};
use leptos_router::hooks::{use_location, use_navigate};

use crate::{
    client,
    i18n::use_i18n,
    parts::notice::ProblemBox,
    session::Me,
    shell::{Choices, Logo},
};

/// Sign in.
#[component]
pub fn LoginPage() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    // The address says what is shown, and where to go afterwards.
    let wanted = use_location().pathname.get_untracked();
    let go = use_navigate();
    if wanted != "/login" {
        go("/login", leptos_router::NavigateOptions { replace: true, ..Default::default() });
    }
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let sign_in = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        let (go, wanted) = (go.clone(), wanted.clone());
        busy.set(true);
        spawn_local(async move {
            match client::enter(api::path::SESSION, &sign_in, client::WRONG_PASSWORD).await {
                Ok(()) => {
                    go(&wanted, leptos_router::NavigateOptions { replace: true, ..Default::default() });
                    me.load();
                }
                Err(refused) => {
                    problem.set(Some(*refused));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <main class="alone">
            <form class="card" on:submit=submit>
                <p class="logo"><Logo /> "Stafette"</p>
                <h1>{say!(texts, login.title)}</h1>
                <p class="lead">{say!(texts, login.lead)}</p>
                {move || problem.get().map(|problem| view! { <ProblemBox problem=problem /> })}
                <label>
                    {say!(texts, login.email)}
                    <input type="email" autocomplete="username" required bind:value=email autofocus />
                </label>
                <label>
                    {say!(texts, login.password)}
                    <input type="password" autocomplete="current-password" required bind:value=password />
                </label>
                <button class="primary" disabled=busy>{say!(texts, login.submit)}</button>
            </form>
            <Choices />
        </main>
    }
}

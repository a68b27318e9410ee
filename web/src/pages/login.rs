//! Signing in: /login, shown in place of any page while nobody is signed in, so that the page is there afterwards; and the
//! dialog on the spot, where a session ends while a page is open.

use api::{access::SignIn, problem::ProblemDetails};
use leptos::{prelude::*, task::spawn_local, web_sys::SubmitEvent};
use leptos_router::hooks::{use_location, use_navigate};

use crate::{
    client,
    i18n::use_i18n,
    parts::{dialog::Dialog, notice::problem_in},
    session::Me,
    shell::{Choices, Logo},
};

/// Sign in.
#[component]
pub fn LoginPage() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    // The address says what is shown, and where to go afterwards.
    let wanted = use_location().pathname.get_untracked();
    let go = use_navigate();
    if wanted != "/login" {
        go("/login", leptos_router::NavigateOptions { replace: true, ..Default::default() });
    }
    let on_in = Callback::new(move |()| {
        go(&wanted, leptos_router::NavigateOptions { replace: true, ..Default::default() });
        me.load();
    });
    view! {
        <main class="alone">
            <div class="card">
                <p class="logo"><Logo /> "Stafette"</p>
                <h1>{say!(texts, login.title)}</h1>
                <p class="lead">{say!(texts, login.lead)}</p>
                <Form email=String::new() on_in=on_in />
            </div>
            <Choices />
        </main>
    }
}

/// The dialog on the spot. Whoever closes it may look and go on changing; the line above the page says so.
#[component]
pub fn SignInAgain() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    let on_in = Callback::new(move |()| spawn_local(me.back()));
    view! {
        <Show when=move || me.is_out()>
            <div class="save-strip tone-warn" role="status">
                <p>{say!(texts, login.over)}</p>
                <button class="small-button" data-act="sign-in" on:click=move |_| me.asking.set(true)>
                    {say!(texts, login.submit)}
                </button>
            </div>
        </Show>
        <Dialog open=me.asking title=say!(texts, login.again)>
            <p class="dialog-text">{say!(texts, login.over)}</p>
            <Form email=untrack(|| me.email()) on_in=on_in />
        </Dialog>
    }
}

#[component]
fn Form(
    /// Who is expected.
    email: String,
    /// Told that somebody is in.
    on_in: Callback<()>,
) -> impl IntoView {
    let texts = use_i18n();
    // Who is expected need only give the password.
    let known = !email.is_empty();
    let (email, password) = (RwSignal::new(email), RwSignal::new(String::new()));
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<ProblemDetails>));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let sign_in = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        busy.set(true);
        spawn_local(async move {
            match client::enter(api::path::SESSION, &sign_in, client::WRONG_PASSWORD).await {
                Ok(()) => on_in.run(()),
                Err(refused) => {
                    problem.set(Some(*refused));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <form on:submit=submit>
            {problem_in(problem)}
            <label>
                {say!(texts, login.email)}
                <input type="email" autocomplete="username" required bind:value=email autofocus=!known />
            </label>
            <label>
                {say!(texts, login.password)}
                <input type="password" autocomplete="current-password" required bind:value=password autofocus=known />
            </label>
            <button class="primary" disabled=busy>{say!(texts, login.submit)}</button>
        </form>
    }
}

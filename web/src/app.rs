//! The app: what every page shares, who may see what, and the routes as one table.

use leptos::prelude::*;
use leptos_router::{
    components::{Redirect, Route, Router, Routes},
    hooks::use_location,
    path,
};

use crate::{
    i18n::I18nContextProvider,
    pages::{
        api::ApiPage, contacts, dead_letters::DeadLettersPage, events, inbox, keys::KeysPage, login::LoginPage,
        messages::MessagesPage, not_found::NotFoundPage, programs, setup,
    },
    parts::{
        load::Skeleton,
        notice::ProblemBox,
        time,
        toast::{ToastShelf, Toasts},
    },
    prefs,
    session::Me,
    shell::Shell,
};

/// Everything.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <I18nContextProvider>
            <Router>
                <Provided />
            </Router>
        </I18nContextProvider>
    }
}

/// Inside of languages and router, so that both can be used by what is provided here.
#[component]
fn Provided() -> impl IntoView {
    prefs::provide();
    time::provide();
    Toasts::provide();
    Me::provide();
    view! {
        <Gate />
        <ToastShelf />
    }
}

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// The server is being asked.
    Asking,
    /// The server could not say.
    Broken,
    /// By the one-time link.
    Setup,
    /// Nobody can sign in yet.
    NeedsSetup,
    /// Signed out.
    Out,
    /// Signed in.
    In,
}

/// Lets in who is signed in.
#[component]
fn Gate() -> impl IntoView {
    let me = Me::here();
    let path = use_location().pathname;
    let door = Memo::new(move |_| match me.answer() {
        None => Door::Asking,
        Some(Err(_)) => Door::Broken,
        Some(Ok(session)) if session.email.is_some() => Door::In,
        Some(Ok(_)) if path.get() == "/setup" => Door::Setup,
        Some(Ok(session)) if session.needs_setup => Door::NeedsSetup,
        Some(Ok(_)) => Door::Out,
    });
    let broken = move || {
        let problem = me.answer().and_then(Result::err);
        problem.map(|problem| view! { <ProblemBox problem=*problem retry=Callback::new(move |()| me.load()) /> })
    };
    move || match door.get() {
        Door::Asking => view! { <main class="alone"><Skeleton /></main> }.into_any(),
        Door::Broken => view! { <main class="alone">{broken}</main> }.into_any(),
        Door::Setup => view! { <setup::SetupPage /> }.into_any(),
        Door::NeedsSetup => view! { <setup::NeedsSetupPage /> }.into_any(),
        Door::Out => view! { <LoginPage /> }.into_any(),
        Door::In => view! { <Shell><Table /></Shell> }.into_any(),
    }
}

/// The routes.
#[component]
fn Table() -> impl IntoView {
    view! {
        <Routes fallback=NotFoundPage>
            <Route path=path!("/") view=|| view! { <Redirect path="/programs" /> } />
            <Route path=path!("/api") view=ApiPage />
            <Route path=path!("/contacts") view=contacts::list::ContactsPage />
            <Route path=path!("/contacts/:id") view=contacts::show::ContactPage />
            <Route path=path!("/dead-letters") view=DeadLettersPage />
            <Route path=path!("/events") view=events::list::EventsPage />
            <Route path=path!("/events/:id") view=events::show::EventPage />
            <Route path=path!("/inbox") view=inbox::list::InboxPage />
            <Route path=path!("/inbox/:id") view=inbox::show::MailPage />
            <Route path=path!("/keys") view=KeysPage />
            <Route path=path!("/login") view=|| view! { <Redirect path="/programs" /> } />
            <Route path=path!("/messages") view=MessagesPage />
            <Route path=path!("/programs") view=programs::list::ProgramsPage />
            <Route path=path!("/programs/:name") view=programs::show::ProgramPage />
            <Route path=path!("/programs/:name/tokens") view=programs::tokens::TokensPage />
            <Route path=path!("/setup") view=|| view! { <Redirect path="/programs" /> } />
        </Routes>
    }
}

//! The app: what every page shares, who may see what, and the routes as one table.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    components::Router,
    hooks::{use_location, use_navigate},
    location::{BrowserUrl, LocationProvider as _},
};

use crate::{
    i18n::Texts,
    lazy,
    pages::{
        api::ApiPage,
        contacts,
        dead_letters::DeadLettersPage,
        events, inbox,
        keys::KeysPage,
        login::{LoginPage, SignInAgain},
        messages::MessagesPage,
        no_texts::NoTextsPage,
        not_found::NotFoundPage,
        programs,
        queues::QueuesPage,
        setup,
        tokens::TokenPage,
    },
    parts::{
        load::Skeleton,
        notice::ProblemBox,
        time,
        toast::{ToastShelf, Toasts},
    },
    prefs,
    routes::{self, Names, first},
    session::Me,
    shell::Shell,
};

/// Everything, once its texts are here.
#[component]
pub fn App() -> impl IntoView {
    let texts = RwSignal::new(None);
    let load = move || spawn_local(async move { texts.set(Some(Texts::load(prefs::first_language()).await)) });
    load();
    let retry = Callback::new(move |()| load());
    move || match texts.get() {
        None => ().into_any(),
        Some(Ok(texts)) => view! { <Router><Provided texts=texts /></Router> }.into_any(),
        Some(Err(_)) => view! { <NoTextsPage retry=retry /> }.into_any(),
    }
}

/// Inside of the router, so that it can be used by what is provided here.
#[component]
fn Provided(texts: Texts) -> impl IntoView {
    provide_context(texts);
    prefs::provide(texts);
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
        Door::In => view! { <Shell><SignInAgain /><Page /></Shell> }.into_any(),
    }
}

/// Draws a page.
pub type Draw = fn(Names) -> AnyView;

/// The routes.
const ROUTES: [(&str, Draw); 17] = [
    ("/api", |_| view! { <ApiPage /> }.into_any()),
    ("/contacts", |_| view! { <contacts::list::ContactsPage /> }.into_any()),
    ("/contacts/:id", |names| view! { <contacts::show::ContactPage id=first(names) /> }.into_any()),
    ("/dead-letters", |_| view! { <DeadLettersPage /> }.into_any()),
    ("/events", |_| view! { <events::list::EventsPage /> }.into_any()),
    ("/events/:id", |names| view! { <events::show::EventPage id=first(names) /> }.into_any()),
    ("/inbox", |_| view! { <inbox::list::InboxPage /> }.into_any()),
    ("/inbox/:id", |names| view! { <inbox::show::MailPage id=first(names) /> }.into_any()),
    ("/keys", |_| view! { <KeysPage /> }.into_any()),
    ("/kinds", lazy::kinds),
    ("/messages", |_| view! { <MessagesPage /> }.into_any()),
    ("/programs", |_| view! { <programs::list::ProgramsPage /> }.into_any()),
    ("/programs/:name", lazy::designer),
    ("/programs/:name/tokens", |names| view! { <programs::tokens::TokensPage name=first(names) /> }.into_any()),
    ("/programs/:name/visits", |names| view! { <programs::visits::VisitsPage name=first(names) /> }.into_any()),
    ("/queues", |_| view! { <QueuesPage /> }.into_any()),
    ("/tokens/:id", |names| view! { <TokenPage id=first(names) /> }.into_any()),
];

/// The page of the address. The router's own table would keep the type of every page in one; this is a third of its
/// size.
#[component]
fn Page() -> impl IntoView {
    let path = use_location().pathname;
    let go = use_navigate();
    let address = expect_context::<BrowserUrl>();
    // A link's address is the browser's once its page is drawn, which here is at once.
    Effect::new(move |_| {
        path.track();
        address.ready_to_complete();
    });
    // Signed in already: there is nothing to do at the door.
    Effect::new(move |_| {
        if ["/", "/login", "/setup"].contains(&path.get().as_str()) {
            go("/programs", NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
    move || match path.get().as_str() {
        "/" | "/login" | "/setup" => ().into_any(),
        path => match routes::find(&ROUTES, path) {
            Some((page, names)) => page(names),
            None => view! { <NotFoundPage /> }.into_any(),
        },
    }
}

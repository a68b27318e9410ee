//! What stands around every page: navigation on the left, on a phone a bar at the foot with the rest behind "More".

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use web_sys::HtmlSelectElement;

use crate::{
    i18n::{Language, t_string, use_i18n},
    parts::{
        icon::{Glyph, Icon},
        say::say,
        toast::Toasts,
    },
    prefs::{self, Texts, Theme},
    session::Me,
};

/// The frame around a page.
#[component]
pub fn Shell(children: Children) -> impl IntoView {
    let texts = use_i18n();
    let more = RwSignal::new(false);
    let path = use_location().pathname;
    // Going somewhere closes the sheet.
    Effect::new(move |_| {
        path.track();
        more.set(false);
    });
    view! {
        <a class="skip" href="#content">{say!(texts, nav.skip)}</a>
        <div class="shell">
            <nav class="side" class:open=more aria-label=say!(texts, nav.main)>
                <a href="/programs" class="logo"><Logo /> "Stafette"</a>
                <Links />
                <Foot />
            </nav>
            <nav class="bar" aria-label=say!(texts, nav.main)>
                <Link href="/programs" glyph=Glyph::Graph words=say!(texts, nav.programs) />
                <Link href="/events" glyph=Glyph::Bolt words=say!(texts, nav.events) />
                <Link href="/contacts" glyph=Glyph::Person words=say!(texts, nav.contacts) />
                <Link href="/inbox" glyph=Glyph::Inbox words=say!(texts, nav.inbox) />
                <button aria-expanded=move || more.get().to_string() on:click=move |_| more.update(|open| *open = !*open)>
                    <Icon glyph=Glyph::More />
                    <span>{say!(texts, nav.more)}</span>
                </button>
            </nav>
            <div class="veil" class:open=more on:click=move |_| more.set(false)></div>
            <main id="content" tabindex="-1">{children()}</main>
        </div>
    }
}

#[component]
fn Links() -> impl IntoView {
    let texts = use_i18n();
    view! {
        <Link href="/programs" glyph=Glyph::Graph words=say!(texts, nav.programs) />
        <Link href="/events" glyph=Glyph::Bolt words=say!(texts, nav.events) />
        <Link href="/contacts" glyph=Glyph::Person words=say!(texts, nav.contacts) />
        <h2>{say!(texts, nav.watch)}</h2>
        <Link href="/inbox" glyph=Glyph::Inbox words=say!(texts, nav.inbox) />
        <Link href="/messages" glyph=Glyph::Mail words=say!(texts, nav.messages) />
        <Link href="/queues" glyph=Glyph::Queue words=say!(texts, nav.queues) />
        <Link href="/dead-letters" glyph=Glyph::Halt words=say!(texts, nav.dead_letters) />
        <h2>{say!(texts, nav.settings)}</h2>
        <Link href="/keys" glyph=Glyph::Key words=say!(texts, nav.keys) />
        <Link href="/api" glyph=Glyph::Api words=say!(texts, nav.api) />
        <Link href="/kinds" glyph=Glyph::Fork words=say!(texts, nav.kinds) />
    }
}

/// A link that knows whether its page, or one below it, is shown.
#[component]
fn Link(href: &'static str, glyph: Glyph, words: Signal<String>) -> impl IntoView {
    let path = use_location().pathname;
    let is_here = move || path.read().strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    view! {
        <a href=href aria-current=move || is_here().then_some("page")>
            <Icon glyph=glyph />
            <span>{words}</span>
        </a>
    }
}

#[component]
fn Foot() -> impl IntoView {
    let texts = use_i18n();
    let me = Me::here();
    view! {
        <div class="nav-foot">
            <Choices />
            <div class="me">
                <span title=move || me.session().and_then(|session| session.email)>
                    {move || me.session().and_then(|session| session.email)}
                </span>
                <button
                    class="icon-only"
                    title=say!(texts, nav.sign_out)
                    aria-label=say!(texts, nav.sign_out)
                    on:click=move |_| me.sign_out()
                >
                    <Icon glyph=Glyph::Out />
                </button>
            </div>
        </div>
    }
}

/// Language and theme; also on the pages before sign-in.
#[component]
pub fn Choices() -> impl IntoView {
    let texts = use_i18n();
    let theme: RwSignal<Theme> = expect_context();
    let toasts = Toasts::here();
    let language = move |event| {
        let select = event_target::<HtmlSelectElement>(&event);
        let Some(language) = Language::by_name(&select.value()) else { return };
        spawn_local(async move {
            if let Err(problem) = prefs::choose_language(texts, language).await {
                toasts.problem(texts, &problem);
                // It shows what is read, not what was wished for.
                select.set_value(untrack(|| texts.language()).name());
            }
        });
    };
    let languages = Language::ALL.map(|language| {
        let name = language.name();
        view! { <option value=name selected=move || texts.language() == language lang=name>{language.own_name()}</option> }
    });
    let themes = Theme::ALL.map(|choice| {
        view! { <option value=choice.name() selected=move || theme.get() == choice>{say(move || theme_words(texts, choice))}</option> }
    });
    view! {
        <div class="choices">
            <label class="choice">
                <Icon glyph=Glyph::World />
                <select aria-label=say!(texts, nav.language) on:change=language>{languages}</select>
            </label>
            <label class="choice">
                <Icon glyph=Glyph::Theme />
                <select
                    aria-label=say!(texts, nav.theme)
                    on:change=move |event| prefs::choose_theme(theme, Theme::by_name(&event_target_value(&event)))
                >
                    {themes}
                </select>
            </label>
        </div>
    }
}

fn theme_words(texts: Texts, theme: Theme) -> &'static str {
    match theme {
        Theme::System => t_string!(texts, nav.theme_system),
        Theme::Light => t_string!(texts, nav.theme_light),
        Theme::Dark => t_string!(texts, nav.theme_dark),
    }
}

/// The baton and the hand that takes it.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="mark" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
            <rect x="2" y="14" width="15" height="5" rx="2.5" transform="rotate(-32 9 16)" fill="var(--brand)"></rect>
            <circle cx="18.5" cy="6" r="3" fill="none" stroke="var(--brand)" stroke-width="2"></circle>
        </svg>
    }
}

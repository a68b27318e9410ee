//! Toasts: what an action did, in passing.

use api::problem::ProblemDetails;
use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use crate::{i18n::use_i18n, prefs::Texts, words};

#[derive(Clone, Debug, PartialEq)]
struct Toast {
    id: u32,
    good: bool,
    text: String,
    link: Option<(String, String)>,
}

/// The toasts of the page.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    count: StoredValue<u32>,
}

impl Toasts {
    /// Makes them known to everything below.
    pub fn provide() {
        provide_context(Self { list: RwSignal::new(Vec::new()), count: StoredValue::new(0) });
    }

    /// From anywhere below.
    pub fn here() -> Self {
        expect_context()
    }

    /// Something went as asked. The words are found now, in the language of now.
    pub fn say<T: Into<String>>(self, words: impl FnOnce() -> T) {
        self.push(true, untrack(words).into(), None);
    }

    /// The same, with a link: where to and its words.
    pub fn say_with_link<T: Into<String>>(self, words: impl FnOnce() -> T, href: String, link: String) {
        self.push(true, untrack(words).into(), Some((href, link)));
    }

    /// Something did not.
    pub fn refuse<T: Into<String>>(self, words: impl FnOnce() -> T) {
        self.push(false, untrack(words).into(), None);
    }

    /// A call failed.
    pub fn problem(self, texts: Texts, problem: &ProblemDetails) {
        let (title, detail) = untrack(|| words::refused(texts, problem));
        self.push(false, format!("{title}. {detail}"), None);
    }

    fn push(self, good: bool, text: String, link: Option<(String, String)>) {
        let id = self.count.with_value(|count| count + 1);
        self.count.set_value(id);
        self.list.update(|list| list.push(Toast { id, good, text, link }));
        let stay = std::time::Duration::from_secs(if good { 6 } else { 12 });
        set_timeout(move || self.remove(id), stay);
    }

    fn remove(self, id: u32) {
        // The page may have been left meanwhile.
        let _ = self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }
}

/// Where toasts appear; screen readers read them out.
#[component]
pub fn ToastShelf() -> impl IntoView {
    let texts = use_i18n();
    let toasts = Toasts::here();
    let card = move |toast: Toast| {
        let id = toast.id;
        let (glyph, tone) =
            if toast.good { (Glyph::Check, "toast tone-good") } else { (Glyph::Halt, "toast tone-bad") };
        view! {
            <div class=tone>
                <Icon glyph=glyph />
                <span>
                    {toast.text} " "
                    {toast.link.map(|(href, words)| view! { <a href=href>{words}</a> })}
                </span>
                <button class="icon-only" aria-label=say!(texts, common.close) on:click=move |_| toasts.remove(id)>
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|toast| toast.id children=card />
        </div>
    }
}

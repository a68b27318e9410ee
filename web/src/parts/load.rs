//! One value from the server: a skeleton while it loads, the problem with a retry button, or the value.

use std::{pin::Pin, time::Duration};

use api::problem::ProblemDetails;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;

use super::{head::Head, notice::ProblemBox, say::say};
use crate::{
    client::{self, Answer},
    i18n::use_i18n,
    session::Me,
    words,
};

/// A value that is fetched when the page opens, when something that the fetch reads changes, and on demand.
pub struct Load<T: Send + Sync + 'static> {
    /// What the last finished fetch gave.
    pub answer: RwSignal<Option<Answer<T>>>,
    turn: RwSignal<u32>,
}

type Fetch<T> = Pin<Box<dyn Future<Output = Answer<T>>>>;

impl<T: Send + Sync> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for Load<T> {}

impl<T: Send + Sync + DeserializeOwned> Load<T> {
    /// Starts to fetch what the address names.
    pub fn new(address: impl Fn() -> String + 'static) -> Self {
        Self::by(move || {
            let url = address();
            Box::pin(async move { client::get::<T>(&url).await })
        })
    }
}

impl Load<String> {
    /// The same for a text as it is.
    pub fn text(address: impl Fn() -> String + 'static) -> Self {
        Self::by(move || {
            let url = address();
            Box::pin(async move { client::text(&url).await })
        })
    }
}

impl<T: Send + Sync> Load<T> {
    /// Starts to fetch in a way of its own.
    pub fn by(fetch: impl Fn() -> Fetch<T> + 'static) -> Self {
        let load = Self { answer: RwSignal::new(None), turn: RwSignal::new(0) };
        let me = Me::here();
        let latest = StoredValue::new(0_u64);
        Effect::new(move |_| {
            load.turn.track();
            let fetch = fetch();
            let mine = latest.with_value(|n| n + 1);
            latest.set_value(mine);
            spawn_local(async move {
                let answer = fetch.await;
                // An older answer must not replace a newer one, and the page may have been left.
                if latest.try_with_value(|latest| *latest == mine) == Some(true) {
                    let _ = load.answer.try_set(Some(answer));
                }
            });
        });
        // What was refused while nobody was signed in is asked for again.
        Effect::new(move |before: Option<u32>| {
            let entered = me.entered();
            let refused = |answer: &Option<Answer<T>>| matches!(answer, Some(Err(problem)) if problem.status == 401);
            if before.is_some_and(|before| before != entered) && load.answer.with_untracked(refused) {
                load.again();
            }
            entered
        });
        load
    }

    /// Fetches again and again, while the page is open and its tab is looked at.
    pub fn watched(self, every: Duration) -> Self {
        watch(every, move || self.again());
        self
    }

    /// Fetches again; what is shown stays until then.
    pub fn again(self) {
        let _ = self.turn.try_update(|turn| *turn += 1);
    }
}

/// Looks again and again, while the page is open and its tab is looked at.
pub fn watch(every: Duration, look: impl Fn() + 'static) {
    let look = move || {
        if !document().hidden() {
            look();
        }
    };
    if let Ok(looking) = set_interval_with_handle(look, every) {
        on_cleanup(move || looking.clear());
    }
}

/// Shows it. `show` makes the view once for each answer.
pub fn loaded<T, V>(load: Load<T>, show: impl Fn(T) -> V + Send + 'static) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    move || match load.answer.get() {
        None => view! { <Skeleton /> }.into_any(),
        Some(Ok(value)) => show(value).into_any(),
        Some(Err(problem)) => wrong(load, *problem).into_any(),
    }
}

/// The same for what a page is about: its head comes with it, and with the problem.
pub fn opened<T, V>(load: Load<T>, show: impl Fn(T) -> V + Send + 'static) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let texts = use_i18n();
    move || match load.answer.get() {
        None => view! { <Skeleton /> }.into_any(),
        Some(Ok(value)) => show(value).into_any(),
        Some(Err(problem)) => {
            let title = words::refused(texts, &problem).0;
            view! { <Head title=say(move || title.clone()) /> {wrong(load, *problem)} }.into_any()
        }
    }
}

fn wrong<T: Send + Sync>(load: Load<T>, problem: ProblemDetails) -> impl IntoView {
    let retry = Callback::new(move |()| {
        load.answer.set(None);
        load.again();
    });
    view! { <ProblemBox problem=problem retry=retry /> }
}

/// What stands in for a page that is on its way.
#[component]
pub fn Skeleton() -> impl IntoView {
    let texts = use_i18n();
    view! {
        <div class="skeleton" role="status">
            <span class="hidden">{say!(texts, common.loading)}</span>
            <i></i><i></i><i></i><i></i><i></i><i></i>
        </div>
    }
}

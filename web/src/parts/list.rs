//! A list that comes in pages: what is there so far, and the cursor to what follows.

use std::time::Duration;

use api::problem::ProblemDetails;
use leptos::{prelude::*, task::spawn_local};
use serde::de::DeserializeOwned;

use super::load::watch;
use crate::{address::with_query, client, session::Me};

/// A paged list. It starts over when something that its address depends on changes.
pub struct List<T: Send + Sync + 'static> {
    /// What has come so far; nothing while the first page is on its way.
    pub items: RwSignal<Option<Vec<T>>>,
    /// What does not depend on what is listed.
    pub frame: Frame,
}

/// How a list stands.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Whether the first page is here.
    pub came: RwSignal<bool>,
    /// Why the last page did not come.
    pub problem: RwSignal<Option<ProblemDetails>>,
    /// The cursor to what follows.
    pub next: RwSignal<Option<String>>,
    /// Whether a page is on its way.
    pub busy: RwSignal<bool>,
    /// Whether more than the first page was asked for.
    further: RwSignal<bool>,
    /// Asks for a page, by its cursor.
    pub fetch: Callback<Option<String>>,
}

impl<T: Send + Sync> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for List<T> {}

impl<T: Send + Sync + DeserializeOwned> List<T> {
    /// Starts with the first page. `address` gives path and filter of the call.
    pub fn new(address: impl Fn() -> String + Send + Sync + 'static) -> Self {
        let (items, came, problem) = (RwSignal::new(None), RwSignal::new(false), RwSignal::new(None));
        let (next, busy, further) = (RwSignal::new(None), RwSignal::new(false), RwSignal::new(false));
        let latest = StoredValue::new(0_u64);
        let me = Me::here();
        let fetch = Callback::new(move |cursor: Option<String>| {
            let url = with_query(&address(), &[("cursor", cursor.as_deref().unwrap_or_default())]);
            let mine = latest.with_value(|n| n + 1);
            latest.set_value(mine);
            busy.set(true);
            further.set(cursor.is_some());
            spawn_local(async move {
                let answer = client::get::<api::Page<T>>(&url).await;
                // An older page must not replace a newer one, and the list may have been left.
                if latest.try_with_value(|latest| *latest == mine) != Some(true) {
                    return;
                }
                busy.set(false);
                match answer {
                    Ok(page) => {
                        problem.set(None);
                        next.set(page.next_cursor);
                        items.update(|items: &mut Option<Vec<T>>| match items {
                            Some(items) if cursor.is_some() => items.extend(page.items),
                            _ => *items = Some(page.items),
                        });
                        came.set(true);
                    }
                    Err(error) => problem.set(Some(*error)),
                }
            });
        });
        // Reads what the address depends on, so that a changed filter starts over, and so does who signs in again.
        Effect::new(move |_| {
            me.entered();
            fetch.run(None);
        });
        Self { items, frame: Frame { came, problem, next, busy, further, fetch } }
    }

    /// Looks again and again, while nobody has gone further than the first page.
    pub fn watched(self, every: Duration) -> Self {
        watch(every, move || {
            if !self.frame.busy.get_untracked() && !self.frame.further.get_untracked() {
                self.again();
            }
        });
        self
    }

    /// From the start; what is shown stays until then.
    pub fn again(self) {
        self.frame.fetch.run(None);
    }
}

impl Frame {
    /// The page that follows.
    pub fn more(self) {
        if let Some(cursor) = self.next.get_untracked().filter(|_| !self.busy.get_untracked()) {
            self.fetch.run(Some(cursor));
        }
    }
}

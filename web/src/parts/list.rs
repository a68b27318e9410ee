//! A list that comes in pages: what is there so far, and the cursor to what follows.

use api::{Page, problem::ProblemDetails};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::{client::Answer, session::Me};

/// A paged list. It starts over when something that the fetch reads changes.
pub struct List<T: Send + Sync + 'static> {
    /// What has come so far; nothing while the first page is on its way.
    pub items: RwSignal<Option<Vec<T>>>,
    /// Why the last page did not come.
    pub problem: RwSignal<Option<ProblemDetails>>,
    /// The cursor to what follows.
    pub next: RwSignal<Option<String>>,
    /// Whether a page is on its way.
    pub busy: RwSignal<bool>,
    fetch: Callback<Option<String>>,
}

impl<T: Send + Sync> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for List<T> {}

impl<T: Send + Sync> List<T> {
    /// Starts with the first page. `fetch` is given the cursor, empty for the first page.
    pub fn new<F: Future<Output = Answer<Page<T>>> + 'static>(
        fetch: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> Self {
        let (items, problem) = (RwSignal::new(None), RwSignal::new(None));
        let (next, busy) = (RwSignal::new(None), RwSignal::new(false));
        let latest = StoredValue::new(0_u64);
        let me = Me::here();
        let fetch = Callback::new(move |cursor: Option<String>| {
            let answer = fetch(cursor.clone().unwrap_or_default());
            let mine = latest.with_value(|n| n + 1);
            latest.set_value(mine);
            busy.set(true);
            spawn_local(async move {
                let answer = answer.await;
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
                    }
                    Err(error) => {
                        if error.status == 401 {
                            me.ended();
                        }
                        problem.set(Some(*error));
                    }
                }
            });
        });
        // Reads what the fetch reads, so that a changed filter starts over.
        Effect::new(move |_| fetch.run(None));
        Self { items, problem, next, busy, fetch }
    }

    /// The page that follows.
    pub fn more(self) {
        if let Some(cursor) = self.next.get_untracked().filter(|_| !self.busy.get_untracked()) {
            self.fetch.run(Some(cursor));
        }
    }

    /// From the start; what is shown stays until then.
    pub fn again(self) {
        self.fetch.run(None);
    }
}

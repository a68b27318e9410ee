//! Filters of a list are kept in the page's address, so that Back, a reload and a link show the same.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

use crate::address::with_query;

/// One filter, by its name in the address.
#[derive(Clone, Copy)]
pub struct Filter {
    /// What is asked for; empty for everything.
    pub value: Memo<String>,
    /// Asks for something else.
    pub set: Callback<String>,
}

impl Filter {
    /// The filter of this name. A change takes the place of the address before: Back leaves the page.
    pub fn new(name: &'static str) -> Self {
        let (query, path, go) = (use_query_map(), use_location().pathname, use_navigate());
        let value = Memo::new(move |_| query.read().get(name).unwrap_or_default());
        let set = Callback::new(move |value: String| {
            let others = query.get_untracked();
            let others = others.into_iter().filter(|(key, _)| key != name);
            let mut query: Vec<_> = others.map(|(key, value)| (key.into_owned(), value)).collect();
            query.push((name.to_owned(), value));
            let query: Vec<_> = query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            go(&with_query(&path.get_untracked(), &query), options);
        });
        Self { value, set }
    }

    /// Takes what a choice was changed to.
    pub fn choose(self) -> impl Fn(leptos::ev::Event) + Copy {
        move |event| self.set.run(event_target_value(&event))
    }
}
